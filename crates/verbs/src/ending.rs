//! How promotions and rollbacks end, as text, JSON and exit code.

use liftlock_core::PromotionId;
use liftlock_core::promotion::{Outcome, Status};
use liftlock_core::verdict::Verdict;
use liftlock_engine::{Carried, Look, PromoteOutcome};
use serde_json::json;

use crate::done::{Done, Exit};
use crate::session::Session;
use crate::show;

/// What became of a promotion.
pub(crate) async fn of(outcome: PromoteOutcome, session: &Session) -> Done {
    match outcome {
        PromoteOutcome::Current(look) => current(&look),
        PromoteOutcome::Planned(plan) => {
            let text = format!(
                "nothing was changed; this would be done\n\n{}",
                show::plan::text(&plan, session.voice.color)
            );
            let exit = match plan.answer() {
                liftlock_core::verdict::Answer::Passed => Exit::Done,
                liftlock_core::verdict::Answer::Waiting => Exit::Waiting,
                liftlock_core::verdict::Answer::Blocked => Exit::Refused,
            };
            Done::new(text, json!({ "dry_run": true, "plan": plan })).exit(exit)
        }
        PromoteOutcome::Waiting {
            promotion,
            verdicts,
        } => waiting(session, promotion, &verdicts)
            .await
            .exit(Exit::Waiting),
        PromoteOutcome::Detached {
            promotion,
            verdicts,
        } => waiting(session, promotion, &verdicts).await,
        PromoteOutcome::Carried(carried) => self::carried(&carried),
    }
}

fn current(look: &Look) -> Done {
    let json = json!({
        "current": true,
        "release": look.release,
        "drift": look.drifts,
        "unseen": look.unseen,
    });
    let mut text = format!("{} is current there already", look.release);
    for unseen in &look.unseen {
        text.push_str(&format!("\nnot looked at: {unseen}"));
    }
    if look.drifts.is_empty() {
        text.push_str(", and everything is as recorded; `--again` deploys it again");
        return Done::new(text, json);
    }
    for drift in &look.drifts {
        text.push_str(&format!("\ndrift: {drift}"));
    }
    text.push_str("\n`--again` puts it right");
    Done::new(text, json).exit(Exit::Mismatch)
}

async fn waiting(session: &Session, promotion: PromotionId, verdicts: &[Verdict]) -> Done {
    let now = crate::clock::now();
    let state = session
        .app
        .state()
        .await
        .unwrap_or_else(|_| session.state.clone());
    let named = state.promotions.get(&promotion).map(|p| &p.request);
    let mut text = match named {
        Some(r) => format!(
            "{promotion} is open: {} waits to enter {}",
            r.release, r.environment
        ),
        None => format!("{promotion} is open"),
    };
    for verdict in verdicts {
        text.push('\n');
        text.push_str(&show::verdicts::styled(
            verdict,
            Some(now),
            session.voice.color,
        ));
    }
    for help in show::verdicts::help(verdicts) {
        text.push_str(&format!("\n  -> {help}"));
    }
    let json = json!({
        "promotion": show::promotion::json(&state, promotion),
        "verdicts": verdicts,
    });
    Done::new(text, json)
}

/// What became of a promotion that was carried out.
pub(crate) fn carried(carried: &Carried) -> Done {
    let json = json!({ "promotion": show::promotion::json(&carried.state, carried.promotion) });
    let Some(promotion) = carried.get() else {
        return Done::new("nothing was carried out", json).exit(Exit::Failed);
    };
    let (id, request) = (carried.promotion, &promotion.request);
    let (release, environment) = (&request.release, &request.environment);
    let (exit, text) = match carried.outcome() {
        Some(Outcome::Succeeded) => {
            let places = show::images::of(&carried.state, promotion);
            let places = show::images::lines(&places, "  ").join("\n");
            (
                Exit::Done,
                format!("{id}: {release} is in {environment}\n{places}"),
            )
        }
        Some(Outcome::RolledBack { to, reason }) => (
            Exit::Failed,
            format!(
                "{id}: {release} failed in {environment} and was rolled back; {to} is there again\n  because {reason}"
            ),
        ),
        Some(Outcome::NothingToReturnTo { reason }) => (
            Exit::Failed,
            format!(
                "{id}: {release} failed in {environment}, and there is nothing to return to; an incident is open\n  because {reason}"
            ),
        ),
        Some(Outcome::Failed { reason }) => (
            Exit::Failed,
            format!("{id}: {release} failed in {environment}\n  because {reason}"),
        ),
        Some(other) => (
            Exit::Refused,
            format!(
                "{id}: {release} did not enter {environment}: {}",
                show::promotion::outcome(other)
            ),
        ),
        None => (
            unfinished(&promotion.status),
            unfinished_text(id, promotion),
        ),
    };
    Done::new(text, json).exit(exit)
}

fn unfinished(status: &Status) -> Exit {
    match status {
        // Left by who was to begin nothing more: it goes on elsewhere.
        Status::Waiting | Status::Running => Exit::Waiting,
        _ => Exit::Failed,
    }
}

fn unfinished_text(id: PromotionId, promotion: &liftlock_core::promotion::Promotion) -> String {
    let request = &promotion.request;
    match &promotion.status {
        Status::Waiting => {
            let why = promotion
                .notices
                .last()
                .map(String::as_str)
                .unwrap_or_default();
            format!(
                "{id}: {} waits again to enter {}: {why}",
                request.release, request.environment
            )
        }
        Status::Reverting {
            reason,
            steps,
            journal,
        } => {
            let mut text = format!(
                "{id}: {} failed in {}, and not everything could be put back yet; run `liftlock tick` to try again\n  because {reason}",
                request.release, request.environment
            );
            for (number, step) in (0..).zip(steps) {
                let ended = journal.0.get(&number).and_then(|r| r.ended.as_ref());
                if let Some(end) = ended.filter(|end| !end.done) {
                    text.push_str(&format!("\n  not yet: {}: {}", step.title(), end.summary));
                }
            }
            text
        }
        Status::Running => format!(
            "{id}: {} is on its way into {}: who carried it out ends, and the next server or `liftlock tick` goes on",
            request.release, request.environment
        ),
        _ => format!(
            "{id}: {} failed in {}",
            request.release, request.environment
        ),
    }
}
