//! What a server and its agents say to each other: documents of `/api/v1/work`.

use std::collections::{BTreeMap, BTreeSet};

use liftlock_core::event::Event;
use liftlock_core::handed::Handed;
use liftlock_core::{Label, PersonName, PipelineName, PromotionId};
use liftlock_engine::ports::Observation;
use serde::{Deserialize, Serialize};

/// The most entries in one answer.
pub const ENTRIES_MAX: usize = 500;

/// The longest that a request waits for something to be recorded, in seconds.
pub const WAIT_SECONDS_MAX: u64 = 25;

/// The most observations in one request.
pub const OBSERVATIONS_AT_ONCE_MAX: usize = 100;

/// The code of an answer to who does not hold the lease that it says it does.
pub const LEASE_LOST: &str = "lease-lost";

/// What there is to work on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Who the agent is: `worker:NAME`.
    pub worker: PersonName,
    /// Its labels, as its token has them.
    pub labels: BTreeSet<Label>,
    /// The pipelines with environments of these labels.
    pub pipelines: Vec<PipelineName>,
}

/// What was recorded from a place in the ledger on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// How many entries the ledger has.
    pub size: u64,
    /// The version of each of the agent's pipelines in which something was.
    pub pipelines: BTreeMap<String, u64>,
}

/// Entries of a pipeline, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entries {
    /// Those after the version that was asked for.
    pub entries: Vec<SentEntry>,
    /// Whether there are more after them.
    pub more: bool,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentEntry {
    /// Its place in the pipeline, from 1.
    pub version: u64,
    /// Its place in the ledger, from 0.
    pub seq: u64,
    /// Its bytes, which are JSON.
    pub entry: String,
}

/// A lease that is wanted, or goes on being held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// Whether it is that of who watches.
    #[serde(default)]
    pub watch: bool,
    /// The epoch under which it is held; nothing where it is not yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u64>,
}

/// A lease that is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leased {
    /// Rises each time that somebody takes it.
    pub epoch: u64,
    /// For how long, unless it is asked for again.
    pub seconds: u64,
}

/// What is to be carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// The promotion; nothing where nothing is to be.
    pub promotion: Option<PromotionId>,
}

/// Something that is handed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandIn {
    /// Under which lease.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<Hold>,
    /// What.
    pub handed: Handed,
}

/// What was recorded because of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HandedIn {
    /// The events.
    pub events: Vec<Event>,
}

/// A blob that was kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Its digest.
    pub digest: liftlock_oci::Digest,
}

/// Observations of an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observations {
    /// In order.
    pub observations: Vec<SentObservation>,
}

/// Observations that are to be kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewObservations {
    /// The epoch of the lease of who watches.
    pub epoch: u64,
    /// The last that the ledger knows.
    pub after: u64,
    /// In order.
    pub observations: Vec<SentObservation>,
}

/// How a check ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentObservation {
    /// Its number, where it has one.
    #[serde(default)]
    pub n: u64,
    /// By which promotion the release is current.
    pub promotion: String,
    /// The check.
    pub check: String,
    /// When it had ended, in microseconds since 1970.
    pub at_us: i64,
    /// Whether it passed.
    pub passed: bool,
    /// One line.
    pub summary: String,
}

impl SentObservation {
    /// As it is sent.
    pub fn of(n: u64, seen: Observation) -> Self {
        Self {
            n,
            promotion: seen.promotion,
            check: seen.check,
            at_us: seen.at_us,
            passed: seen.passed,
            summary: seen.summary,
        }
    }

    /// As it was, in an environment; with its number.
    pub fn into_observation(self, environment: &str) -> (u64, Observation) {
        let seen = Observation {
            environment: environment.to_owned(),
            promotion: self.promotion,
            check: self.check,
            at_us: self.at_us,
            passed: self.passed,
            summary: self.summary,
        };
        (self.n, seen)
    }
}
