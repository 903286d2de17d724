//! Nothing is committed, asked for, submitted or decided by whom or when it may not be.

use liftlock_core::attestation::What;
use liftlock_core::event::{Entry, Event};
use liftlock_core::freeze::Scope;
use liftlock_core::plan::{Plan, Step};
use liftlock_core::policy::{GateRule, Gates, Verb};
use liftlock_core::promotion::{Kind, Request, Trigger};
use liftlock_core::{PromotionId, Time};

use super::approvals::can_fill;
use super::book::{Attempt, Book};
use super::{people, window};

/// Before an entry is taken into the record.
pub(super) fn entry(book: &Book, entry: &Entry) -> Result<(), String> {
    let Some(policy) = &book.policy else {
        return Ok(());
    };
    let may = |verb| {
        let may = people::may(policy, verb, &entry.actor);
        may.then_some(())
            .ok_or_else(|| format!("{} may not {verb}", entry.actor))
    };
    match &entry.event {
        Event::PolicyAdopted { .. } if !people::owns(policy, &entry.actor) => Err(format!(
            "{} changes a policy that is not theirs",
            entry.actor
        )),
        Event::ReleaseCreated(_) => may(Verb::Release),
        Event::HoldEnded { .. } => may(Verb::Hold),
        Event::FreezeStarted { .. } | Event::FreezeEnded { .. } => may(Verb::Freeze),
        Event::PromotionRequested(request) => match &request.kind {
            Kind::Promote if request.automatic => by_itself(book, request),
            Kind::Promote => may(Verb::Promote),
            // Whose it is to say is judged with what made it necessary.
            Kind::Rollback { cause: None, .. }
                if matches!(request.trigger, Some(Trigger::Incident { .. })) =>
            {
                Ok(())
            }
            Kind::Rollback { cause: None, .. } => may(Verb::Rollback),
            Kind::Rollback { .. } => Ok(()),
        },
        Event::PromotionCommitted { promotion, plan } => committed(book, *promotion, plan, entry),
        _ => Ok(()),
    }
}

/// What nobody asked for: never past a hold, never an older release over a newer, never again.
fn by_itself(book: &Book, request: &Request) -> Result<(), String> {
    let environment = book
        .policy
        .as_ref()
        .and_then(|p| p.environment(&request.environment));
    let place = book.place(&request.environment);
    let number = |name| book.releases.get(name).map(|release| release.number);
    let current = place
        .current
        .as_ref()
        .and_then(|here| number(&here.release));
    let tried = book.attempts.values().any(|attempt| {
        attempt.request.release == request.release
            && attempt.request.environment == request.environment
    });
    let wrong = [
        (
            !environment.is_some_and(|environment| environment.auto),
            "takes nothing by itself",
        ),
        (place.held, "is held"),
        (number(&request.release) <= current, "has a later release"),
        (tried, "has had it before"),
    ];
    match wrong.into_iter().find(|(wrong, _)| *wrong) {
        Some((_, why)) => Err(format!(
            "{} goes by itself where {} {why}",
            request.release, request.environment
        )),
        None => Ok(()),
    }
}

fn committed(book: &Book, id: PromotionId, plan: &Plan, entry: &Entry) -> Result<(), String> {
    let attempt = book
        .attempts
        .get(&id)
        .ok_or_else(|| format!("{id} was never asked for"))?;
    let environment = &attempt.request.environment;
    if let Some((other, _)) = book.under_way(environment).find(|(other, _)| **other != id) {
        return Err(format!(
            "{id} is committed while {other} is under way in {environment}"
        ));
    }
    let acted = attempt
        .steps()
        .0
        .iter()
        .zip(0..)
        .any(|(step, place)| step.acts() && attempt.forward.begun.contains(&place));
    if acted || !attempt.is_open() || attempt.failed {
        return Err(format!("{id} is committed again after it did something"));
    }
    in_order(plan).map_err(|problem| format!("the plan of {id} {problem}"))?;
    signs(book, attempt, plan).map_err(|problem| format!("the plan of {id} {problem}"))?;
    pinned(book, attempt, plan).map_err(|problem| format!("the plan of {id} {problem}"))?;
    let policy = book.policy.as_ref().ok_or("there is no policy")?;
    let against = match &attempt.request.kind {
        Kind::Promote => {
            if !people::may(policy, Verb::Promote, &entry.actor) {
                return Err(format!("{} commits, and may not", entry.actor));
            }
            book.against(attempt, entry.time)
        }
        Kind::Rollback { cause, .. } => book.against_rollback(attempt, *cause),
    };
    if against.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "{id} is committed in spite of {}",
            against.join(", ")
        ))
    }
}

/// What is brought, deployed and tagged are the release's digests.
fn pinned(book: &Book, attempt: &Attempt, plan: &Plan) -> Result<(), String> {
    let release = book
        .releases
        .get(&attempt.request.release)
        .ok_or("is for no release")?;
    let digests: Vec<_> = release
        .content
        .images
        .values()
        .map(|image| image.image.digest)
        .collect();
    let keys = plan.images.keys().eq(release.content.images.keys());
    let same = plan.images.iter().all(|(key, image)| {
        release
            .content
            .images
            .get(key)
            .is_some_and(|pinned| pinned.image.digest == image.digest)
    });
    let steps = plan.steps.iter().all(|step| match step {
        Step::Keep { image, .. } | Step::Copy { image, .. } | Step::Tag { image, .. } => {
            digests.contains(&image.digest)
        }
        _ => true,
    });
    if keys && same && steps && plan.release == attempt.request.release {
        Ok(())
    } else {
        Err("is about other digests than the release's".to_owned())
    }
}

/// What is let in, and what was seen to be well, is signed where the environment says so; nothing is
/// on the way back.
fn signs(book: &Book, attempt: &Attempt, plan: &Plan) -> Result<(), String> {
    let policy = book.policy.as_ref();
    let environment = policy.and_then(|p| p.environment(&attempt.request.environment));
    let signs = environment.is_some_and(|e| e.sign.is_some()) && !attempt.is_rollback();
    let wanted = if signs {
        vec![What::Admitted, What::Verified]
    } else {
        Vec::new()
    };
    let signed = plan.steps.iter().filter_map(|step| match step {
        Step::Sign { what, .. } => Some(*what),
        _ => None,
    });
    match signed.eq(wanted) {
        true => Ok(()),
        false => Err("signs too much or too little".to_owned()),
    }
}

/// Tags move last, and those that move after those that are written once.
fn in_order(plan: &Plan) -> Result<(), String> {
    let deploys = plan
        .steps
        .iter()
        .any(|step| matches!(step, Step::Deploy { .. }));
    let rank = |step: &Step| match step {
        Step::Keep { .. } | Step::Copy { .. } => 0,
        Step::Sign {
            what: What::Admitted,
            ..
        } => 1,
        Step::Deploy { .. } => 2,
        Step::Observe { .. } => 3,
        Step::Check { .. } if deploys => 4,
        Step::Sign { .. } if deploys => 5,
        Step::Tag { .. } => 6,
        Step::Check { .. } => 7,
        Step::Sign { .. } => 8,
        Step::Restore { .. } => 9,
    };
    if plan.steps.is_sorted_by_key(rank) {
        Ok(())
    } else {
        Err("has its steps in another order".to_owned())
    }
}

impl Book {
    /// Everything that speaks against committing a promotion at `now`; nothing where it may.
    pub(crate) fn against(&self, attempt: &Attempt, now: Time) -> Vec<String> {
        let request = &attempt.request;
        let Some(environment) = self
            .policy
            .as_ref()
            .and_then(|policy| policy.environment(&request.environment))
        else {
            return vec![format!("there is no environment {}", request.environment)];
        };
        let Some(release) = self.releases.get(&request.release) else {
            return vec!["there is no such release".to_owned()];
        };
        let mut against = Vec::new();
        if request.expires_at <= now {
            against.push("its age".to_owned());
        }
        if request.automatic && self.place(&environment.name).held {
            against.push("a hold".to_owned());
        }
        let current = self.place(&environment.name).current.as_ref();
        let current = current.and_then(|here| self.releases.get(&here.release));
        if current.is_some_and(|current| current.number > release.number) && !request.older {
            against.push("the later release that is current".to_owned());
        }
        for upstream in &environment.after {
            let release = &request.release;
            if !self.stands(upstream, release) || self.is_shaken(upstream, release) {
                against.push(format!("after {upstream}"));
            }
        }
        if matches!(&environment.gates, Gates::All(gates) if gates.is_empty()) {
            against.push("an empty list of gates".to_owned());
        }
        let decided = |gate: &str| {
            let decided = self.decided_on(environment, (release, attempt), gate, now);
            decided.is_some()
        };
        let here = Scope::Environment(environment.name.clone());
        let frozen = [Scope::All, here];
        let mut frozen = frozen.iter().filter_map(|scope| self.frozen.get(scope));
        if frozen.any(|until| now < *until) && !decided("freeze") {
            against.push("a freeze".to_owned());
        }
        let mut slots = Vec::new();
        for gate in environment.gates.list() {
            if decided(gate.name.as_str()) {
                continue;
            }
            match &gate.rule {
                GateRule::Evidence(rule) => {
                    if !self.is_evident(environment, release, (&gate.name, rule), now) {
                        against.push(format!("evidence {}", gate.name));
                    }
                }
                GateRule::Soak(rule) => {
                    for upstream in &environment.after {
                        if self.soaked_at(upstream, &request.release, now) < rule.time {
                            against.push(format!("soak in {upstream}"));
                        }
                    }
                }
                GateRule::Approval(rule) => {
                    let given = (release, attempt);
                    let persons = self.approvers(environment, given, (&gate.name, rule), now);
                    if !rule.shared {
                        slots.push((rule.count, persons));
                    } else if persons.len() < rule.count as usize {
                        against.push(format!("shared approvals {persons:?}"));
                    }
                }
                GateRule::Signature(rule) => {
                    if !self.is_signed(release, &gate.name, rule) {
                        against.push(format!("the signature {}", gate.name));
                    }
                }
                GateRule::Window(rule) => {
                    if !window::is_open(rule, now) {
                        against.push(format!("the window {}", gate.name));
                    }
                }
            }
        }
        if !can_fill(&slots) {
            against.push(format!("approvals {slots:?}"));
        }
        against
    }

    fn against_rollback(&self, attempt: &Attempt, cause: Option<PromotionId>) -> Vec<String> {
        let request = &attempt.request;
        let mut against = Vec::new();
        if !self.is_known_good(&request.environment, &request.release) {
            against.push(format!("{} not being known-good there", request.release));
        }
        let cause = cause.and_then(|cause| self.attempts.get(&cause));
        if cause.is_some_and(Attempt::is_rollback) {
            against.push("its being a rollback of a rollback".to_owned());
        }
        against
    }
}
