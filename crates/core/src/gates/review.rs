//! Approvals that review evidence (`of`): bound to the newest there was.

use crate::policy::ApprovalRule;
use crate::{Evidence, EvidenceId, GateName, Release, State};

/// The newest evidence of a name about a release or one of its images, revoked or not.
fn newest<'a>(state: &'a State, release: &Release, name: &GateName) -> Option<&'a Evidence> {
    let named = state.evidence.iter().rev();
    let mut named = named.filter(|evidence| evidence.content.gate == *name);
    named.find(|evidence| evidence.is_about(release))
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
