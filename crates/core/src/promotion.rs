//! Promotions: one attempt to bring a release into an environment, and its record.

use std::collections::BTreeMap;

use liftlock_oci::Digest;
use serde::{Deserialize, Serialize};

use crate::plan::{Plan, Step};
use crate::{
    Actor, ApprovalId, EnvironmentName, EvidenceId, GateName, IncidentId, PromotionId, ReleaseName,
    Time,
};

/// Why a promotion is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Kind {
    /// To bring a release in.
    Promote,
    /// To return to a known-good release.
    Rollback {
        /// The release that is left, if one was there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<ReleaseName>,
        /// The failed promotion that made it necessary; `None` where a person asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<PromotionId>,
        /// Why.
        reason: String,
    },
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The promotion's id.
    pub id: PromotionId,
    /// The release.
    pub release: ReleaseName,
    /// The environment.
    pub environment: EnvironmentName,
    /// Why.
    #[serde(flatten)]
    pub kind: Kind,
    /// Whether a release created before the current one was asked for knowingly.
    pub older: bool,
    /// Whether the current release was knowingly asked for again.
    pub again: bool,
    /// When it ends by itself if it is still waiting.
    pub expires_at: Time,
    /// Whether nobody asked: the environment says `auto: true`. Its requester is the release's
    /// creator.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub automatic: bool,
    /// For a rollback that is no failed promotion's: what made it necessary, where that was not a
    /// person's word alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<Trigger>,
}

/// What made a return to a known-good release necessary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "by")]
pub enum Trigger {
    /// The current release is brought back: something was not as recorded.
    Drift,
    /// An incident soon after a promotion.
    Incident {
        /// Which.
        id: IncidentId,
    },
}

/// Where a promotion stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// For its gates. Holds no lease.
    Waiting,
    /// Its plan is being carried out.
    Running,
    /// What it did to tags is being put back.
    Reverting {
        /// Why.
        reason: String,
        /// What is put back, in order.
        steps: Vec<Step>,
        /// How far that is.
        journal: Journal,
    },
    /// A rollback that it made necessary is under way.
    RollingBack {
        /// That rollback.
        by: PromotionId,
    },
    /// It has ended.
    Ended(Outcome),
}

/// How a promotion ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "result")]
pub enum Outcome {
    /// The release is current and verified.
    Succeeded,
    /// It failed, and what it had changed may still be there where the reason says so.
    Failed {
        /// Why.
        reason: String,
    },
    /// It failed, and the environment is back on another release.
    RolledBack {
        /// That release.
        to: ReleaseName,
        /// Why.
        reason: String,
    },
    /// It failed, and there was no release to return to.
    NothingToReturnTo {
        /// Why it failed.
        reason: String,
    },
    /// Someone who may approve said no.
    Rejected {
        /// Why.
        reason: String,
    },
    /// It was called off.
    Cancelled {
        /// Why.
        reason: String,
    },
    /// A later release went in.
    Superseded {
        /// With this promotion.
        by: PromotionId,
    },
    /// Nobody finished it in time.
    Expired,
}

/// An approval in the state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// What was recorded.
    pub content: ApprovalContent,
    /// Who gave it.
    pub by: Actor,
    /// When.
    pub at: Time,
    /// When and why it was taken back.
    pub withdrawn: Option<(Time, String)>,
}

/// An approval as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalContent {
    /// Its id.
    pub id: ApprovalId,
    /// The promotion it is for.
    pub promotion: PromotionId,
    /// The gates it may serve.
    pub gates: Vec<GateName>,
    /// The set of digests it is for.
    pub set: Digest,
    /// The environment's policy digest it was given under.
    pub policy: Digest,
    /// For gates that review evidence (`of`), by the evidence's name: the newest there was.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reviewed: BTreeMap<GateName, EvidenceId>,
    /// A comment, as a blob.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<Digest>,
}

/// How far a list of steps has been carried out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal(pub BTreeMap<u32, StepRecord>);

/// What is known of a step that was at least begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRecord {
    /// When it was first begun.
    pub started_at: Time,
    /// Its end, if it ended.
    pub ended: Option<StepEnd>,
    /// How often it was tried in vain.
    pub failures: u32,
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepEnd {
    /// When.
    pub at: Time,
    /// Whether it was carried out.
    pub done: bool,
    /// One line.
    pub summary: String,
    /// What was printed, as a blob.
    pub output: Option<Digest>,
    /// Whether it was stopped, not because of itself: a check beside it failed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stopped: bool,
}

/// A promotion in the state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promotion {
    /// What was asked for.
    pub request: Request,
    /// Who asked.
    pub requested_by: Actor,
    /// When.
    pub requested_at: Time,
    /// The approvals given, in order.
    pub approvals: Vec<Approval>,
    /// The plan committed to, once it is.
    pub plan: Option<Plan>,
    /// How far the plan has been carried out.
    pub journal: Journal,
    /// Where it stands.
    pub status: Status,
    /// When it ended.
    pub ended_at: Option<Time>,
    /// Who ended it by a decision of theirs.
    pub ended_by: Option<Actor>,
    /// What was found out on the way.
    pub notices: Vec<String>,
}

impl Journal {
    /// Of `count` steps the first that is not done; one that was tried in vain comes after those
    /// that were tried less often. `None` when all are done.
    pub fn next(&self, count: usize) -> Option<u32> {
        let left = (0..count as u32).filter(|step| !self.is_done(*step));
        left.min_by_key(|step| (self.failures(*step), *step))
    }

    /// Whether `step` is all that is left of `count` steps.
    pub fn is_last(&self, step: u32, count: usize) -> bool {
        (0..count as u32).all(|other| other == step || self.is_done(other))
    }

    fn failures(&self, step: u32) -> u32 {
        self.0.get(&step).map_or(0, |record| record.failures)
    }

    /// Whether a step was carried out.
    pub fn is_done(&self, step: u32) -> bool {
        self.0
            .get(&step)
            .and_then(|r| r.ended.as_ref())
            .is_some_and(|end| end.done)
    }

    /// Whether a step was at least begun.
    pub fn is_started(&self, step: u32) -> bool {
        self.0.contains_key(&step)
    }
}

impl Promotion {
    /// Whether it is not yet over.
    pub fn is_open(&self) -> bool {
        !matches!(self.status, Status::Ended(_))
    }

    /// Whether it has been carried out in part and has to be brought to an end.
    pub fn is_under_way(&self) -> bool {
        matches!(self.status, Status::Running | Status::Reverting { .. })
    }

    /// Whether it is a rollback.
    pub fn is_rollback(&self) -> bool {
        matches!(self.request.kind, Kind::Rollback { .. })
    }

    /// Whether it has, or may have, deployed or moved a tag: from here on it is finished forward
    /// or rolled back, never decided again.
    pub fn has_acted(&self) -> bool {
        let steps = self
            .plan
            .iter()
            .flat_map(|plan| plan.steps.iter().enumerate());
        steps
            .into_iter()
            .any(|(index, step)| step.acts() && self.journal.is_started(index as u32))
    }
}
