//! Streams that were written once and never change: what was ever recorded is read for ever.
//!
//! A stream of a new version is added by writing it with [`write_streams`]; the ones that are
//! there are never written again.

use std::fmt::Write as _;
use std::path::PathBuf;

use liftlock_core::event::EVENT_VERSION;
use liftlock_core::promotion::Status;
use liftlock_core::state::ApplyError;
use liftlock_core::{Entry, Event, State, Time};

use crate::audit;
use crate::world::World;
use crate::{golden_decisions, golden_signed, golden_story, golden_watching, provider_groups};

pub(crate) const STREAMS: [&str; 14] = [
    "v1-two-environments",
    "v1-ends",
    "v1-repositories",
    "v1-times",
    "v1-exceptions",
    "v1-decisions",
    "v1-drift",
    "v1-signatures",
    "v1-watch",
    "v1-stopped",
    "v1-imports",
    "v1-gaps",
    "v1-workers",
    "v1-groups",
];
const STORIES: [fn() -> World; 14] = [
    golden_story::two_environments,
    golden_story::ends,
    golden_story::repositories,
    golden_story::times,
    golden_story::exceptions,
    golden_decisions::decisions,
    golden_watching::drift,
    golden_signed::signatures,
    golden_watching::watch,
    golden_watching::stopped,
    golden_story::imports,
    golden_watching::gaps,
    golden_watching::workers,
    provider_groups::groups,
];

fn file(name: &str, extension: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    folder.join(format!("{name}.{extension}"))
}

fn lines(name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(file(name, "jsonl")).unwrap();
    text.lines().map(str::to_owned).collect()
}

pub(crate) fn entries(name: &str) -> Vec<Entry> {
    let lines = lines(name);
    let entries = lines.iter().map(|line| serde_json::from_str(line).unwrap());
    entries.collect()
}

/// What a reader would want to know of a state, as a text.
fn summary(state: &State) -> String {
    let mut text = String::new();
    let last = state.last_time;
    writeln!(text, "{} events, the last at {last}", state.version).unwrap();
    for release in state.releases.values() {
        let (name, set) = (&release.content.name, release.content.set_digest());
        writeln!(text, "release {} {name} {}", release.number, set.short()).unwrap();
        if let Some(from) = &release.content.imported {
            let (archive, origin, size) = (from.archive.short(), &from.origin, from.size);
            writeln!(text, "  from {archive}, {origin} at {size}").unwrap();
        }
    }
    for evidence in &state.evidence {
        let (content, by) = (&evidence.content, &evidence.by);
        let revoked = if evidence.revoked.is_some() {
            " revoked"
        } else {
            ""
        };
        let (id, gate, release) = (content.id, &content.gate, &content.release);
        let from = evidence.counts_from;
        writeln!(
            text,
            "evidence {id} {gate} {release} by {by} from {from}{revoked}"
        )
        .unwrap();
    }
    for promotion in state.promotions.values() {
        let request = &promotion.request;
        let status = match &promotion.status {
            Status::Ended(outcome) => serde_json::to_string(outcome).unwrap(),
            other => format!("{other:?}"),
        };
        let kind = if promotion.is_rollback() {
            "rollback"
        } else {
            "promote"
        };
        let (id, release, environment) = (request.id, &request.release, &request.environment);
        let approvals = promotion.approvals.len();
        writeln!(
            text,
            "{kind} {id} {release} to {environment}, {approvals} approvals: {status}"
        )
        .unwrap();
    }
    for freeze in &state.freezes {
        let (scope, by, until) = (&freeze.scope, &freeze.by, freeze.until);
        let ended = serde_json::to_string(&freeze.ended).unwrap();
        writeln!(text, "freeze of {scope} until {until} by {by}: {ended}").unwrap();
    }
    for known in &state.overrides {
        let (id, gate, promotion) = (
            known.content.id,
            &known.content.gate,
            known.content.promotion,
        );
        let (until, reviewed) = (known.until(), known.reviewed.is_some());
        writeln!(
            text,
            "override {id} of {gate} for {promotion} until {until:?}, reviewed {reviewed}"
        )
        .unwrap();
    }
    for (name, there) in &state.environments {
        if let Some(hold) = &there.hold {
            writeln!(text, "{name}: held by {}: {}", hold.by, hold.reason).unwrap();
        }
        if let Some(drift) = &there.drift {
            writeln!(text, "{name}: drift since {}", drift.since).unwrap();
        }
        let current = there.current.as_ref();
        let current = current.map(|c| format!("{} verified {}", c.release, c.verified));
        writeln!(text, "{name}: current {current:?}").unwrap();
        let verified: Vec<_> = there.verified.iter().map(|s| s.release.as_str()).collect();
        let withdrawn: Vec<_> = there.withdrawn.keys().map(|r| r.as_str()).collect();
        writeln!(text, "  verified {verified:?}, withdrawn {withdrawn:?}").unwrap();
        writeln!(
            text,
            "  incident {:?}",
            there.incident.as_ref().map(|i| i.id.to_string())
        )
        .unwrap();
        let noon: Time = "2026-03-09T12:00:00Z".parse().unwrap();
        for (release, clock) in &there.soak {
            writeln!(text, "  soaked {release} {} by {noon}", clock.total(noon)).unwrap();
        }
    }
    text
}

#[test]
fn streams_fold_to_what_they_always_did() {
    for name in STREAMS {
        let state = State::replay(&entries(name)).unwrap();
        let expected = std::fs::read_to_string(file(name, "txt")).unwrap();
        assert_eq!(summary(&state), expected, "{name}");
    }
}

#[test]
fn an_entry_written_again_is_the_same_bytes() {
    for name in STREAMS {
        for (line, entry) in lines(name).iter().zip(entries(name)) {
            assert_eq!(&serde_json::to_string(&entry).unwrap(), line);
        }
    }
}

#[test]
fn every_kind_of_event_and_every_outcome_is_there() {
    let mut seen = std::collections::BTreeMap::new();
    for name in STREAMS {
        let mut world = World::empty();
        world.entries = entries(name);
        audit::census(&world, &mut seen);
    }
    for kind in [
        "policy-adopted",
        "release-created",
        "evidence-added",
        "evidence-revoked",
        "promotion-requested promote",
        "promotion-requested rollback",
        "approval-given",
        "approval-withdrawn",
        "promotion-committed",
        "promotion-reopened",
        "step-started",
        "step-finished",
        "step-failed",
        "reversal-started",
        "promotion-ended succeeded",
        "promotion-ended failed",
        "promotion-ended rolled-back",
        "promotion-ended nothing-to-return-to",
        "promotion-ended rejected",
        "promotion-ended cancelled",
        "promotion-ended superseded",
        "promotion-ended expired",
        "incident-opened",
        "incident-resolved",
        "freeze-started",
        "freeze-ended",
        "hold-started",
        "hold-ended",
        "override-requested",
        "override-confirmed",
        "override-reviewed",
        "drift-seen",
        "drift-resolved",
        "verified-again",
        "promotion-committed by override",
        "promotion-requested automatically",
    ] {
        assert!(seen.contains_key(kind), "no stream has {kind}: {seen:#?}");
    }
    let all: Vec<String> = STREAMS.into_iter().flat_map(lines).collect();
    for step in [
        "keep", "copy", "deploy", "observe", "check", "tag", "restore",
    ] {
        let step = format!("\"do\":\"{step}\"");
        assert!(all.iter().any(|line| line.contains(&step)), "no {step}");
    }
}

#[test]
fn what_is_not_known_is_not_read() {
    let line = &lines(STREAMS[0])[1];
    let entry: Entry = serde_json::from_str(line).unwrap();
    let newer = line.replacen("{\"v\":1,", "{\"v\":2,", 1);
    let newer: Entry = serde_json::from_str(&newer).unwrap();
    let mut state = State::replay(&entries(STREAMS[0])[..1]).unwrap();
    let refused = state.clone().apply(&newer);
    assert_eq!(refused, Err(ApplyError::Version { n: 2, found: 2 }));
    let kind = entry_type(line);
    let unknown = line.replacen(&kind, "something-else", 1);
    assert!(serde_json::from_str::<Entry>(&unknown).is_err());
    state.apply(&entry).unwrap();
    assert_eq!(EVENT_VERSION, 1);
}

fn entry_type(line: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(line).unwrap();
    value["event"]["type"].as_str().unwrap().to_owned()
}

#[test]
fn a_stream_with_a_hole_a_swap_or_a_stranger_is_not_read() {
    let all = entries(STREAMS[0]);
    let mut hole = all.clone();
    hole.remove(3);
    let mut swapped = all.clone();
    swapped.swap(3, 4);
    let mut backwards = all.clone();
    backwards[4].time = Time::from_us(0);
    let mut stranger = all.clone();
    stranger[4].pipeline = "other".parse().unwrap();
    let twice: Vec<_> = all.iter().take(1).chain(&all).cloned().collect();
    for broken in [hole, swapped, backwards, stranger, twice] {
        assert!(State::replay(&broken).is_err());
    }
}

/// Where the meaning of a policy did not change, the same commands make the same plans, with the
/// same policy digests.
#[test]
fn the_same_story_is_told_in_the_same_words() {
    for (name, story) in STREAMS.iter().zip(STORIES) {
        let told = story().entries;
        let written = entries(name);
        for (mut told, written) in told.iter().cloned().zip(&written) {
            if let (
                Event::PromotionCommitted { plan, .. },
                Event::PromotionCommitted { plan: before, .. },
            ) = (&mut told.event, &written.event)
                && before.rollback.is_none()
            {
                // Plans of before this field was written do not have it.
                plan.rollback = None;
            }
            assert_eq!(told, *written, "{name}");
        }
        assert_eq!(told.len(), written.len(), "{name}");
    }
}

/// Writes the streams that the harness tells now and that are not there yet. Run by hand, once a version:
/// `cargo test -p liftlock-core --test decisions write_streams -- --ignored`.
#[test]
#[ignore = "writes the files that the other tests read"]
fn write_streams() {
    for (name, story) in STREAMS.iter().zip(STORIES) {
        let path = file(name, "jsonl");
        if path.exists() {
            // It is never written again.
            continue;
        }
        let world = story();
        let lines = world.entries.iter();
        let lines = lines.map(|entry| serde_json::to_string(entry).unwrap() + "\n");
        std::fs::write(path, lines.collect::<String>()).unwrap();
        std::fs::write(file(name, "txt"), summary(&world.state)).unwrap();
    }
}
