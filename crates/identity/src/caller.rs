//! Who a request is from.

use std::collections::BTreeSet;

use liftlock_core::{Actor, Authentication, Identity, Label, Time};

use crate::{Scope, SessionUse};

/// Who a request is from, and how far what it carried reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who acts; always authenticated.
    pub actor: Actor,
    /// A name to show; decides nothing.
    pub name: Option<String>,
    /// The groups that the provider named at the login. None for tokens.
    pub groups: BTreeSet<String>,
    /// The pipelines this is for.
    pub scope: Scope,
    /// The labels of an agent's token; nothing for everything else.
    pub labels: Option<BTreeSet<Label>>,
    /// What the request carried.
    pub credential: Credential,
    /// Whether this may make tokens and name administrators.
    pub administrator: bool,
    /// When the credential stops to count at the latest.
    pub expires: Time,
}

/// What a request carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A named token.
    Token {
        /// Its id, as it is listed.
        id: String,
    },
    /// What a CI system's token was exchanged for.
    Access {
        /// The beginning of its hash, to find it in logs.
        id: String,
    },
    /// A session.
    Session {
        /// Its id, as it is listed.
        id: String,
        /// How it may be presented.
        used_by: SessionUse,
    },
}

/// An actor that the server knows.
pub(crate) fn authenticated(identity: Identity) -> Actor {
    Actor {
        identity,
        authentication: Authentication::Authenticated,
    }
}

/// How a secret's record is called where it is listed: the beginning of its hash.
pub(crate) fn short_id(hash: &str) -> String {
    hash.chars().take(ID_LETTERS).collect()
}

/// Letters in an id: 64 bits, so that two of a server do not meet.
const ID_LETTERS: usize = 16;
