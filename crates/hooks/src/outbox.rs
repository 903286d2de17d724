//! What the sender asks of the store. The ledger itself is the outbox: an endpoint has a place in
//! it, up to which every entry was routed, and a lane for each pipeline with something to send.

mod at;

use std::error::Error as StdError;
use std::future::Future;

use serde::{Deserialize, Serialize};

/// The most entries that are asked for at once.
pub const PAGE_MAX: u32 = 256;
/// The most lanes that are asked for at once.
pub const LANES_PAGE_MAX: u32 = 64;
/// The most dead letters of one endpoint; while there are as many, none is given up.
pub const DEAD_LETTERS_MAX: u64 = 10_000;
/// The longest reason that is kept, in characters.
pub const REASON_CHARS_MAX: usize = 300;

/// The store failed; its words say where and how.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct OutboxError(#[from] pub Box<dyn StdError + Send + Sync>);

/// One entry of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its place in the ledger, from 0.
    pub seq: u64,
    /// Its pipeline.
    pub pipeline: String,
    /// Its place in the pipeline's stream, from 1.
    pub n: u64,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A pipeline's next message for an endpoint. While there is one, no later message of the pipeline
/// is sent there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// The pipeline.
    pub pipeline: String,
    /// The message: its entry's place in the ledger.
    pub seq: u64,
    /// The entry's place in its stream.
    pub n: u64,
    /// How often it was tried in vain.
    pub tries: u32,
    /// When it was first tried, in microseconds since 1970; `None` before.
    pub since_us: Option<i64>,
    /// When it is tried next, in microseconds since 1970.
    pub due_us: i64,
    /// Why the last try was in vain.
    pub reason: Option<String>,
}

/// A message that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// The endpoint.
    #[serde(rename = "webhook")]
    pub endpoint: String,
    /// The pipeline.
    pub pipeline: String,
    /// Its entry's place in the ledger.
    pub seq: u64,
    /// The entry's place in its stream.
    pub n: u64,
    /// How often it was tried in vain.
    pub tries: u32,
    /// When it was given up, in microseconds since 1970; in documents it is a time as text.
    #[serde(rename = "at", with = "at")]
    pub at_us: i64,
    /// Why the last try was in vain.
    pub reason: String,
    /// Whether someone has asked that it be sent again.
    pub again: bool,
}

/// What becomes of a lane after a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// The message is done with, and this is the pipeline's next.
    Next {
        /// The next message's place in the ledger.
        seq: u64,
        /// Its place in its stream.
        n: u64,
    },
    /// The message is done with, and the pipeline has no other before this place in the ledger:
    /// the lane goes, as long as nothing after it was routed.
    Empty {
        /// The endpoint's place.
        place: u64,
    },
    /// The same message is tried again later; the lane as it is then.
    Again(Lane),
}

/// How an endpoint stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The endpoint.
    #[serde(rename = "name")]
    pub endpoint: String,
    /// The first entry that was not routed yet.
    #[serde(rename = "routed")]
    pub place: u64,
    /// How many pipelines have something to send.
    #[serde(rename = "pipelines_waiting")]
    pub lanes: u64,
    /// How many dead letters there are.
    pub dead: u64,
}

/// The store, as the sender needs it. What is asked twice is done once: each change names what it
/// was decided on, and is not made where that is no longer so.
pub trait Outbox: Send + Sync {
    /// The number of the ledger's entries.
    fn size(&self) -> impl Future<Output = Result<u64, OutboxError>> + Send;

    /// At most [`PAGE_MAX`] entries of the ledger from place `from` on, in order.
    fn entries(&self, from: u64)
    -> impl Future<Output = Result<Vec<Recorded>, OutboxError>> + Send;

    /// At most [`PAGE_MAX`] entries of a pipeline after its `after`th, in order.
    fn stream(
        &self,
        pipeline: &str,
        after: u64,
    ) -> impl Future<Output = Result<Vec<Recorded>, OutboxError>> + Send;

    /// The place of an endpoint: the first entry that was not routed yet. One that is new begins
    /// at `place`.
    fn begin(
        &self,
        endpoint: &str,
        place: u64,
    ) -> impl Future<Output = Result<u64, OutboxError>> + Send;

    /// Moves an endpoint from a place to another, and opens lanes for what lies between. A
    /// pipeline that has a lane keeps it as it is. `false`: it was not at `from`.
    fn route(
        &self,
        endpoint: &str,
        from: u64,
        to: u64,
        lanes: &[Lane],
    ) -> impl Future<Output = Result<bool, OutboxError>> + Send;

    /// At most [`LANES_PAGE_MAX`] lanes of an endpoint that are due at `now_us`, the longest due
    /// first.
    fn due(
        &self,
        endpoint: &str,
        now_us: i64,
    ) -> impl Future<Output = Result<Vec<Lane>, OutboxError>> + Send;

    /// When the next lane of an endpoint is due after `now_us`.
    fn next_due(
        &self,
        endpoint: &str,
        now_us: i64,
    ) -> impl Future<Output = Result<Option<i64>, OutboxError>> + Send;

    /// Settles a lane after a try, and keeps a dead letter with it. `false`: the lane is at another
    /// message by now, or more was routed; nothing was changed.
    fn settle(
        &self,
        endpoint: &str,
        lane: &Lane,
        settled: &Settled,
        dead: Option<&DeadLetter>,
    ) -> impl Future<Output = Result<bool, OutboxError>> + Send;

    /// At most [`LANES_PAGE_MAX`] dead letters of an endpoint that are to be sent again, in order.
    fn again(
        &self,
        endpoint: &str,
    ) -> impl Future<Output = Result<Vec<DeadLetter>, OutboxError>> + Send;

    /// A dead letter that was sent again: gone, or with the reason why it was in vain.
    fn sent_again(
        &self,
        letter: &DeadLetter,
        failed: Option<&str>,
    ) -> impl Future<Output = Result<(), OutboxError>> + Send;

    /// How each endpoint stands that ever began, by name.
    fn standings(&self) -> impl Future<Output = Result<Vec<Standing>, OutboxError>> + Send;

    /// At most [`PAGE_MAX`] dead letters of an endpoint, in order, after the one of entry `after`.
    fn dead_letters(
        &self,
        endpoint: &str,
        after: Option<u64>,
    ) -> impl Future<Output = Result<Vec<DeadLetter>, OutboxError>> + Send;

    /// Asks that dead letters be sent again: of one entry, or all. How many there were.
    fn resend(
        &self,
        endpoint: &str,
        seq: Option<u64>,
    ) -> impl Future<Output = Result<u64, OutboxError>> + Send;

    /// Drops dead letters: of one entry, or all. How many there were.
    fn drop_dead(
        &self,
        endpoint: &str,
        seq: Option<u64>,
    ) -> impl Future<Output = Result<u64, OutboxError>> + Send;
}
