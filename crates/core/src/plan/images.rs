//! Whether a release has the images that the pipeline has by now.

use crate::policy::{Deploy, Environment};
use crate::promotion::Kind;
use crate::{ImageKey, Policy, Refusal, Release};

/// A promotion takes all images of the pipeline, no fewer and no others. A return to a release of
/// before the pipeline had an image takes those it has, where nothing of the deployment would run
/// that image: a service without a digest would run what nobody has approved, or go on with the
/// release that is being left. A program is told which images there are, and says itself whether
/// it can do with them. Where nothing is deployed, the tags of the image stay where they are.
pub(super) fn fit(
    policy: &Policy,
    environment: &Environment,
    release: &Release,
    kind: &Kind,
) -> Result<(), Refusal> {
    let pinned = &release.content.images;
    let is_known = |key: &ImageKey| policy.images.contains_key(key);
    let missing: Vec<&ImageKey> = missing(policy, release).collect();
    let is_same = missing.is_empty() && pinned.keys().all(is_known);
    if is_same {
        return Ok(());
    }
    if *kind == Kind::Promote || !pinned.keys().all(is_known) {
        return Err(Refusal::OtherImages {
            release: release.content.name.clone(),
            has: pinned.keys().cloned().collect(),
            wants: policy.images.keys().cloned().collect(),
        });
    }
    let needed = missing
        .into_iter()
        .find_map(|key| Some((key, needed_by(environment, key)?)));
    match needed {
        None => Ok(()),
        Some((image, by)) => Err(Refusal::ImageNotYet {
            release: release.content.name.clone(),
            environment: environment.name.clone(),
            image: image.clone(),
            by,
        }),
    }
}

/// What a reader should know where a release has fewer images than the pipeline.
pub(super) fn notices(
    policy: &Policy,
    environment: &Environment,
    release: &Release,
) -> Vec<String> {
    let name = &release.content.name;
    let left = match environment.deploy {
        Some(_) => "it is deployed without, and the image's tags stay where they are",
        None => "the image's tags stay where they are",
    };
    let missing = missing(policy, release);
    missing
        .map(|image| format!("{name} is of before the pipeline had {image}: {left}"))
        .collect()
}

fn missing<'a>(policy: &'a Policy, release: &'a Release) -> impl Iterator<Item = &'a ImageKey> {
    let pinned = &release.content.images;
    let mut images = policy.images.keys();
    std::iter::from_fn(move || images.find(|key| !pinned.contains_key(key)))
}

/// What of a deployment runs an image.
fn needed_by(environment: &Environment, image: &ImageKey) -> Option<String> {
    match environment.deploy.as_ref()? {
        Deploy::Compose { services, .. } => {
            let mut services = services.iter();
            let (service, _) = services.find(|(_, key)| *key == image)?;
            Some(format!("the service {service}"))
        }
        Deploy::Gitops(gitops) => {
            let first = gitops.images.get(image)?.first()?;
            Some(format!("a place in {}", first.file()))
        }
        Deploy::Command { .. } => None,
    }
}
