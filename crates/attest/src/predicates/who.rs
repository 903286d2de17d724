//! Persons.

use serde::{Deserialize, Serialize};

/// Who did something, and how that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// The identity, such as `user:ann` or `oidc:SUBJECT`.
    pub identity: String,
    /// The person the policy maps it to, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// Whether the identity was proven; otherwise it was claimed.
    pub authenticated: bool,
}
