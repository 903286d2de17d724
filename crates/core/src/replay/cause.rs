//! What must have been asked, told from the event that was recorded.

use super::{attested, evidence, seen, watched};
use crate::decide::cancel::given_up_as;
use crate::decide::{NewOverride, Resumption, StepResult, Wanted, resumption};
use crate::drift::Drift;
use crate::event::{Entry, Event};
use crate::freeze::Until;
use crate::plan::{Plan, PlanRequest};
use crate::policy::{SEMANTICS_VERSION, Verb};
use crate::promotion::{Kind, Outcome, Promotion, Request, Status, Trigger};
use crate::{CheckName, Command, EnvironmentName, PromotionId, ReleaseContent, ReleaseName, State};

/// Why an event was recorded.
pub(super) enum Cause {
    /// Someone, or the engine, asked this.
    Asked(Box<Command>),
    /// The next event tells; the text is what is wrong where it does not.
    WithNext(String),
    /// Nothing that can be asked leads to it.
    Never(String),
    /// It cannot be told any more.
    Unchecked(String),
    /// No rule here speaks about it.
    NoRule,
}

/// Why a promotion was not committed is not recorded where a registry had its part in it.
const SEEN: &str = "it depends on what a registry showed then, which is not recorded";

/// More differed than an event has room for.
const MORE: &str = "more differed than was recorded";

/// Made here, or brought from another site.
fn created(content: &ReleaseContent) -> Command {
    let (name, images) = (content.name.clone(), content.images.clone());
    let about = content.about.clone();
    match content.imported.clone() {
        None => Command::CreateRelease {
            name,
            images,
            about,
        },
        Some(imported) => Command::ImportRelease {
            name,
            images,
            about,
            imported,
        },
    }
}

/// The cause of an entry that begins a decision.
pub(super) fn of(state: &State, entry: &Entry) -> Cause {
    let promotion = |id: &PromotionId| state.promotions.get(id);
    let about =
        |id: &PromotionId, ask: &dyn Fn(ReleaseName, EnvironmentName) -> Command| match promotion(
            id,
        ) {
            Some(found) => asked(ask(
                found.request.release.clone(),
                found.request.environment.clone(),
            )),
            None => Cause::Never(format!("it is about {id}, which is not there")),
        };
    match &entry.event {
        Event::PolicyAdopted { policy, .. } => asked(Command::Adopt {
            policy: policy.clone(),
        }),
        Event::ReleaseCreated(content) => asked(created(content)),
        Event::EvidenceAdded(content) if content.attested.is_some() => {
            let signed = content.attested.as_deref();
            let look = signed.and_then(|signed| attested::command(state, content, signed));
            match look {
                Some(command) => asked(command),
                None => Cause::Never(format!(
                    "it is about {}, which is not there",
                    content.release
                )),
            }
        }
        Event::EvidenceAdded(content) => asked(Command::AddEvidence(Box::new(evidence::new(
            state, content,
        )))),
        Event::EvidenceRevoked { id, reason } => asked(Command::RevokeEvidence {
            id: *id,
            reason: reason.clone(),
        }),
        Event::PromotionRequested(request) => requested(state, request, entry),
        Event::ApprovalGiven(content) => about(&content.promotion, &|release, environment| {
            Command::Approve {
                release,
                environment,
                gates: content.gates.clone(),
                set: content.set,
                comment: content.comment,
            }
        }),
        Event::ApprovalWithdrawn {
            promotion, reason, ..
        } => about(promotion, &|release, environment| Command::Withdraw {
            release,
            environment,
            reason: reason.clone(),
        }),
        Event::PromotionCommitted {
            promotion: id,
            plan,
        } => match promotion(id) {
            Some(promotion) => committed(state, promotion, plan, entry),
            None => Cause::Never(format!("it is about {id}, which is not there")),
        },
        Event::PromotionReopened { promotion: id, .. } => match promotion(id) {
            Some(promotion) => reopened(state, promotion, entry),
            None => Cause::Never(format!("it is about {id}, which is not there")),
        },
        Event::StepStarted { promotion, step } => asked(Command::StartStep {
            promotion: *promotion,
            step: *step,
        }),
        Event::StepFinished {
            promotion,
            step,
            summary,
            output,
        } => asked(Command::EndStep {
            promotion: *promotion,
            step: *step,
            result: StepResult {
                done: true,
                summary: summary.clone(),
                output: *output,
            },
            stopped: Vec::new(),
        }),
        Event::StepFailed {
            promotion,
            step,
            reason,
            output,
            stopped,
        } => asked(Command::EndStep {
            promotion: *promotion,
            step: *step,
            result: StepResult {
                done: false,
                summary: reason.clone(),
                output: *output,
            },
            stopped: stopped.clone(),
        }),
        Event::ReversalStarted {
            promotion, reason, ..
        } => given_up(state, promotion, reason),
        Event::PromotionEnded { promotion, outcome } => match outcome {
            Outcome::Rejected { reason } => {
                about(promotion, &|release, environment| Command::Reject {
                    release,
                    environment,
                    reason: reason.clone(),
                })
            }
            Outcome::Cancelled { reason } => {
                about(promotion, &|release, environment| Command::Cancel {
                    release,
                    environment,
                    reason: reason.clone(),
                })
            }
            Outcome::Expired => asked(Command::Expire),
            Outcome::Failed { reason } if gave_up(state, promotion, reason).is_some() => {
                let said = gave_up(state, promotion, reason).unwrap_or_default();
                about(promotion, &|release, environment| Command::Cancel {
                    release,
                    environment,
                    reason: said.clone(),
                })
            }
            Outcome::Failed { reason }
            | Outcome::RolledBack { reason, .. }
            | Outcome::NothingToReturnTo { reason } => given_up(state, promotion, reason),
            Outcome::Succeeded | Outcome::Superseded { .. } => {
                Cause::Never("no step or promotion that ended leads to it".to_owned())
            }
        },
        Event::IncidentOpened {
            environment,
            reason,
            check: Some(check),
            ..
        } => watched(
            watched::failed(state, environment, check, reason),
            environment,
        ),
        Event::IncidentOpened {
            environment,
            reason,
            ..
        } => asked(Command::OpenIncident {
            environment: environment.clone(),
            reason: reason.clone(),
        }),
        Event::IncidentResolved { environment, .. }
            if by_check(state, environment, entry).is_some() =>
        {
            let check = by_check(state, environment, entry);
            let command = check.and_then(|check| watched::passed(state, environment, check));
            watched(command, environment)
        }
        Event::IncidentResolved { environment, .. } => asked(Command::ResolveIncident {
            environment: environment.clone(),
        }),
        Event::FreezeStarted {
            scope,
            until,
            reason,
        } => asked(Command::Freeze {
            scope: scope.clone(),
            until: Until::At(*until),
            reason: reason.clone(),
        }),
        Event::FreezeEnded { scope, reason } => asked(Command::Unfreeze {
            scope: scope.clone(),
            reason: reason.clone(),
        }),
        Event::OverrideRequested(content) => match promotion(&content.promotion) {
            Some(promotion) => overriding(state, &promotion.request, entry),
            None => Cause::Never(format!(
                "it is about {}, which is not there",
                content.promotion
            )),
        },
        Event::OverrideConfirmed { id } => asked(Command::ConfirmOverride { id: *id }),
        Event::OverrideReviewed { id, finding } => asked(Command::ReviewOverride {
            id: *id,
            finding: finding.clone(),
        }),
        Event::HoldStarted {
            environment,
            reason,
        } => asked(Command::Hold {
            environment: environment.clone(),
            reason: reason.clone(),
        }),
        Event::HoldEnded { environment } => asked(Command::Resume {
            environment: environment.clone(),
        }),
        Event::DriftSeen { more, .. } if *more > 0 => Cause::Unchecked(MORE.to_owned()),
        Event::DriftSeen {
            environment,
            drifts,
            ..
        } => looked(state, environment, drifts, false),
        Event::DriftResolved { environment } => looked(state, environment, &[], false),
        Event::VerifiedAgain { environment, .. } => looked(state, environment, &[], true),
        Event::Watched(stretch) => asked(Command::NoteWatched(stretch.clone())),
        // An event that is newer than the rules here is folded and counted.
        #[allow(unreachable_patterns, reason = "each event has a rule today")]
        _ => Cause::NoRule,
    }
}

/// What an event and the one after it come from together: a promotion that was asked for with an
/// override, or a rollback by hand, whose plan says what was seen.
pub(super) fn together(before: &State, held: &Entry, next: &Entry) -> Option<Box<Command>> {
    let Event::PromotionRequested(request) = &held.event else {
        return None;
    };
    if held.time != next.time || held.actor != next.actor {
        return None;
    }
    match (&request.kind, &next.event) {
        (Kind::Promote, Event::OverrideRequested(content)) if content.promotion == request.id => {
            let asked = overriding(before, request, next);
            match asked {
                Cause::Asked(command) => Some(command),
                _ => None,
            }
        }
        (Kind::Rollback { reason, .. }, Event::PromotionCommitted { promotion, plan })
            if *promotion == request.id =>
        {
            let observed = seen::by_plan(before, &plan_request(request, None, held), plan, held);
            let (environment, observed) = (request.environment.clone(), observed.ok()?);
            Some(Box::new(match request.trigger {
                Some(Trigger::Drift) => Command::Repair {
                    environment,
                    observed,
                },
                Some(Trigger::Incident { .. }) => Command::Return {
                    environment,
                    observed,
                },
                None => Command::Rollback {
                    environment,
                    release: Some(request.release.clone()),
                    reason: reason.clone(),
                    observed,
                },
            }))
        }
        _ => None,
    }
}

fn looked(state: &State, environment: &EnvironmentName, drifts: &[Drift], passed: bool) -> Cause {
    let command = watched::looked(state, environment, drifts, passed);
    watched(command, environment)
}

fn watched(command: Option<Command>, environment: &EnvironmentName) -> Cause {
    match command {
        Some(command) => asked(command),
        None => Cause::Never(format!("nothing in {environment} is watched like that")),
    }
}

/// What was said when a promotion was given up whose tags were being put back.
fn gave_up(state: &State, id: &PromotionId, reason: &str) -> Option<String> {
    let start = given_up_as(state.promotions.get(id)?)?;
    Some(reason.strip_prefix(&start)?.to_owned())
}

/// The check whose incident is over, where who says so may not say it without the check.
fn by_check<'s>(
    state: &'s State,
    environment: &EnvironmentName,
    entry: &Entry,
) -> Option<&'s CheckName> {
    let policy = state.policy().ok()?;
    let incident = state.environment(environment).incident.as_ref()?;
    let check = incident.check.as_ref()?;
    (!policy.permits(Verb::Incident, &entry.actor)).then_some(check)
}

fn asked(command: Command) -> Cause {
    Cause::Asked(Box::new(command))
}

fn plan_request<'a>(
    request: &'a Request,
    promotion: Option<&'a Promotion>,
    entry: &'a Entry,
) -> PlanRequest<'a> {
    PlanRequest {
        release: &request.release,
        environment: &request.environment,
        kind: request.kind.clone(),
        older: request.older,
        promotion,
        requester: promotion.map_or(&entry.actor, |promotion| &promotion.requested_by),
    }
}

fn wanted(request: &Request) -> Wanted {
    Wanted {
        release: request.release.clone(),
        environment: request.environment.clone(),
        older: request.older,
        again: request.again,
    }
}

fn requested(state: &State, request: &Request, entry: &Entry) -> Cause {
    match &request.kind {
        Kind::Promote => {
            let observed = match seen::anything(state, &plan_request(request, None, entry), entry) {
                Ok(observed) => observed,
                Err(refusal) => return Cause::Never(format!("the rules refuse it: {refusal}")),
            };
            if request.automatic {
                return asked(Command::Automatic {
                    environment: request.environment.clone(),
                    release: request.release.clone(),
                    observed,
                });
            }
            asked(Command::Request {
                wanted: wanted(request),
                observed,
            })
        }
        Kind::Rollback { cause: None, .. } => Cause::WithNext(
            "a rollback that is asked for is committed at once, and this one is not".to_owned(),
        ),
        Kind::Rollback {
            cause: Some(cause),
            reason,
            ..
        } => given_up(state, cause, reason),
    }
}

fn committed(state: &State, promotion: &Promotion, plan: &Plan, entry: &Entry) -> Cause {
    if plan.semantics != SEMANTICS_VERSION {
        return Cause::Unchecked(format!(
            "it was decided under version {} of the semantics, and this Liftlock knows {SEMANTICS_VERSION}",
            plan.semantics
        ));
    }
    let request = plan_request(&promotion.request, Some(promotion), entry);
    match seen::by_plan(state, &request, plan, entry) {
        Ok(observed) => asked(Command::Commit {
            promotion: promotion.request.id,
            observed,
        }),
        Err(refusal) => Cause::Never(format!("the rules refuse it: {refusal}")),
    }
}

/// Committed, left behind, and waiting again: either its gates say so, or a registry did.
fn reopened(state: &State, promotion: &Promotion, entry: &Entry) -> Cause {
    let request = plan_request(&promotion.request, Some(promotion), entry);
    let left_behind = promotion.status == Status::Running && !promotion.has_acted();
    if !left_behind {
        return Cause::Never("its promotion was not left behind before it had begun".to_owned());
    }
    let Ok(observed) = seen::anything(state, &request, entry) else {
        return Cause::Unchecked(SEEN.to_owned());
    };
    let command = Command::Commit {
        promotion: promotion.request.id,
        observed,
    };
    match crate::decide(state, &command, &entry.actor, entry.time).as_deref() {
        Ok([Event::PromotionCommitted { .. }]) => Cause::Unchecked(SEEN.to_owned()),
        _ => asked(command),
    }
}

/// A promotion that is under way ends before its steps do: what was released was withdrawn
/// meanwhile, or a rollback that was left behind cannot be decided again.
fn given_up(state: &State, id: &PromotionId, reason: &str) -> Cause {
    let Some(promotion) = state.promotions.get(id) else {
        return Cause::Never(format!("it is about {id}, which is not there"));
    };
    let undecided = promotion.is_rollback() && !promotion.has_acted();
    let back = matches!(resumption(state, promotion), Resumption::Back { .. });
    if promotion.status == Status::Running && !undecided && !back {
        return Cause::Never(format!(
            "no step of {id} failed, and nothing speaks against its release"
        ));
    }
    asked(Command::GiveUp {
        promotion: *id,
        reason: reason.to_owned(),
    })
}

fn overriding(state: &State, request: &Request, entry: &Entry) -> Cause {
    let Event::OverrideRequested(content) = &entry.event else {
        return Cause::NoRule;
    };
    let open = state.promotions.get(&request.id);
    let observed = match seen::anything(state, &plan_request(request, open, entry), entry) {
        Ok(observed) => observed,
        Err(refusal) => return Cause::Never(format!("the rules refuse it: {refusal}")),
    };
    asked(Command::RequestOverride {
        new: NewOverride {
            wanted: wanted(request),
            gate: content.gate.clone(),
            lasts: Some(content.lasts),
            reason: content.reason.clone(),
        },
        observed,
    })
}
