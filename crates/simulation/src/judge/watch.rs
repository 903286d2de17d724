//! What watching comes to: an incident for a check that failed, and a return that its rule asks
//! for, once.

use std::collections::BTreeMap;

use liftlock_core::event::{Entry, Event};
use liftlock_core::policy::{RollbackOn, RollbackRule, Verb};
use liftlock_core::promotion::{Request, Trigger};
use liftlock_core::{CheckName, PromotionId};

use super::book::Book;
use super::people;

/// Of a promotion and a check: after how many entries it last passed, and whether it ever failed.
#[derive(Default)]
pub(crate) struct Checks(BTreeMap<(String, String), (Option<u64>, bool)>);

impl Checks {
    pub(crate) fn ended(&mut self, (promotion, name): (&str, &str), passed: bool, entries: u64) {
        let key = (promotion.to_owned(), name.to_owned());
        let known = self.0.entry(key).or_default();
        match passed {
            true => known.0 = Some(entries),
            false => known.1 = true,
        }
    }

    fn of(&self, promotion: PromotionId, check: &CheckName) -> (Option<u64>, bool) {
        let key = (promotion.to_string(), check.to_string());
        self.0.get(&key).copied().unwrap_or_default()
    }
}

/// Before an entry is taken into the record.
pub(super) fn entry(book: &Book, checks: &Checks, entry: &Entry) -> Result<(), String> {
    match &entry.event {
        Event::IncidentOpened {
            environment,
            check: Some(check),
            ..
        } => {
            let place = book.place(environment);
            let here = place.current.as_ref().ok_or("nothing is there")?;
            let (_, failed) = checks.of(here.by, check);
            let free = book.under_way(environment).next().is_none();
            match failed && free && !place.incident {
                true => Ok(()),
                false => Err(format!("the check {check} has not failed in {environment}")),
            }
        }
        Event::VerifiedAgain {
            environment,
            promotion,
            ..
        } => {
            let policy = book
                .policy
                .as_ref()
                .and_then(|p| p.environment(environment));
            let shaken = book.place(environment).shaken_at;
            let mut named = policy
                .into_iter()
                .flat_map(|environment| &environment.checks);
            let missing = named.find(|check| checks.of(*promotion, &check.name).0 < Some(shaken));
            match missing {
                None => Ok(()),
                Some(check) => Err(format!("{} has not passed since", check.name)),
            }
        }
        Event::PromotionRequested(request)
            if matches!(request.trigger, Some(Trigger::Incident { .. })) =>
        {
            returns(book, request, entry)
        }
        _ => Ok(()),
    }
}

/// The incident came soon enough after a promotion, which was none back.
fn returns(book: &Book, request: &Request, entry: &Entry) -> Result<(), String> {
    let policy = book.policy.as_ref().ok_or("there is no policy")?;
    let may = |verb| people::may(policy, verb, &entry.actor);
    let place = book.place(&request.environment);
    let here = place.current.as_ref().ok_or("nothing is there")?;
    let attempt = book.attempts.get(&here.by).ok_or("nobody asked for it")?;
    let planned = attempt.plan.as_ref().and_then(|plan| plan.rollback.clone());
    let environment = policy.environment(&request.environment);
    let rule = planned.or_else(|| environment.and_then(|e| e.rollback.clone()));
    let within = match rule {
        Some(RollbackRule::Within { on, within }) if on.contains(&RollbackOn::Incident) => within,
        _ => return Err("an incident rolls back where it may not".to_owned()),
    };
    let ended = attempt.over.ok_or("it is under way")?;
    let wrong = [
        (
            !may(Verb::Promote) && !may(Verb::Rollback),
            "by whom it may not be",
        ),
        (!place.incident, "without an incident"),
        (place.incident_at > ended + within, "too late"),
        (attempt.is_rollback(), "from a rollback"),
        (here.release == request.release, "to what is there"),
    ];
    match wrong.into_iter().find(|(wrong, _)| *wrong) {
        Some((_, why)) => Err(format!("{} returns {why}", request.id)),
        None => Ok(()),
    }
}
