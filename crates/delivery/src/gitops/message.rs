//! What a commit says.

use liftlock_core::policy::Gitops;
use liftlock_engine::ports::DeliveryContext;

/// The longest first line, in characters, as git's own tools show it.
const SUBJECT_CHARS_MAX: usize = 72;

/// The release and where it goes, its digests, and the promotion, as trailers that
/// `git interpret-trailers` reads.
pub(super) fn message(context: &DeliveryContext, declared: &Gitops) -> String {
    let DeliveryContext {
        pipeline,
        environment,
        release,
        promotion,
        images,
        watched: _,
    } = context;
    let subject: String = format!("Deploy {pipeline} {release} to {environment}")
        .chars()
        .take(SUBJECT_CHARS_MAX)
        .collect();
    let named = images
        .iter()
        .filter(|(key, _)| declared.images.contains_key(*key));
    let trailers: String = named
        .map(|(key, image)| format!("Liftlock-Image: {key}={image}\n"))
        .collect();
    format!(
        "{subject}\n\nLiftlock-Pipeline: {pipeline}\nLiftlock-Environment: {environment}\n\
         Liftlock-Release: {release}\nLiftlock-Promotion: {promotion}\n{trailers}"
    )
}
