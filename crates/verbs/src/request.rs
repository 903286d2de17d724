//! Everything that can be asked.

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::approve::{Approve, Inspect};
use crate::cancel::Cancel;
use crate::done::Done;
use crate::drift::Drift;
use crate::endpoint::{Endpoint, Fields, Method};
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

/// Defines [`Request`] and what is said of each of its variants, in one table: the variant, its
/// arguments, its name on the command line, its place in the API, what it does to the state, and
/// what carries it out.
macro_rules! requests {
    ($($(#[$doc:meta])* $variant:ident($arguments:ty), $name:literal, $method:ident $path:literal, $access:expr, $run:path;)*) => {
        /// One request to one pipeline.
        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[serde(tag = "verb", content = "arguments", rename_all = "kebab-case")]
        pub enum Request {
            $($(#[$doc])* $variant($arguments),)*
        }

        impl Request {
            /// Where each is in the API.
            pub const ENDPOINTS: &'static [Endpoint] = &[$(Endpoint {
                name: $name,
                method: Method::$method,
                path: $path,
                options: || <$arguments as Fields>::fields(),
            }),*];

            /// Where it is in the API.
            pub fn endpoint(&self) -> &'static Endpoint {
                let name = self.name();
                let found = Self::ENDPOINTS.iter().find(|endpoint| endpoint.name == name);
                // Each variant has its line in the table that makes both.
                found.unwrap_or(&Self::ENDPOINTS[0])
            }

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

            /// Carries it out. In a box, so that the engine is compiled in this crate and not
            /// again in each that asks.
            ///
            /// # Errors
            /// Where it is refused, or cannot be done.
            pub fn carry_out(self, session: &Session) -> BoxFuture<'_, Result<Done, Failure>> {
                match self {
                    $(Self::$variant(arguments) => Box::pin($run(arguments, session)),)*
                }
            }
        }
    };
}

requests! {
    /// The board.
    Status(Status), "status", Get "/status", |_| Access::Read, status::run;
    /// Every promotion.
    History(History), "history", Get "/promotions", |_| Access::Read, history::run;
    /// What a promotion would do.
    Plan(Plan), "plan", Get "/plan", |_| Access::DryRun, plan::run;
    /// A promotion.
    Promote(Promote), "promote", Post "/promotions", |of| Access::changing(of.dry_run), promote::run;
    /// What an approval would be of.
    Inspect(Inspect), "inspect", Post "/approvals/preview", |_| Access::DryRun, approve::inspect;
    /// An approval.
    Approve(Approve), "approve", Post "/approvals", |of| Access::changing(of.dry_run), approve::run;
    /// A rejection.
    Reject(Reject), "reject", Post "/rejections", |of| Access::changing(of.objection.dry_run), reject::run;
    /// An approval taken back.
    Withdraw(Withdraw), "withdraw", Post "/withdrawals", |of| Access::changing(of.objection.dry_run), withdraw::run;
    /// A promotion called off.
    Cancel(Cancel), "cancel", Post "/cancellations", |of| Access::changing(of.objection.dry_run), cancel::run;
    /// A rollback.
    Rollback(Rollback), "rollback", Post "/rollbacks", |of| Access::changing(of.dry_run), rollback::run;
    /// A freeze.
    Freeze(Freeze), "freeze", Post "/freezes", |of| Access::changing(of.dry_run), freeze::run;
    /// A freeze's end.
    Unfreeze(Unfreeze), "unfreeze", Post "/freezes/end", |of| Access::changing(of.dry_run), unfreeze::run;
    /// A hold.
    Hold(Hold), "hold", Post "/holds", |of| Access::changing(of.dry_run), hold::run;
    /// A hold's end.
    Resume(Resume), "resume", Post "/holds/end", |of| Access::changing(of.dry_run), resume::run;
    /// An incident.
    IncidentOpen(incident::Open), "incident open", Post "/incidents", |of| Access::changing(of.dry_run), incident::open;
    /// An incident's end.
    IncidentResolve(incident::Resolve), "incident resolve", Post "/incidents/end", |of| Access::changing(of.dry_run), incident::resolve;
    /// An override, asked for.
    OverrideRequest(overriding::Ask), "override request", Post "/overrides", |of| Access::changing(of.dry_run), overriding::ask;
    /// An override, confirmed.
    OverrideConfirm(overriding::Confirm), "override confirm", Post "/overrides/{id}/confirmation", |of| Access::changing(of.dry_run), overriding::confirm;
    /// An override, reviewed.
    OverrideReview(overriding::Review), "override review", Post "/overrides/{id}/review", |of| Access::changing(of.dry_run), overriding::review;
    /// The overrides.
    OverrideList(overriding::List), "override list", Get "/overrides", |_| Access::Read, overriding::list;
    /// A release, created.
    ReleaseCreate(release::Create), "release create", Post "/releases", |of| Access::changing(of.dry_run), release::create;
    /// The releases.
    ReleaseList(release::List), "release list", Get "/releases", |_| Access::Read, release::list;
    /// A release.
    ReleaseShow(release::Show), "release show", Get "/releases/{release}", |_| Access::Read, release::show;
    /// Evidence, added.
    EvidenceAdd(evidence::Add), "evidence add", Post "/evidence", |of| Access::changing(of.dry_run), evidence::add;
    /// The evidence of a release.
    EvidenceList(evidence::List), "evidence list", Get "/releases/{release}/evidence", |_| Access::Read, evidence::list;
    /// Evidence, revoked.
    EvidenceRevoke(evidence::Revoke), "evidence revoke", Post "/evidence/{id}/revocation", |of| Access::changing(of.dry_run), evidence::revoke;
    /// What is recorded, tagged and running.
    Drift(Drift), "drift", Post "/drift", |of| Access::changing(of.dry_run), drift::run;
    /// What can go on, carried on.
    Tick(Tick), "tick", Post "/tick", |of| Access::changing(of.dry_run), tick::run;
    /// The adopted policy.
    PolicyShow(policy::Show), "policy show", Get "/policy", |_| Access::Read, policy::show;
    /// How a pipeline file differs from it.
    PolicyDiff(policy::Diff), "policy diff", Post "/policy/diff", |_| Access::Read, policy::diff;
    /// A pipeline file, adopted.
    PolicyApply(policy::Apply), "policy apply", Put "/policy", |of| Access::changing(of.dry_run), policy::apply;
}

impl Request {
    /// The request that is asked at an endpoint with these arguments.
    ///
    /// # Errors
    /// Where they are not what the endpoint takes.
    pub fn at(endpoint: &Endpoint, arguments: Map<String, Value>) -> Result<Self, String> {
        let fields = endpoint.fields();
        let known = |name: &String| fields.iter().any(|field| field.name == *name);
        if let Some(unknown) = arguments.keys().find(|name| !known(name)) {
            let names: Vec<_> = fields.iter().map(|field| field.name.as_str()).collect();
            return Err(format!(
                "unknown field `{unknown}`; there are {}",
                names.join(", ")
            ));
        }
        let verb = endpoint.name.replace(' ', "-");
        let document = json!({ "verb": verb, "arguments": arguments });
        serde_json::from_value(document).map_err(|error| error.to_string())
    }

    /// Its arguments, as they are sent.
    pub fn arguments(&self) -> Map<String, Value> {
        let document = serde_json::to_value(self).unwrap_or_default();
        match document {
            Value::Object(mut document) => match document.remove("arguments") {
                Some(Value::Object(arguments)) => arguments,
                _ => Map::new(),
            },
            _ => Map::new(),
        }
    }

    /// Whether it is about the policy itself: it is not compared with the pipeline file first.
    pub fn is_about_policy(&self) -> bool {
        matches!(
            self,
            Self::PolicyShow(_) | Self::PolicyDiff(_) | Self::PolicyApply(_)
        )
    }
}
