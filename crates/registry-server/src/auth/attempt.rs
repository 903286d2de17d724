//! A user and a password that someone sends.

use std::fmt;

/// What is to be verified. No formatter prints the password.
#[derive(Clone)]
pub(super) struct Attempt {
    pub(super) user: String,
    pub(super) password: String,
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} with [redacted]", self.user)
    }
}
