//! One entry after the other: places, times, leases, and steps that were begun before they end.

use liftlock_core::event::{Entry, Event};
use liftlock_core::plan::Step;
use liftlock_core::{PromotionId, Time};

use super::Written;
use super::book::{Attempt, Book, Stage};

/// How far the clock may be behind the last entry: five minutes.
const BEHIND_MAX: i64 = 300_000_000;

/// Before an entry is taken into the record.
pub(super) fn entry(book: &Book, entry: &Entry, written: &Written<'_>) -> Result<(), String> {
    if entry.n != book.count + 1 {
        return Err(format!("follows entry {}", book.count));
    }
    time(book.last, entry, written.reads)?;
    lease(book, entry, written.lease)?;
    steps(book, &entry.event)
}

/// Time never goes back, and is what the process's clock said, unless that is a little behind.
fn time(last: Time, entry: &Entry, reads: &[i64]) -> Result<(), String> {
    if entry.time < last {
        return Err(format!("is of {} and follows one of {last}", entry.time));
    }
    let could = |read: &i64| {
        entry.time.us() == last.us().max(*read) && last.us().saturating_sub(*read) <= BEHIND_MAX
    };
    if reads.iter().any(could) {
        Ok(())
    } else {
        Err(format!(
            "has the time {}, which no clock said or may have said",
            entry.time
        ))
    }
}

/// Whatever belongs to carrying out is written under the environment's lease.
fn lease(book: &Book, entry: &Entry, lease: Option<&str>) -> Result<(), String> {
    let id = match &entry.event {
        Event::PromotionCommitted { promotion, .. }
        | Event::PromotionReopened { promotion, .. }
        | Event::StepStarted { promotion, .. }
        | Event::StepFinished { promotion, .. }
        | Event::StepFailed { promotion, .. }
        | Event::ReversalStarted { promotion, .. } => promotion,
        Event::PromotionEnded { promotion, .. }
            if book
                .attempts
                .get(promotion)
                .is_some_and(Attempt::is_under_way) =>
        {
            promotion
        }
        _ => return Ok(()),
    };
    let attempt = book
        .attempts
        .get(id)
        .ok_or_else(|| format!("{id} was never asked for"))?;
    let needed = format!("{}/{}", entry.pipeline, attempt.request.environment);
    if lease == Some(needed.as_str()) {
        Ok(())
    } else {
        Err(format!(
            "is about {id}, and was written without the lease {needed}"
        ))
    }
}

fn steps(book: &Book, event: &Event) -> Result<(), String> {
    match event {
        Event::PromotionRequested(request) if book.attempts.contains_key(&request.id) => {
            Err(format!("{} is there twice", request.id))
        }
        Event::PromotionRequested(request) => {
            let mut twins = book.attempts.values().filter(|other| {
                other.is_open()
                    && !other.is_rollback()
                    && other.request.release == request.release
                    && other.request.environment == request.environment
                    && other.request.kind == request.kind
            });
            match twins.next() {
                Some(twin) => Err(format!("{} is asked for twice", twin.request.id)),
                None => Ok(()),
            }
        }
        Event::StepStarted { promotion, step } => begun(book, *promotion, *step),
        Event::StepFailed {
            promotion, stopped, ..
        } if !stopped.is_empty() => {
            let attempt = under_way(book, *promotion)?;
            let progress = attempt.steps().1;
            let runs = |step: &u32| progress.begun.contains(step) && !progress.done.contains(step);
            match stopped.iter().all(runs) {
                true => Ok(()),
                false => Err(format!("{promotion} stops what does not run: {stopped:?}")),
            }
        }
        Event::StepFinished {
            promotion, step, ..
        }
        | Event::StepFailed {
            promotion, step, ..
        } => {
            let attempt = under_way(book, *promotion)?;
            let progress = attempt.steps().1;
            if progress.begun.contains(step) && !progress.done.contains(step) {
                Ok(())
            } else {
                Err(format!(
                    "step {step} of {promotion} ends and was not begun, or again"
                ))
            }
        }
        Event::PromotionEnded { promotion, .. } => {
            let attempt = book.attempts.get(promotion);
            match attempt.map(|attempt| &attempt.stage) {
                None | Some(Stage::Over(_)) => Err(format!("{promotion} ends twice")),
                Some(_) => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// A step is begun when all before it are done; a check, when all before it are that are no checks
/// beside it, or that it waits for.
fn begun(book: &Book, id: PromotionId, step: u32) -> Result<(), String> {
    let attempt = under_way(book, id)?;
    let (steps, progress) = attempt.steps();
    // What could not be put back keeps nothing else from it.
    let waits = |before: u32| match (&steps[before as usize], steps.get(step as usize)) {
        (Step::Check { name, .. }, Some(Step::Check { after, .. })) => after.contains(name),
        _ => true,
    };
    let in_order = attempt.stage == Stage::PutsBack
        || (0..step).all(|before| progress.done.contains(&before) || !waits(before));
    if in_order && !progress.begun.contains(&step) && (step as usize) < steps.len() {
        Ok(())
    } else {
        Err(format!("step {step} of {id} is begun out of order"))
    }
}

fn under_way(book: &Book, id: PromotionId) -> Result<&super::book::Attempt, String> {
    let attempt = book
        .attempts
        .get(&id)
        .filter(|attempt| attempt.is_under_way());
    attempt.ok_or_else(|| format!("{id} is not under way"))
}
