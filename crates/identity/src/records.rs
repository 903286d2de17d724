//! The storage port: what is kept of tokens, sessions, logins and the like.
//!
//! All of them are the same to a store: a record that is found by a key, is of somebody, and can be
//! ended once. What one means is known here alone.

use std::error::Error;
use std::future::Future;

use liftlock_core::Time;

/// The most bytes in a record's value.
pub const RECORD_BYTES_MAX: usize = 32 * 1024;
/// The most records in one answer.
pub const RECORDS_PAGE_MAX: u32 = 1000;

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordKind {
    /// A named token; its key is the secret's hash.
    Token,
    /// A CI system's token, exchanged; its key is the hash of the secret that was given for it.
    Access,
    /// A session; its key is the secret's hash.
    Session,
    /// A login that was begun; its key is the secret's hash.
    Login,
    /// A setup token; its key is the secret's hash.
    Setup,
    /// A token of an issuer that was used; its key is a hash of issuer and `jti`.
    UsedToken,
    /// An administrator; its key is the identity.
    Administrator,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What it is.
    pub kind: RecordKind,
    /// What it is found by; one a kind. At most 300 ASCII characters.
    pub key: String,
    /// Whose it is, to find all of one; an identity as a rule.
    pub owner: String,
    /// JSON, at most [`RECORD_BYTES_MAX`] bytes. Never changed.
    pub value: String,
    /// When it was made.
    pub made: Time,
    /// When it stops to count.
    pub expires: Time,
    /// When it was last used, to some minutes.
    pub used: Option<Time>,
    /// When it was ended: revoked, logged out, redeemed.
    pub ended: Option<Time>,
}

/// The store failed. Nothing about who is asking is known then.
#[derive(Debug, thiserror::Error)]
#[error("the store failed while {doing}")]
pub struct RecordsError {
    /// What was being done.
    pub doing: &'static str,
    /// What the store says.
    #[source]
    pub source: Box<dyn Error + Send + Sync>,
}

/// Where records are kept. Each operation is atomic, over all replicas of a server.
pub trait Records: Send + Sync {
    /// Keeps a new record. `false`, and nothing is changed, where there is one with its kind and
    /// key already: of two that do this at once, one gets `true`.
    fn insert(&self, record: &Record) -> impl Future<Output = Result<bool, RecordsError>> + Send;

    /// The record with this key, whether or not it ended or expired.
    fn get(
        &self,
        kind: RecordKind,
        key: &str,
    ) -> impl Future<Output = Result<Option<Record>, RecordsError>> + Send;

    /// Records of a kind in the order of their keys, from the first key after `after`. At most
    /// `limit`, and [`RECORDS_PAGE_MAX`].
    fn page(
        &self,
        kind: RecordKind,
        after: &str,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Record>, RecordsError>> + Send;

    /// One owner's records of a kind that have not ended, the oldest first. At most
    /// [`RECORDS_PAGE_MAX`].
    fn owned(
        &self,
        kind: RecordKind,
        owner: &str,
    ) -> impl Future<Output = Result<Vec<Record>, RecordsError>> + Send;

    /// How many of a kind count at `now`: neither ended nor expired.
    fn count(
        &self,
        kind: RecordKind,
        now: Time,
    ) -> impl Future<Output = Result<u64, RecordsError>> + Send;

    /// Ends a record. `false` where there is none, or it has ended already: of two that do this at
    /// once, one gets `true`.
    fn end(
        &self,
        kind: RecordKind,
        key: &str,
        at: Time,
    ) -> impl Future<Output = Result<bool, RecordsError>> + Send;

    /// Notes when a record was used; an earlier time than the one that is there changes nothing.
    fn touch(
        &self,
        kind: RecordKind,
        key: &str,
        at: Time,
    ) -> impl Future<Output = Result<(), RecordsError>> + Send;

    /// Forgets records of a kind that expired before `before`; gives how many.
    fn prune(
        &self,
        kind: RecordKind,
        before: Time,
    ) -> impl Future<Output = Result<u64, RecordsError>> + Send;
}

impl RecordKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Token,
        Self::Access,
        Self::Session,
        Self::Login,
        Self::Setup,
        Self::UsedToken,
        Self::Administrator,
    ];

    /// The word it is kept under.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Access => "access",
            Self::Session => "session",
            Self::Login => "login",
            Self::Setup => "setup",
            Self::UsedToken => "used-token",
            Self::Administrator => "administrator",
        }
    }
}

impl Record {
    /// Whether it counts at `now`.
    pub fn counts(&self, now: Time) -> bool {
        self.ended.is_none() && now < self.expires
    }
}
