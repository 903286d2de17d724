//! The board: environments across, what is there, and what is awaited.

use comfy_table::{ContentArrangement, Table, presets};
use liftlock_core::decide::ROLLBACK_REACH;
use liftlock_core::freeze::{Freeze, Scope};
use liftlock_core::policy::{Environment, GateRule, IdentityMode, RepositoryTemplate};
use liftlock_core::verdict::Verdict;
use liftlock_core::{Policy, ReleaseName, State, Time, gates};
use serde_json::{Value, json};

use super::overrides;
use super::{drift, freezes, images, promotion, time};

/// The board as text.
pub fn text(state: &State, policy: &Policy, only: Option<&str>, now: Time) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    table.set_header([
        "ENVIRONMENT",
        "RELEASE",
        "DIGEST",
        "SINCE",
        "STANDING",
        "AWAITED",
    ]);
    for environment in shown(policy, only) {
        table.add_row(row(state, policy, environment, now));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let lines: Vec<_> = table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    let mut text = format!("pipeline {}\n{}", policy.pipeline, lines.join("\n"));
    for (name, environment) in &state.environments {
        if let Some(incident) = &environment.incident
            && only.is_none_or(|only| only == name.as_str())
        {
            text.push_str(&format!(
                "\nincident {} in {name}: {}",
                incident.id, incident.reason
            ));
        }
    }
    for environment in shown(policy, only) {
        let name = &environment.name;
        if let Some(drifted) = &state.environment(name).drift {
            text.push_str(&format!("\n{}", drift::standing(state, name, drifted)));
        }
    }
    for known in state.to_review() {
        let of = state.promotions.get(&known.content.promotion);
        let of = of.map(|promotion| &promotion.request.environment);
        if only.is_none_or(|only| of.is_some_and(|of| of.as_str() == only)) {
            let id = known.content.id;
            text.push_str(&format!(
                "\noverride {}; `liftlock override review {id}` when it was looked at again",
                overrides::line(state, known)
            ));
        }
    }
    for environment in shown(policy, only) {
        if let Some(hold) = &state.environment(&environment.name).hold {
            text.push_str(&format!(
                "\n{} is held by {}: {}; `liftlock resume {}` lets automatic promotions go on",
                environment.name, hold.by, hold.reason, environment.name
            ));
        }
    }
    for environment in shown(policy, only) {
        if let Some(current) = &state.environment(&environment.name).current
            && let Some(against) = against(state, environment, &current.release)
        {
            text.push_str(&format!(
                "\n{} no longer stands in {}: {}: {}",
                current.release, environment.name, against.gate, against.reason
            ));
        }
    }
    for freeze in frozen(state, only, now) {
        text.push_str(&format!("\n{}", freezes::line(state, freeze)));
    }
    for environment in shown(policy, only) {
        for window in gates::windows(environment, now) {
            let (name, gate, reason) = (&environment.name, window.gate, window.reason);
            text.push_str(&format!("\n{name}: {gate}: {reason}"));
        }
    }
    for environment in shown(policy, only) {
        if !environment.repositories.is_empty() {
            let places = environment.repositories.iter();
            let places: Vec<_> = places.map(RepositoryTemplate::as_str).collect();
            text.push_str(&format!(
                "\n{} has its images in {}",
                environment.name,
                places.join(", ")
            ));
        }
    }
    if policy.identity == IdentityMode::Claimed {
        text.push_str("\nidentities are claimed: whoever can write this state can act as anyone; only a server makes identity a fact");
    }
    text
}

fn shown<'a>(policy: &'a Policy, only: Option<&'a str>) -> impl Iterator<Item = &'a Environment> {
    policy
        .environments
        .iter()
        .filter(move |e| only.is_none_or(|only| only == e.name.as_str()))
}

/// The known-good releases as far back as a rollback may name one, and what is there: not all that
/// ever were.
fn known_good<'a>(state: &'a State, environment: &'a Environment) -> Vec<&'a ReleaseName> {
    let good = state.known_good(&environment.name, None);
    good.take(ROLLBACK_REACH + 1).map(|s| &s.release).collect()
}

/// The freezes that are in force there.
fn frozen<'a>(
    state: &'a State,
    only: Option<&'a str>,
    now: Time,
) -> impl Iterator<Item = &'a Freeze> {
    state
        .in_force(now)
        .filter(move |freeze| match &freeze.scope {
            Scope::All => true,
            Scope::Environment(name) => only.is_none_or(|only| only == name.as_str()),
        })
}

fn row(state: &State, policy: &Policy, environment: &Environment, now: Time) -> [String; 6] {
    let there = state.environment(&environment.name);
    let awaited = awaited(state, environment);
    let Some(current) = &there.current else {
        let none = || "-".to_owned();
        return [
            environment.name.to_string(),
            none(),
            none(),
            none(),
            none(),
            awaited,
        ];
    };
    let release = state.releases.get(&current.release);
    let digests = release.map(|release| {
        let pinned = release.content.pinned();
        pinned
            .values()
            .map(|pinned| pinned.digest.short())
            .collect::<Vec<_>>()
            .join(" ")
    });
    [
        environment.name.to_string(),
        current.release.to_string(),
        digests.unwrap_or_default(),
        time::ago(current.since, now),
        standing(state, policy, environment, now),
        awaited,
    ]
}

/// Verified or not, and what the soak of an environment behind this one still lacks.
fn standing(state: &State, policy: &Policy, environment: &Environment, now: Time) -> String {
    let there = state.environment(&environment.name);
    let Some(current) = &there.current else {
        return "-".to_owned();
    };
    let mut words = Vec::new();
    words.push(match there.withdrawn.get(&current.release) {
        Some(_) => "WITHDRAWN".to_owned(),
        None if against(state, environment, &current.release).is_some() => {
            "NO LONGER STANDS".to_owned()
        }
        None if there.drift.is_some() => "DRIFTED".to_owned(),
        None if current.verified => "verified".to_owned(),
        None => "not verified".to_owned(),
    });
    let clock = there
        .soak
        .get(&current.release)
        .copied()
        .unwrap_or_default();
    for behind in policy
        .environments
        .iter()
        .filter(|e| e.after.contains(&environment.name))
    {
        for gate in behind.gates.list() {
            if let GateRule::Soak(rule) = &gate.rule {
                let left = rule.time.left_after(clock.total(now));
                words.push(if left.us() == 0 {
                    format!("soaked for {}", behind.name)
                } else {
                    format!("{} left to soak for {}", time::rough(left), behind.name)
                });
            }
        }
    }
    words.join(", ")
}

/// What its evidence says by now against a release that was verified.
fn against(state: &State, environment: &Environment, release: &ReleaseName) -> Option<Verdict> {
    state.evidence_against(&environment.name, release)
}

fn awaited(state: &State, environment: &Environment) -> String {
    let open = state
        .open_promotions()
        .filter(|promotion| promotion.request.environment == environment.name);
    let open: Vec<_> = open
        .map(|p| {
            format!(
                "{} {} {}",
                p.request.id,
                p.request.release,
                promotion::status(p)
            )
        })
        .collect();
    if open.is_empty() {
        "-".to_owned()
    } else {
        open.join("; ")
    }
}

/// The board as JSON.
pub fn json(state: &State, policy: &Policy, only: Option<&str>, now: Time) -> Value {
    let environments = shown(policy, only).map(|environment| {
        let there = state.environment(&environment.name);
        let (images, also_in) = images::json(&state.current_images(&environment.name));
        let open = state
            .open_promotions()
            .filter(|promotion| promotion.request.environment == environment.name);
        json!({
            "environment": environment.name,
            "repositories": environment.repositories,
            "current": there.current.as_ref().map(|current| json!({
                "release": current.release,
                "promotion": current.promotion,
                "since": current.since,
                "verified": current.verified,
                "against": against(state, environment, &current.release),
                "images": images,
                "also_in": also_in,
                "soaked_seconds": there.soak.get(&current.release)
                    .map_or(0, |clock| clock.total(now).us() / 1_000_000),
            })),
            "known_good": known_good(state, environment),
            "withdrawn": there.withdrawn.iter().map(|(release, withdrawn)| json!({
                "release": release, "at": withdrawn.at, "reason": withdrawn.reason,
            })).collect::<Vec<_>>(),
            "incident": there.incident.as_ref().map(|incident| json!({
                "id": incident.id, "at": incident.at, "reason": incident.reason,
            })),
            "drift": there.drift.as_ref().map(|drift| json!({
                "since": drift.since, "drifts": drift.drifts, "more": drift.more,
            })),
            "freezes": state.freezes_of(&environment.name, now),
            "windows": gates::windows(environment, now),
            "auto": environment.auto,
            "hold": there.hold.as_ref().map(|hold| json!({
                "at": hold.at, "by": hold.by, "reason": hold.reason,
            })),
            "open": open.map(|p| promotion::json(state, p.request.id)).collect::<Vec<_>>(),
        })
    });
    json!({
        "pipeline": policy.pipeline,
        "identity": policy.identity,
        "policy": state.adopted.as_ref().map(|adopted| adopted.digest),
        "environments": environments.collect::<Vec<_>>(),
    })
}
