//! Approvals that review evidence (`of`): bound to the newest there was.

use crate::policy::ApprovalRule;
use crate::{Evidence, EvidenceId, GateName, Release, State};

/// The newest evidence of a name about a release or one of its images, revoked or not.
fn newest<'a>(state: &'a State, release: &Release, name: &GateName) -> Option<&'a Evidence> {
    let images = release.content.images.values().map(|held| &held.image);
    let digests = images.flat_map(|image| {
        let platforms = image.platforms.iter().map(|(_, manifest)| *manifest);
        std::iter::once(image.digest).chain(platforms)
    });
    let near = state.evidence_near(name, digests.chain([release.content.set_digest()]));
    near.rev().find(|evidence| evidence.is_about(release))
}

/// What a reviewer would review now: nothing where the gate reviews none.
///
/// # Errors
/// Why there is nothing to review.
pub(crate) fn subject(
    state: &State,
    release: &Release,
    rule: &ApprovalRule,
) -> Result<Option<(GateName, EvidenceId)>, String> {
    let Some(name) = &rule.of else {
        return Ok(None);
    };
    match newest(state, release, name) {
        None => Err(format!("there is no {name} to review yet")),
        Some(evidence) if evidence.revoked.is_some() => Err(format!(
            "the {name} to review, {}, is revoked",
            evidence.content.id
        )),
        Some(evidence) => Ok(Some((name.clone(), evidence.content.id))),
    }
}
