//! Steps: begun, ended, and what follows.

use super::commit::{find, wrong};
use super::{StepResult, outcome};
use crate::event::Event;
use crate::plan::{Plan, Step, reversal};
use crate::promotion::{Journal, Promotion, Status};
use crate::{CheckName, PromotionId, Refusal, State, Time};

/// The steps that are being carried out now, and how far that is.
fn open_steps(promotion: &Promotion) -> Result<(&[Step], &Journal), Refusal> {
    match (&promotion.status, &promotion.plan) {
        (Status::Running, Some(plan)) => Ok((&plan.steps, &promotion.journal)),
        (Status::Reverting { steps, journal, .. }, _) => Ok((steps, journal)),
        _ => Err(wrong(promotion, "is not being carried out")),
    }
}

impl Promotion {
    /// The next step to carry out, with its place; `None` where none is left or none may be. While
    /// tags are put back, one that could not be comes up again once each other was tried as often.
    pub fn next_step(&self) -> Option<(u32, &Step)> {
        let (steps, journal) = open_steps(self).ok()?;
        let next = journal.next(steps.len())?;
        steps.get(next as usize).map(|step| (next, step))
    }

    /// The steps that may be under way now, with their places: the next one, and where that is a
    /// check, the checks right after it that wait for none that is not done.
    pub fn next_steps(&self) -> Vec<(u32, &Step)> {
        let Some(next) = self.next_step() else {
            return Vec::new();
        };
        let (Step::Check { .. }, Status::Running, Some(plan)) = (next.1, &self.status, &self.plan)
        else {
            return vec![next];
        };
        let checks = (next.0..).zip(plan.steps.iter().skip(next.0 as usize));
        let checks = checks.take_while(|(_, step)| matches!(step, Step::Check { .. }));
        let may = |(place, step): &(u32, &Step)| {
            let Step::Check { after, .. } = step else {
                return false;
            };
            !self.journal.is_done(*place) && after.iter().all(|name| self.has_passed(plan, name))
        };
        checks.filter(may).collect()
    }

    fn has_passed(&self, plan: &Plan, check: &CheckName) -> bool {
        (0..).zip(&plan.steps).any(|(place, step)| {
            matches!(step, Step::Check { name, .. } if name == check) && self.journal.is_done(place)
        })
    }

    fn is_at(&self, step: u32) -> bool {
        self.next_steps().iter().any(|(next, _)| *next == step)
    }
}

pub(super) fn start(state: &State, id: PromotionId, step: u32) -> Result<Vec<Event>, Refusal> {
    let promotion = find(state, id)?;
    let (_, journal) = open_steps(promotion)?;
    if !promotion.is_at(step) {
        return Err(wrong(promotion, format!("is not at step {}", step + 1)));
    }
    if journal.is_started(step) {
        // Begun by a process that did not live to end it; the step can be run again.
        return Ok(Vec::new());
    }
    Ok(vec![Event::StepStarted {
        promotion: id,
        step,
    }])
}

pub(super) fn end(
    state: &State,
    id: PromotionId,
    step: u32,
    (result, stopped): (&StepResult, &[u32]),
    now: Time,
) -> Result<Vec<Event>, Refusal> {
    let promotion = find(state, id)?;
    let (steps, journal) = open_steps(promotion)?;
    let is_under_way = |step: u32| promotion.is_at(step) && journal.is_started(step);
    let beside = |other: &u32| *other != step && !result.done && is_under_way(*other);
    if let Some(other) = stopped.iter().find(|other| !beside(other)) {
        let why = format!("has no step {} that is under way beside it", other + 1);
        return Err(wrong(promotion, why));
    }
    if !is_under_way(step) {
        return Err(wrong(promotion, format!("is not at step {}", step + 1)));
    }
    let last = journal.is_last(step, steps.len());
    let mut events = vec![recorded(id, step, result, stopped)];
    if let Status::Reverting { reason, .. } = &promotion.status {
        // What could not be put back keeps nothing else from it, and is tried again later.
        if result.done && last {
            events.extend(outcome::failed(state, promotion, reason, now));
        }
    } else if !result.done {
        let title = steps
            .get(step as usize)
            .map(Step::title)
            .unwrap_or_default();
        let reason = format!("{title}: {}", result.summary);
        events.extend(fail(state, promotion, &reason, now));
    } else if last {
        events.extend(outcome::succeeded(state, promotion));
    }
    Ok(events)
}

pub(super) fn give_up(
    state: &State,
    id: PromotionId,
    reason: &str,
    now: Time,
) -> Result<Vec<Event>, Refusal> {
    let promotion = find(state, id)?;
    if promotion.status != Status::Running {
        return Err(wrong(promotion, "is not being carried out"));
    }
    Ok(fail(state, promotion, reason, now))
}

/// First the tags are put back; what then becomes of the promotion is decided after that.
fn fail(state: &State, promotion: &Promotion, reason: &str, now: Time) -> Vec<Event> {
    let steps = reversal(promotion);
    if steps.is_empty() {
        return outcome::failed(state, promotion, reason, now);
    }
    let reason = reason.to_owned();
    vec![Event::ReversalStarted {
        promotion: promotion.request.id,
        reason,
        steps,
    }]
}

fn recorded(promotion: PromotionId, step: u32, result: &StepResult, stopped: &[u32]) -> Event {
    let (summary, output) = (result.summary.clone(), result.output);
    if result.done {
        Event::StepFinished {
            promotion,
            step,
            summary,
            output,
        }
    } else {
        Event::StepFailed {
            promotion,
            step,
            reason: summary,
            output,
            stopped: stopped.to_vec(),
        }
    }
}
