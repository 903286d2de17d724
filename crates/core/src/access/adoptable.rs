//! Which policies a server takes.

use crate::policy::IdentityMode;
use crate::{Actor, PipelineName, Policy};

/// A policy of claimed identities, for a server that knows who acts: where it names no owners, it
/// would let everyone do everything.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the policy of {pipeline} says `identity: claimed`, and this server knows who acts; write `identity: authenticated`, and `owners`"
)]
pub struct ClaimedPolicy {
    /// Whose policy.
    pub pipeline: PipelineName,
}

/// Whether a policy may be adopted by who is known like this. Where names are only claimed, claimed
/// is what they can be.
///
/// # Errors
/// [`ClaimedPolicy`].
pub fn adoptable(policy: &Policy, actor: &Actor) -> Result<(), ClaimedPolicy> {
    if actor.is_claimed() || policy.identity == IdentityMode::Authenticated {
        return Ok(());
    }
    Err(ClaimedPolicy {
        pipeline: policy.pipeline.clone(),
    })
}
