//! How a registry knows its users.

use std::path::PathBuf;
use std::time::Duration;

/// The users of a registry, and what others may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthOptions {
    /// The file of users and their passwords' bcrypt hashes, as `htpasswd -B` writes it. It is
    /// read once.
    pub htpasswd: PathBuf,
    /// Whether anyone may pull.
    pub anonymous_pull: bool,
    /// Whether clients are asked for bearer tokens, which the registry gives at `/token`, instead
    /// of a user and a password with each request. Docker pulls anonymously only with tokens.
    pub tokens: bool,
    /// How long a token is good for.
    pub token_lifetime: Duration,
}

impl AuthOptions {
    /// Basic authentication alone, by this file.
    pub fn new(htpasswd: impl Into<PathBuf>) -> Self {
        Self {
            htpasswd: htpasswd.into(),
            anonymous_pull: false,
            tokens: false,
            token_lifetime: Duration::from_secs(300),
        }
    }
}
