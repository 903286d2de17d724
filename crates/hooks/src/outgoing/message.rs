//! One entry of the ledger, as it is told to others.

mod told;

use std::collections::BTreeMap;

use liftlock_core::drift::Drift;
use liftlock_core::evidence::Finding;
use liftlock_core::promotion::Outcome;
use liftlock_core::verdict::Answer;
use liftlock_core::{
    Actor, Entry, EnvironmentName, GateName, ImageKey, PipelineName, PromotionId, ReleaseName,
    State, Time,
};
use liftlock_oci::{Digest, PinnedRef};
use serde::Serialize;

use super::Kind;

/// The most gates that are named as awaited; there are few in any environment.
pub const AWAITED_MAX: usize = 50;

/// What is told of one entry. It holds names, digests, words and figures that are in the ledger:
/// never what a policy says of programs, files or addresses.
///
/// It follows from the entry and those before it alone, so that a message which is sent again is
/// the same again.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Message {
    /// Its place in the ledger, from 0: what it is known by.
    pub seq: u64,
    /// What it is about.
    #[serde(skip)]
    pub kind: Kind,
    /// When it was recorded.
    #[serde(skip)]
    pub time: Time,
    /// The pipeline.
    pub pipeline: PipelineName,
    /// Its place in the pipeline's stream, from 1.
    pub n: u64,
    /// Who caused it.
    pub actor: Shown,
    /// The environment, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<EnvironmentName>,
    /// The release.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<ReleaseName>,
    /// The promotion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promotion: Option<PromotionId>,
    /// The release's images where the environment has them, or where they were built.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub images: BTreeMap<ImageKey, PinnedRef>,
    /// Whether the promotion is a rollback.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub rollback: bool,
    /// Whether the promotion deploys; where it does not, it moves tags.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deploys: bool,
    /// The release that was verified there before, where it is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<ReleaseName>,
    /// The images of `before` that the release has not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<ImageKey>,
    /// How the promotion ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// What the promotion waits for, gate by gate.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub awaited: Vec<Awaited>,
    /// The id of the evidence, approval, incident or override.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The gates that the evidence, approval or override is for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<GateName>,
    /// What the evidence found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finding: Option<Finding>,
    /// Its figures.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub figures: BTreeMap<String, u64>,
    /// What is not as recorded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub drifts: Vec<Drift>,
    /// How many more differences there are.
    #[serde(skip_serializing_if = "is_none")]
    pub more_drifts: u32,
    /// Until when it holds: a freeze.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
    /// The policy's digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<Digest>,
    /// Why, in the words of who did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

// By reference, because serde asks so.
fn is_none(count: &u32) -> bool {
    *count == 0
}

/// Who acted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// The identity, such as `user:jane` or `token:ci`.
    pub identity: String,
    /// Whether it is only claimed: said by whoever could write the state.
    pub claimed: bool,
}

/// A gate that does not pass yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Awaited {
    /// Its name.
    pub gate: String,
    /// Its kind.
    pub kind: String,
    /// `waiting` or `blocked`.
    pub answer: Answer,
    /// For what, in the words that every surface shows.
    pub reason: String,
    /// The next instant at which time alone can change it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
}

impl Message {
    /// What is told of the entry at place `seq` of the ledger; `state` is the fold of its stream
    /// up to it. `None` for what is told to nobody.
    pub fn of(entry: &Entry, seq: u64, state: &State) -> Option<Self> {
        let mut message = Self::bare(Kind::of(&entry.event)?, entry, seq);
        message.tell(&entry.event, state);
        Some(message)
    }

    fn bare(kind: Kind, entry: &Entry, seq: u64) -> Self {
        Self {
            seq,
            kind,
            time: entry.time,
            pipeline: entry.pipeline.clone(),
            n: entry.n,
            actor: Shown::from(&entry.actor),
            environment: None,
            release: None,
            promotion: None,
            images: BTreeMap::new(),
            rollback: false,
            deploys: false,
            before: None,
            removed: Vec::new(),
            outcome: None,
            awaited: Vec::new(),
            id: None,
            gates: Vec::new(),
            finding: None,
            figures: BTreeMap::new(),
            drifts: Vec::new(),
            more_drifts: 0,
            until: None,
            policy: None,
            reason: None,
        }
    }

    /// Whether it is about one of these environments, or about all; an empty list is every one.
    pub fn is_about(&self, environments: &[EnvironmentName]) -> bool {
        let named = self.environment.as_ref();
        environments.is_empty() || named.is_none_or(|named| environments.contains(named))
    }
}

impl From<&Actor> for Shown {
    fn from(actor: &Actor) -> Self {
        Self {
            identity: actor.identity.to_string(),
            claimed: actor.is_claimed(),
        }
    }
}
