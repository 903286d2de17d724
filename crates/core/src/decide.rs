//! Decisions: a command against the state, now. Either events, or a refusal and no change.

mod adopt;
mod approve;
mod attested;
mod automatic;
mod by_worker;
pub(crate) mod cancel;
mod commit;
mod drift;
mod evidence;
mod expire;
mod freeze;
mod hold;
mod incident;
mod outcome;
mod overriding;
mod reject;
mod release;
mod repair;
mod request;
mod returning;
mod revoke;
mod rollback;
mod step;
pub(crate) mod text;
mod unfreeze;
mod watched;
mod withdraw;

use std::collections::BTreeMap;

use liftlock_oci::{Digest, Reference};

use crate::attestation::Found;
use crate::event::Event;
use crate::evidence::{Finding, ReportFacts};
use crate::freeze::{Scope, Until};
use crate::observed::Observed;
use crate::release::{About, Imported, ReleaseImage};
use crate::watching::Stretch;
use crate::{
    Actor, EnvironmentName, EvidenceId, GateName, ImageKey, OverrideId, Policy, PromotionId,
    Refusal, ReleaseName, State, Time,
};

pub use automatic::{
    candidate as automatic_candidate, newest as automatic_newest, next_look as automatic_next_look,
};
pub use commit::{Resumption, resumption};
pub use drift::Seen;
pub use overriding::NewOverride;
pub use release::image_key;
pub use repair::{repair_command, repair_kind};
pub use request::AlreadyCurrent;
pub use returning::{Answer as IncidentAnswer, answer_to_incident};
pub use rollback::{REACH as ROLLBACK_REACH, target as rollback_target};

/// What can be asked.
#[derive(Debug, Clone)]
pub enum Command {
    /// Bring a policy into force.
    Adopt {
        /// The policy.
        policy: Box<Policy>,
    },
    /// Create a release.
    CreateRelease {
        /// Its name.
        name: ReleaseName,
        /// What was found for each image.
        images: BTreeMap<ImageKey, ReleaseImage>,
        /// What is said about it.
        about: About,
    },
    /// Create a release that was brought from another site, in an archive that was checked. The
    /// same digests under the same name again are nothing new, whatever they came in.
    ImportRelease {
        /// Its name.
        name: ReleaseName,
        /// What was found for each image, here.
        images: BTreeMap<ImageKey, ReleaseImage>,
        /// What is said about it there.
        about: About,
        /// Where it came from.
        imported: Box<Imported>,
    },
    /// Submit evidence.
    AddEvidence(Box<NewEvidence>),
    /// Record what was found signed beside a release's images.
    RecordAttested {
        /// The release.
        release: ReleaseName,
        /// What was found; each one's signature is good.
        found: Vec<Found>,
        /// The only gate it shall serve; `None`: each one it can.
        gate: Option<GateName>,
    },
    /// Make evidence count no more.
    RevokeEvidence {
        /// Which.
        id: EvidenceId,
        /// Why.
        reason: String,
    },
    /// Ask for a promotion, or attach to the open one.
    Request {
        /// What is wanted.
        wanted: Wanted,
        /// What was seen.
        observed: Observed,
    },
    /// Commit a waiting promotion, if every gate passes now.
    Commit {
        /// Which.
        promotion: PromotionId,
        /// What was seen.
        observed: Observed,
    },
    /// Note that a step is about to be carried out.
    StartStep {
        /// Of which promotion.
        promotion: PromotionId,
        /// Which.
        step: u32,
    },
    /// Note how a step ended, and what follows from that.
    EndStep {
        /// Of which promotion.
        promotion: PromotionId,
        /// Which.
        step: u32,
        /// How.
        result: StepResult,
        /// For a check that failed: those that ran beside it and were stopped because of it.
        stopped: Vec<u32>,
    },
    /// Give up a promotion that is under way because its release was withdrawn meanwhile.
    GiveUp {
        /// Which.
        promotion: PromotionId,
        /// Why.
        reason: String,
    },
    /// Approve a waiting promotion.
    Approve {
        /// The release.
        release: ReleaseName,
        /// Where to.
        environment: EnvironmentName,
        /// The only gates it shall serve; empty for all it may.
        gates: Vec<GateName>,
        /// The set of digests the approver was shown.
        set: Digest,
        /// A comment, as a blob.
        comment: Option<Digest>,
    },
    /// End a waiting promotion with a no.
    Reject {
        /// The release.
        release: ReleaseName,
        /// Where to.
        environment: EnvironmentName,
        /// Why.
        reason: String,
    },
    /// Take one's own approvals back.
    Withdraw {
        /// The release.
        release: ReleaseName,
        /// Where to.
        environment: EnvironmentName,
        /// Why.
        reason: String,
    },
    /// Call a waiting promotion off, or give one up whose tags cannot be put back: that under the
    /// environment's lease.
    Cancel {
        /// The release.
        release: ReleaseName,
        /// Where to.
        environment: EnvironmentName,
        /// Why.
        reason: String,
    },
    /// Return to a known-good release.
    Rollback {
        /// Where.
        environment: EnvironmentName,
        /// Which; the latest where it is not said.
        release: Option<ReleaseName>,
        /// Why.
        reason: String,
        /// What was seen.
        observed: Observed,
    },
    /// Let no promotion begin until an instant.
    Freeze {
        /// Where.
        scope: Scope,
        /// Until when.
        until: Until,
        /// Why.
        reason: String,
    },
    /// End a freeze before its time.
    Unfreeze {
        /// Of what.
        scope: Scope,
        /// Why.
        reason: Option<String>,
    },
    /// Ask for what an environment takes by itself, if it is still so.
    Automatic {
        /// Where.
        environment: EnvironmentName,
        /// The release that was found to be its candidate.
        release: ReleaseName,
        /// What was seen.
        observed: Observed,
    },
    /// Ask that a gate be passed by decision.
    RequestOverride {
        /// What is wanted.
        new: NewOverride,
        /// What was seen.
        observed: Observed,
    },
    /// Agree with another's override.
    ConfirmOverride {
        /// Which.
        id: OverrideId,
    },
    /// Say that an override was looked at again.
    ReviewOverride {
        /// Which.
        id: OverrideId,
        /// What was found.
        finding: String,
    },
    /// Pause automatic promotions into an environment.
    Hold {
        /// Where.
        environment: EnvironmentName,
        /// Why.
        reason: String,
    },
    /// Let them go on.
    Resume {
        /// Where.
        environment: EnvironmentName,
    },
    /// Say that something is wrong in an environment.
    OpenIncident {
        /// Where.
        environment: EnvironmentName,
        /// What.
        reason: String,
    },
    /// Say that it is over.
    ResolveIncident {
        /// Where.
        environment: EnvironmentName,
    },
    /// Note what was seen of an environment.
    NoteDrift {
        /// Where.
        environment: EnvironmentName,
        /// What was seen.
        seen: Seen,
    },
    /// Bring back what was recorded, where drift is seen.
    Repair {
        /// Where.
        environment: EnvironmentName,
        /// What was seen.
        observed: Observed,
    },
    /// Return to the last known-good release because of the incident that is open.
    Return {
        /// Where.
        environment: EnvironmentName,
        /// What was seen.
        observed: Observed,
    },
    /// Record what observations come to for the soak of what is current.
    NoteWatched(Stretch),
    /// End what has been open for too long.
    Expire,
}

/// A promotion that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The release.
    pub release: ReleaseName,
    /// Where to.
    pub environment: EnvironmentName,
    /// Whether a release created before the current one is meant.
    pub older: bool,
    /// Whether the current release is meant again.
    pub again: bool,
}

/// Evidence that is submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvidence {
    /// For which release.
    pub release: ReleaseName,
    /// For which gates.
    pub gate: GateName,
    /// About which image, where it is about one and a report does not say which.
    pub image: Option<ImageKey>,
    /// A plain pass or fail.
    pub finding: Option<Finding>,
    /// A report.
    pub report: Option<ReportFacts>,
    /// Where to read more.
    pub url: Option<String>,
    /// A note, as a blob.
    pub note: Option<Digest>,
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepResult {
    /// Whether it was carried out.
    pub done: bool,
    /// One line.
    pub summary: String,
    /// What was printed, as a blob.
    pub output: Option<Digest>,
}

/// Decides a command. The events are recorded at [`State::stamp`] of the same `now`.
pub fn decide(
    state: &State,
    command: &Command,
    actor: &Actor,
    now: Time,
) -> Result<Vec<Event>, Refusal> {
    let now = state.stamp(now)?;
    by_worker::demand(command, actor)?;
    match command {
        Command::Adopt { policy } => adopt::decide(state, policy, actor),
        Command::CreateRelease {
            name,
            images,
            about,
        } => release::decide(state, name, images, (about, None), actor),
        Command::ImportRelease {
            name,
            images,
            about,
            imported,
        } => release::decide(state, name, images, (about, Some(imported)), actor),
        Command::AddEvidence(new) => evidence::decide(state, new, actor, now),
        Command::RecordAttested {
            release,
            found,
            gate,
        } => attested::decide(state, release, (found, gate.as_ref()), actor, now),
        Command::RevokeEvidence { id, reason } => revoke::decide(state, *id, reason, actor),
        Command::Request { wanted, observed } => {
            request::decide(state, wanted, observed, actor, now)
        }
        Command::Commit {
            promotion,
            observed,
        } => commit::decide(state, *promotion, observed, actor, now),
        Command::StartStep { promotion, step } => step::start(state, *promotion, *step),
        Command::EndStep {
            promotion,
            step,
            result,
            stopped,
        } => step::end(state, *promotion, *step, (result, stopped), now),
        Command::GiveUp { promotion, reason } => step::give_up(state, *promotion, reason, now),
        Command::Approve {
            release,
            environment,
            gates,
            set,
            comment,
        } => approve::decide(state, (release, environment), gates, *set, *comment, actor),
        Command::Reject {
            release,
            environment,
            reason,
        } => reject::decide(state, (release, environment), reason, actor),
        Command::Withdraw {
            release,
            environment,
            reason,
        } => withdraw::decide(state, (release, environment), reason, actor),
        Command::Cancel {
            release,
            environment,
            reason,
        } => cancel::decide(state, (release, environment), reason, actor),
        Command::Rollback {
            environment,
            release,
            reason,
            observed,
        } => rollback::decide(
            state,
            environment,
            release.as_ref(),
            reason,
            observed,
            actor,
            now,
        ),
        Command::Freeze {
            scope,
            until,
            reason,
        } => freeze::decide(state, scope, *until, reason, actor, now),
        Command::Unfreeze { scope, reason } => {
            unfreeze::decide(state, scope, reason.as_deref(), actor, now)
        }
        Command::Automatic {
            environment,
            release,
            observed,
        } => automatic::decide(state, environment, release, observed, (actor, now)),
        Command::RequestOverride { new, observed } => {
            overriding::request(state, new, observed, (actor, now))
        }
        Command::ConfirmOverride { id } => overriding::confirm(state, *id, actor, now),
        Command::ReviewOverride { id, finding } => overriding::review(state, *id, finding, actor),
        Command::Hold {
            environment,
            reason,
        } => hold::begin(state, environment, reason, actor),
        Command::Resume { environment } => hold::end(state, environment, actor),
        Command::OpenIncident {
            environment,
            reason,
        } => incident::open(state, environment, reason, actor),
        Command::ResolveIncident { environment } => incident::resolve(state, environment, actor),
        Command::NoteDrift { environment, seen } => drift::decide(state, environment, seen, actor),
        Command::Repair {
            environment,
            observed,
        } => repair::decide(state, environment, observed, (actor, now)),
        Command::Return {
            environment,
            observed,
        } => returning::decide(state, environment, observed, (actor, now)),
        Command::NoteWatched(stretch) => watched::decide(state, stretch, actor, now),
        Command::Expire => Ok(expire::decide(state, now)),
    }
}

/// What a release is named after where a user only gave a reference: its tag.
pub fn name_after(reference: &Reference) -> Option<ReleaseName> {
    reference.tag.as_ref()?.as_str().parse().ok()
}
