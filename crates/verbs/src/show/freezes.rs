//! Freezes: what is frozen, until when, by whom and why.

use liftlock_core::freeze::{Freeze, FreezeEnd, Scope};
use liftlock_core::{Policy, State, Time};

use super::time;

/// One line: `production is frozen until TIME by alice: REASON`.
pub fn line(state: &State, freeze: &Freeze) -> String {
    told(state, freeze, &freeze.scope.is())
}

/// What has become frozen, or would.
pub fn said(state: &State, freeze: &Freeze, would: bool) -> String {
    match would {
        true => told(state, freeze, &format!("{} would be", freeze.scope)),
        false => line(state, freeze),
    }
}

fn told(state: &State, freeze: &Freeze, is: &str) -> String {
    let by = person(state.policy().ok(), freeze);
    let until = time::instant(freeze.until);
    format!("{is} frozen until {until} by {by}: {}", freeze.reason)
}

fn person(policy: Option<&Policy>, freeze: &Freeze) -> String {
    let identity = &freeze.by.identity;
    policy.map_or_else(|| identity.to_string(), |policy| policy.person(identity))
}

/// The promotions that a freeze does not stop, since they have begun.
pub fn going_on(state: &State, scope: &Scope) -> Vec<String> {
    let promotions = state.open_promotions().filter(|p| p.is_under_way());
    promotions
        .filter(|promotion| match scope {
            Scope::All => true,
            Scope::Environment(name) => promotion.request.environment == *name,
        })
        .map(|promotion| {
            let request = &promotion.request;
            format!(
                "  {} ({} to {}) is being carried out, and goes on",
                request.id, request.release, request.environment
            )
        })
        .collect()
}

/// A freeze in the history, with its end.
pub fn entry(state: &State, freeze: &Freeze, now: Time) -> String {
    let by = match person(state.policy().ok(), freeze) {
        person if person == freeze.by.identity.to_string() => freeze.by.to_string(),
        person => format!("{person}, as {}", freeze.by),
    };
    let mut lines = vec![format!(
        "freeze {}  {} until {}: {}",
        time::instant(freeze.at),
        freeze.scope,
        time::instant(freeze.until),
        freeze.reason
    )];
    lines.push(format!("      frozen by {by}"));
    lines.extend(ending(freeze, now).map(|ending| format!("      {ending}")));
    lines.join("\n")
}

fn ending(freeze: &Freeze, now: Time) -> Option<String> {
    match &freeze.ended {
        Some(FreezeEnd::Replaced { at }) => Some(format!("replaced {}", time::instant(*at))),
        Some(FreezeEnd::Lifted { at, by, reason }) => {
            let reason = reason.iter().map(|reason| format!(": {reason}"));
            let reason: String = reason.collect();
            Some(format!("ended {} by {by}{reason}", time::instant(*at)))
        }
        None => (freeze.until <= now).then(|| "over".to_owned()),
    }
}
