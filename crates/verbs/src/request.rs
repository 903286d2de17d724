//! Everything that can be asked.

use serde::{Deserialize, Serialize};

use crate::approve::{Approve, Inspect};
use crate::cancel::Cancel;
use crate::done::Done;
use crate::drift::Drift;
use crate::failure::Failure;
use crate::freeze::Freeze;
use crate::history::History;
use crate::hold::Hold;
use crate::plan::Plan;
use crate::promote::Promote;
use crate::reject::Reject;
use crate::resume::Resume;
use crate::rollback::Rollback;
use crate::session::Session;
use crate::status::Status;
use crate::tick::Tick;
use crate::unfreeze::Unfreeze;
use crate::withdraw::Withdraw;
use crate::{
    approve, cancel, drift, evidence, freeze, history, hold, incident, overriding, plan, policy,
    promote, reject, release, resume, rollback, status, tick, unfreeze, withdraw,
};

/// What a request does to the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Only reads it.
    Read,
    /// Reads it, and decides what it would do.
    DryRun,
    /// Changes it.
    Write,
}

impl Access {
    /// Of what changes something, unless it is only to show what it would.
    pub fn changing(dry_run: bool) -> Self {
        if dry_run { Self::DryRun } else { Self::Write }
    }
}

/// Defines [`Request`] and what is asked of each of its variants, in one table: the variant, its
/// arguments, its name on the command line, what it does to the state, and what carries it out.
macro_rules! requests {
    ($($(#[$doc:meta])* $variant:ident($arguments:ty), $name:literal, $access:expr, $run:path;)*) => {
        /// One request to one pipeline.
        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[serde(tag = "verb", content = "arguments", rename_all = "kebab-case")]
        pub enum Request {
            $($(#[$doc])* $variant($arguments),)*
        }

        impl Request {
            /// The names of all, as on the command line.
            pub const NAMES: &'static [&'static str] = &[$($name),*];

            /// The verb's name, as on the command line.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $name,)*
                }
            }

            /// What it does to the state.
            pub fn access(&self) -> Access {
                match self {
                    $(Self::$variant(arguments) => {
                        let access: fn(&$arguments) -> Access = $access;
                        access(arguments)
                    })*
                }
            }

            /// Carries it out.
            ///
            /// # Errors
            /// Where it is refused, or cannot be done.
            pub async fn carry_out(self, session: &Session) -> Result<Done, Failure> {
                match self {
                    $(Self::$variant(arguments) => $run(arguments, session).await,)*
                }
            }
        }
    };
}

requests! {
    /// The board.
    Status(Status), "status", |_| Access::Read, status::run;
    /// Every promotion.
    History(History), "history", |_| Access::Read, history::run;
    /// What a promotion would do.
    Plan(Plan), "plan", |_| Access::DryRun, plan::run;
    /// A promotion.
    Promote(Promote), "promote", |of| Access::changing(of.dry_run), promote::run;
    /// What an approval would be of.
    Inspect(Inspect), "inspect", |_| Access::DryRun, approve::inspect;
    /// An approval.
    Approve(Approve), "approve", |of| Access::changing(of.dry_run), approve::run;
    /// A rejection.
    Reject(Reject), "reject", |of| Access::changing(of.objection.dry_run), reject::run;
    /// An approval taken back.
    Withdraw(Withdraw), "withdraw", |of| Access::changing(of.objection.dry_run), withdraw::run;
    /// A promotion called off.
    Cancel(Cancel), "cancel", |of| Access::changing(of.objection.dry_run), cancel::run;
    /// A rollback.
    Rollback(Rollback), "rollback", |of| Access::changing(of.dry_run), rollback::run;
    /// A freeze.
    Freeze(Freeze), "freeze", |of| Access::changing(of.dry_run), freeze::run;
    /// A freeze's end.
    Unfreeze(Unfreeze), "unfreeze", |of| Access::changing(of.dry_run), unfreeze::run;
    /// A hold.
    Hold(Hold), "hold", |of| Access::changing(of.dry_run), hold::run;
    /// A hold's end.
    Resume(Resume), "resume", |of| Access::changing(of.dry_run), resume::run;
    /// An incident.
    IncidentOpen(incident::Open), "incident open", |of| Access::changing(of.dry_run), incident::open;
    /// An incident's end.
    IncidentResolve(incident::Resolve), "incident resolve", |of| Access::changing(of.dry_run), incident::resolve;
    /// An override, asked for.
    OverrideRequest(overriding::Ask), "override request", |of| Access::changing(of.dry_run), overriding::ask;
    /// An override, confirmed.
    OverrideConfirm(overriding::Confirm), "override confirm", |of| Access::changing(of.dry_run), overriding::confirm;
    /// An override, reviewed.
    OverrideReview(overriding::Review), "override review", |of| Access::changing(of.dry_run), overriding::review;
    /// The overrides.
    OverrideList(overriding::List), "override list", |_| Access::Read, overriding::list;
    /// A release, created.
    ReleaseCreate(release::Create), "release create", |of| Access::changing(of.dry_run), release::create;
    /// The releases.
    ReleaseList(release::List), "release list", |_| Access::Read, release::list;
    /// A release.
    ReleaseShow(release::Show), "release show", |_| Access::Read, release::show;
    /// Evidence, added.
    EvidenceAdd(evidence::Add), "evidence add", |of| Access::changing(of.dry_run), evidence::add;
    /// The evidence of a release.
    EvidenceList(evidence::List), "evidence list", |_| Access::Read, evidence::list;
    /// Evidence, revoked.
    EvidenceRevoke(evidence::Revoke), "evidence revoke", |of| Access::changing(of.dry_run), evidence::revoke;
    /// What is recorded, tagged and running.
    Drift(Drift), "drift", |of| Access::changing(of.dry_run), drift::run;
    /// What can go on, carried on.
    Tick(Tick), "tick", |of| Access::changing(of.dry_run), tick::run;
    /// The adopted policy.
    PolicyShow(policy::Show), "policy show", |_| Access::Read, policy::show;
    /// How a pipeline file differs from it.
    PolicyDiff(policy::Diff), "policy diff", |_| Access::Read, policy::diff;
    /// A pipeline file, adopted.
    PolicyApply(policy::Apply), "policy apply", |of| Access::changing(of.dry_run), policy::apply;
}

impl Request {
    /// Whether it is about the policy itself: it is not compared with the pipeline file first.
    pub fn is_about_policy(&self) -> bool {
        matches!(
            self,
            Self::PolicyShow(_) | Self::PolicyDiff(_) | Self::PolicyApply(_)
        )
    }
}
