//! A promotion and its record.

use liftlock_core::promotion::{Journal, Kind, Outcome, Promotion, Status, Trigger};
use liftlock_core::{PromotionId, State};
use serde_json::{Value, json};

use super::images;

/// Where it stands, in a few words.
pub fn status(promotion: &Promotion) -> String {
    match &promotion.status {
        Status::Waiting => "waiting".to_owned(),
        Status::Running => "running".to_owned(),
        Status::Reverting { reason, .. } => format!("putting tags back: {reason}"),
        Status::RollingBack { by } => format!("rolling back, as {by}"),
        Status::Ended(ended) => outcome(ended),
    }
}

/// How it ended, in a line.
pub fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Succeeded => "succeeded".to_owned(),
        Outcome::Failed { reason } => format!("failed: {reason}"),
        Outcome::RolledBack { to, reason } => format!("rolled back to {to}: {reason}"),
        Outcome::NothingToReturnTo { reason } => format!("failed, nothing to return to: {reason}"),
        Outcome::Rejected { reason } => format!("rejected: {reason}"),
        Outcome::Cancelled { reason } => format!("cancelled: {reason}"),
        Outcome::Superseded { by } => format!("superseded by {by}"),
        Outcome::Expired => "expired".to_owned(),
    }
}

/// Why it was made, in a few words.
pub fn kind(promotion: &Promotion) -> String {
    match &promotion.request.kind {
        Kind::Promote if promotion.request.automatic => "automatic".to_owned(),
        Kind::Promote => "promote".to_owned(),
        Kind::Rollback {
            cause: Some(cause), ..
        } => format!("rollback of {cause}"),
        Kind::Rollback { .. } => match promotion.request.trigger {
            Some(Trigger::Drift) => "repair".to_owned(),
            Some(Trigger::Incident { id }) => format!("rollback for incident {id}"),
            None => "rollback".to_owned(),
        },
    }
}

/// The whole record.
pub fn json(state: &State, id: PromotionId) -> Value {
    let Some(promotion) = state.promotions.get(&id) else {
        return Value::Null;
    };
    let (images, also_in) = images::json(&images::of(state, promotion));
    let (reverting, reverted) = match &promotion.status {
        Status::Reverting { steps, journal, .. } => (steps.as_slice(), Some(journal)),
        _ => (&[][..], None),
    };
    let steps = promotion
        .plan
        .as_ref()
        .map(|p| p.steps.as_slice())
        .unwrap_or_default();
    json!({
        "request": promotion.request,
        "requested_by": promotion.requested_by,
        "requested_at": promotion.requested_at,
        "images": images,
        "also_in": also_in,
        "status": word(&promotion.status),
        "outcome": match &promotion.status { Status::Ended(outcome) => json!(outcome), _ => Value::Null },
        "ended_at": promotion.ended_at,
        "ended_by": promotion.ended_by,
        "approvals": promotion.approvals.iter().map(|approval| json!({
            "approval": approval.content,
            "by": approval.by,
            "at": approval.at,
            "withdrawn": approval.withdrawn.as_ref().map(|(at, reason)| json!({ "at": at, "reason": reason })),
        })).collect::<Vec<_>>(),
        "verdicts": promotion.plan.as_ref().map(|plan| &plan.verdicts),
        "steps": steps_json(steps, &promotion.journal),
        "reversal": reverted.map(|journal| steps_json(reverting, journal)),
        "notices": promotion.notices,
    })
}

fn word(status: &Status) -> &'static str {
    match status {
        Status::Waiting => "waiting",
        Status::Running => "running",
        Status::Reverting { .. } => "reverting",
        Status::RollingBack { .. } => "rolling-back",
        Status::Ended(_) => "ended",
    }
}

fn steps_json(steps: &[liftlock_core::plan::Step], journal: &Journal) -> Vec<Value> {
    let each = steps.iter().enumerate().map(|(n, step)| {
        let record = journal.0.get(&(n as u32));
        json!({
            "title": step.title(),
            "step": step,
            "started_at": record.map(|record| record.started_at),
            "ended": record.and_then(|record| record.ended.as_ref()).map(|end| json!({
                "at": end.at,
                "done": end.done,
                "stopped": end.stopped,
                "summary": end.summary,
                "output": end.output,
            })),
        })
    });
    each.collect()
}
