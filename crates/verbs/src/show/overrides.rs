//! Overrides: who passed which gate by decision.

use liftlock_core::State;
use liftlock_core::overrides::Override;
use serde_json::{Value, json};

use super::time;

/// One override, in a line.
pub fn line(state: &State, known: &Override) -> String {
    let content = &known.content;
    let of = state.promotions.get(&content.promotion);
    let of = of.map(|p| format!("{} to {}", p.request.release, p.request.environment));
    let mut line = format!(
        "{} of {} for {} ({}), asked for by {}: {}",
        content.id,
        content.gate,
        of.unwrap_or_default(),
        content.promotion,
        known.by,
        content.reason,
    );
    match (&known.confirmed, known.until()) {
        (Some((by, _)), Some(until)) => {
            line.push_str(&format!(
                "; confirmed by {by} until {}",
                time::instant(until)
            ));
        }
        _ => line.push_str("; not confirmed"),
    }
    if let Some((by, _, finding)) = &known.reviewed {
        line.push_str(&format!("; reviewed by {by}: {finding}"));
    }
    line
}

/// One override, as JSON.
pub fn json(state: &State, known: &Override) -> Value {
    let promotion = state.promotions.get(&known.content.promotion);
    json!({
        "override": known.content,
        "release": promotion.map(|p| &p.request.release),
        "environment": promotion.map(|p| &p.request.environment),
        "by": known.by,
        "at": known.at,
        "confirmed": known.confirmed.as_ref().map(|(by, at)| json!({
            "by": by, "at": at, "until": known.until(),
        })),
        "reviewed": known.reviewed.as_ref().map(|(by, at, finding)| json!({
            "by": by, "at": at, "finding": finding,
        })),
    })
}
