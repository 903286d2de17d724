//! What the operator of a server gives beside the pipelines' policies.

use serde::{Deserialize, Serialize};

use crate::Actor;
use crate::policy::Who;

/// Who may do what over all pipelines of a server, as its configuration says. Identities and the
/// provider's groups count; a plain word means nobody, for there is no pipeline file to explain it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerRoles {
    /// Who administers the server, audits it, and may make pipelines. They may read every
    /// pipeline, and change none that does not allow it.
    pub administrators: Vec<Who>,
    /// Who may read every pipeline and the whole ledger.
    pub auditors: Vec<Who>,
    /// Who may make pipelines, beside the administrators.
    pub creators: Vec<Who>,
    /// Whether identities that are only claimed are somebody: for trying a server out on one's own
    /// machine. Everyone may make pipelines then, and read those with claimed identities.
    pub claimed: bool,
}

/// Whether any of `list` means this actor without a policy.
pub(super) fn any_means(list: &[Who], actor: &Actor) -> bool {
    list.iter().any(|who| match who {
        Who::Identity(identity) => *identity == actor.identity,
        Who::Group(group) => actor.is_in(group),
        Who::Name(_) => false,
    })
}
