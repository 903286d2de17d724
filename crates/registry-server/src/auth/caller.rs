//! Who sends a request, as far as it matters.

use super::scope::{Action, Scope};

/// What someone may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Caller {
    /// Anything: the registry has no users.
    Anyone,
    /// Anything: a user whose password is right.
    User,
    /// Pull.
    Anonymous,
    /// What the token was given for.
    Token(Vec<Scope>),
}

impl Caller {
    /// Whether this action on a repository is allowed.
    pub(crate) fn may(&self, repository: &str, action: Action) -> bool {
        match self {
            Self::Anyone | Self::User => true,
            Self::Anonymous => action == Action::Pull,
            Self::Token(scopes) => scopes.iter().any(|one| one.allows(repository, action)),
        }
    }
}
