//! What was decided again against what was recorded. Sentences that the program words for readers
//! may be worded otherwise by another version, and are not compared; what a person said is.

use serde_json::Value;

use crate::event::Event;
use crate::evidence::EvidenceContent;
use crate::plan::Plan;
use crate::promotion::{Kind, Outcome};

/// Whether two events are of one type.
pub(super) fn same_kind(a: &Event, b: &Event) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b)
}

/// An event's type, as it is recorded.
pub(super) fn kind(event: &Event) -> String {
    let json = serde_json::to_value(event).unwrap_or_default();
    json["type"].as_str().unwrap_or("unknown").to_owned()
}

/// Where the two differ, in words; `None` where they are the same decision.
pub(super) fn difference(expected: &Event, recorded: &Event) -> Option<String> {
    if expected == recorded {
        return None;
    }
    let mut expected = plain(expected.clone());
    let recorded = plain(recorded.clone());
    match (&mut expected, &recorded) {
        (Event::EvidenceAdded(expected), Event::EvidenceAdded(recorded)) => {
            left_out(expected, recorded);
        }
        (
            Event::PromotionCommitted { plan: expected, .. },
            Event::PromotionCommitted { plan: recorded, .. },
        ) if recorded.rollback.is_none() => {
            // Plans of before it was written go by the policy in force.
            expected.rollback = None;
        }
        _ => {}
    }
    if expected == recorded {
        return None;
    }
    let json = |event: &Event| serde_json::to_value(event).unwrap_or_default();
    let (expected, recorded) = (json(&expected), json(&recorded));
    Some(match first(&expected, &recorded, String::new()) {
        Some((path, wanted, found)) => {
            format!("{path} is {found}, and by the rules it is {wanted}")
        }
        None => "it is not what the rules come to".to_owned(),
    })
}

/// How many findings did not fit cannot be told from those that did.
fn left_out(expected: &mut EvidenceContent, recorded: &EvidenceContent) {
    if !recorded.findings.is_empty() {
        expected.findings_left_out = recorded.findings_left_out;
    }
}

/// Without what only readers read.
fn plain(mut event: Event) -> Event {
    match &mut event {
        Event::PromotionCommitted { plan, .. } => plain_plan(plan),
        Event::PromotionRequested(request) => plain_kind(&mut request.kind),
        Event::PromotionReopened { reason, .. }
        | Event::ReversalStarted { reason, .. }
        | Event::IncidentOpened { reason, .. }
        | Event::HoldStarted { reason, .. } => reason.clear(),
        Event::PromotionEnded {
            outcome:
                Outcome::Failed { reason }
                | Outcome::RolledBack { reason, .. }
                | Outcome::NothingToReturnTo { reason },
            ..
        } => reason.clear(),
        _ => {}
    }
    event
}

fn plain_plan(plan: &mut Plan) {
    plain_kind(&mut plan.kind);
    plan.notices.clear();
    for verdict in &mut plan.verdicts {
        verdict.reason.clear();
        verdict.help = None;
    }
}

fn plain_kind(kind: &mut Kind) {
    if let Kind::Rollback { reason, .. } = kind {
        reason.clear();
    }
}

/// The first place where two documents differ: its path, and both values there.
fn first(expected: &Value, recorded: &Value, path: String) -> Option<(String, String, String)> {
    let shown = |value: &Value| {
        let text = value.to_string();
        match text.char_indices().nth(200) {
            Some((end, _)) => format!("{}...", &text[..end]),
            None => text,
        }
    };
    match (expected, recorded) {
        (Value::Object(wanted), Value::Object(found)) => {
            let keys = wanted.keys().chain(found.keys());
            keys.filter(|key| wanted.get(*key) != found.get(*key))
                .find_map(|key| {
                    let below = format!("{path}{}{key}", if path.is_empty() { "" } else { "." });
                    let none = Value::Null;
                    let (wanted, found) = (wanted.get(key), found.get(key));
                    first(wanted.unwrap_or(&none), found.unwrap_or(&none), below)
                })
        }
        (Value::Array(wanted), Value::Array(found)) if wanted.len() == found.len() => {
            let pairs = wanted.iter().zip(found).enumerate();
            let mut pairs = pairs.filter(|(_, (a, b))| a != b);
            pairs.find_map(|(at, (a, b))| first(a, b, format!("{path}[{at}]")))
        }
        (wanted, found) if wanted != found => Some((path, shown(wanted), shown(found))),
        _ => None,
    }
}
