//! What watching comes to, line by line.

use liftlock_core::event::Event;
use liftlock_core::policy::Environment;
use liftlock_core::{EnvironmentName, Time};
use liftlock_engine::ports::Observation;
use serde_json::{Value, json};

use super::{drift, time};

/// A check that was run.
pub fn check(seen: &Observation) -> String {
    let Observation {
        environment,
        check,
        passed,
        summary,
        ..
    } = seen;
    let how = if *passed { "passed" } else { "FAILED" };
    format!("{environment}: check {check} {how}: {summary}")
}

/// The same for programs.
pub fn check_json(seen: &Observation) -> Value {
    json!({
        "environment": seen.environment,
        "promotion": seen.promotion,
        "check": seen.check,
        "at": Time::from_us(seen.at_us),
        "passed": seen.passed,
        "summary": seen.summary,
    })
}

/// The checks that are watched, each with how it last ended.
pub fn standing(environment: &Environment, last: &[Observation], now: Time) -> Vec<String> {
    let name = &environment.name;
    let watched = environment.checks.iter();
    let watched = watched.filter_map(|check| Some((check, check.every?)));
    watched
        .map(|(check, every)| {
            let seen = last.iter().find(|seen| seen.check == check.name.as_str());
            let seen = match seen {
                None => "not run yet".to_owned(),
                Some(seen) => {
                    let how = if seen.passed { "passed" } else { "FAILED" };
                    format!("{how} {}", time::ago(Time::from_us(seen.at_us), now))
                }
            };
            format!("{name}: check {} every {every}: {seen}", check.name)
        })
        .collect()
}

/// What changed because of it, in a line or several.
pub fn news(environment: &EnvironmentName, event: &Event) -> Vec<String> {
    match event {
        Event::IncidentOpened { id, reason, .. } => {
            vec![format!("incident {id} in {environment}: {reason}")]
        }
        Event::IncidentResolved { id, .. } => {
            vec![format!("incident {id} in {environment} is over")]
        }
        other => drift::news(environment, other),
    }
}
