//! Events: everything that is ever recorded. Their bytes are never rewritten; the state is their
//! fold.

use serde::{Deserialize, Serialize};

use crate::drift::Drift;
use crate::freeze::Scope;
use crate::overrides::OverrideContent;
use crate::plan::{Plan, Step};
use crate::promotion::{ApprovalContent, Outcome, Request};
use crate::watching::Stretch;
use crate::{
    Actor, ApprovalId, CheckName, EnvironmentName, EvidenceContent, EvidenceId, IncidentId,
    OverrideId, PipelineName, Policy, PromotionId, ReleaseContent, ReleaseName, Time,
};
use liftlock_oci::Digest;

/// The version of each event's body that this crate writes, and the only one it reads so far.
pub const EVENT_VERSION: u32 = 1;

/// Something that happened in a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "body", rename_all = "kebab-case")]
pub enum Event {
    /// A policy came into force.
    PolicyAdopted {
        /// Its digest.
        digest: Digest,
        /// The policy.
        policy: Box<Policy>,
    },
    /// A release was created.
    ReleaseCreated(ReleaseContent),
    /// Evidence was submitted.
    EvidenceAdded(EvidenceContent),
    /// Evidence counts no more.
    EvidenceRevoked {
        /// Which.
        id: EvidenceId,
        /// Why.
        reason: String,
    },
    /// A promotion was asked for.
    PromotionRequested(Request),
    /// Someone approved.
    ApprovalGiven(ApprovalContent),
    /// Someone took an approval back.
    ApprovalWithdrawn {
        /// The promotion.
        promotion: PromotionId,
        /// Which approval.
        approval: ApprovalId,
        /// Why.
        reason: String,
    },
    /// Every gate had passed, and the plan is carried out from here on.
    PromotionCommitted {
        /// The promotion.
        promotion: PromotionId,
        /// What is done, and the verdicts it rests on.
        plan: Plan,
    },
    /// After a crash before anything was done, the gates no longer passed: it waits again.
    PromotionReopened {
        /// The promotion.
        promotion: PromotionId,
        /// Why.
        reason: String,
    },
    /// A step is about to be carried out.
    StepStarted {
        /// The promotion.
        promotion: PromotionId,
        /// The step's place in the plan, or in what is put back.
        step: u32,
    },
    /// A step was carried out.
    StepFinished {
        /// The promotion.
        promotion: PromotionId,
        /// The step.
        step: u32,
        /// One line.
        summary: String,
        /// What was printed, as a blob.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        output: Option<Digest>,
    },
    /// A step could not be carried out.
    StepFailed {
        /// The promotion.
        promotion: PromotionId,
        /// The step.
        step: u32,
        /// Why, in one line.
        reason: String,
        /// What was printed, as a blob.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        output: Option<Digest>,
        /// The checks that ran beside it and were stopped because of it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        stopped: Vec<u32>,
    },
    /// What a failed promotion did to tags is put back.
    ReversalStarted {
        /// The promotion.
        promotion: PromotionId,
        /// Why it failed.
        reason: String,
        /// What is put back, in order.
        steps: Vec<Step>,
    },
    /// A promotion ended.
    PromotionEnded {
        /// The promotion.
        promotion: PromotionId,
        /// How.
        outcome: Outcome,
    },
    /// Something is wrong in an environment.
    IncidentOpened {
        /// Its id.
        id: IncidentId,
        /// Where.
        environment: EnvironmentName,
        /// What.
        reason: String,
        /// The check that failed while the release was watched, where one did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        check: Option<CheckName>,
    },
    /// It is over.
    IncidentResolved {
        /// Which.
        id: IncidentId,
        /// Where.
        environment: EnvironmentName,
    },
    /// No promotion begins there until an instant. It takes the place of the freeze of the same
    /// scope that is in force.
    FreezeStarted {
        /// What is frozen.
        scope: Scope,
        /// The first instant at which it is not any more.
        until: Time,
        /// Why.
        reason: String,
    },
    /// A freeze was ended before its time.
    FreezeEnded {
        /// What is frozen no more.
        scope: Scope,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Someone asked that a gate be passed by decision.
    OverrideRequested(OverrideContent),
    /// Another agreed.
    OverrideConfirmed {
        /// Which.
        id: OverrideId,
    },
    /// Someone looked at it again.
    OverrideReviewed {
        /// Which.
        id: OverrideId,
        /// What was found.
        finding: String,
    },
    /// Automatic promotions into an environment are paused.
    HoldStarted {
        /// Where.
        environment: EnvironmentName,
        /// Why.
        reason: String,
    },
    /// They go on.
    HoldEnded {
        /// Where.
        environment: EnvironmentName,
    },
    /// An environment is not as it was recorded, or not as it was last seen.
    DriftSeen {
        /// Where.
        environment: EnvironmentName,
        /// The current release.
        release: ReleaseName,
        /// By which promotion it is current.
        promotion: PromotionId,
        /// What differs, at most [`crate::drift::DRIFTS_MAX`].
        drifts: Vec<Drift>,
        /// How many more differences there are.
        #[serde(default, skip_serializing_if = "is_none")]
        more: u32,
    },
    /// Everything there is as recorded again.
    DriftResolved {
        /// Where.
        environment: EnvironmentName,
    },
    /// What took "verified" away is over, everything is as recorded, and each check has passed.
    VerifiedAgain {
        /// Where.
        environment: EnvironmentName,
        /// The current release.
        release: ReleaseName,
        /// By which promotion it is current.
        promotion: PromotionId,
    },
    /// What was observed of what is current, summed for its soak.
    Watched(Stretch),
}

fn is_none(count: &u32) -> bool {
    *count == 0
}

/// An event as it is recorded: with its place, its time and who caused it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// [`EVENT_VERSION`] when it was written.
    pub v: u32,
    /// The pipeline.
    pub pipeline: PipelineName,
    /// Its place in the pipeline's stream, from 1.
    pub n: u64,
    /// When.
    pub time: Time,
    /// Who.
    pub actor: Actor,
    /// What.
    pub event: Event,
}

impl Entry {
    /// The entry that bytes hold. Everything that reads one asks here: reading an event takes much
    /// code, which is compiled in this crate and in no other.
    ///
    /// # Errors
    /// Where they are no entry that this version knows.
    pub fn read(bytes: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(bytes)
    }
}
