//! Whatever our own decisions record replays without a finding, and what was changed afterwards is
//! found where the rules can see it.

use std::cell::Cell;

use liftlock_core::evidence::{Finding, Subject};
use liftlock_core::plan::Plan;
use liftlock_core::replay::{Replay, Replayed};
use liftlock_core::verdict::{Answer, Verdict};
use liftlock_core::{Entry, Event, Span};
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::prop_assert;

use crate::actors::oidc;
use crate::build::digest;
use crate::generate::{happening, shape};
use crate::properties::{live, runner};
use crate::{golden, golden_decisions, golden_story};

pub(crate) fn replayed(entries: &[Entry]) -> Replayed {
    let mut replay = Replay::new();
    for entry in entries {
        replay.entry(entry).unwrap();
    }
    let (state, replayed) = replay.finish();
    assert_eq!(state.version, entries.len() as u64);
    replayed
}

pub(crate) fn clean(entries: &[Entry]) -> Replayed {
    let replayed = replayed(entries);
    let findings = replayed.findings.iter().map(ToString::to_string);
    let findings: Vec<_> = findings.take(5).collect();
    assert_eq!(findings, Vec::<String>::new());
    assert_eq!(replayed.findings_count, 0);
    let counted = replayed.confirmed
        + replayed.unchecked.values().sum::<u64>()
        + replayed.without_rule.values().sum::<u64>();
    assert_eq!(counted, replayed.events, "each event is accounted for");
    replayed
}

#[test]
fn every_golden_stream_replays_clean() {
    for name in golden::STREAMS {
        let replayed = clean(&golden::entries(name));
        assert_eq!(replayed.confirmed, replayed.events, "{name}: {replayed:?}");
    }
}

/// The stream with `change` made to the first event that it takes, numbered anew.
fn changed(mut entries: Vec<Entry>, change: impl Fn(&mut Entry) -> bool) -> Vec<Entry> {
    let done = entries.iter_mut().any(change);
    assert!(done, "there is nothing to change");
    entries
}

/// The stream without the last event that `is` takes.
fn without(entries: Vec<Entry>, is: impl Fn(&Event) -> bool) -> Vec<Entry> {
    let place = entries.iter().rposition(|entry| is(&entry.event));
    let mut entries = entries;
    entries.remove(place.expect("there is nothing to take out"));
    for (n, entry) in (1..).zip(&mut entries) {
        entry.n = n;
    }
    entries
}

/// The stream must have a finding about an event of this type that says this.
fn found(entries: &[Entry], event: &str, says: &str) {
    let replayed = replayed(entries);
    let lines: Vec<_> = replayed.findings.iter().map(ToString::to_string).collect();
    let about = replayed.findings.iter().find(|f| f.event == event);
    let about = about.unwrap_or_else(|| panic!("nothing about {event}: {lines:?}"));
    assert!(about.problem.contains(says), "{lines:?}");
}

fn two() -> Vec<Entry> {
    golden_story::two_environments().entries
}

fn decisions() -> Vec<Entry> {
    golden_decisions::decisions().entries
}

#[test]
fn an_approval_that_was_taken_out_is_missed_by_the_commit_that_rests_on_it() {
    let entries = without(two(), |e| matches!(e, Event::ApprovalGiven(_)));
    found(&entries, "promotion-committed", "the rules refuse it");
}

#[test]
fn evidence_that_was_taken_out_or_turned_is_missed_too() {
    let entries = without(two(), |e| matches!(e, Event::EvidenceAdded(_)));
    found(&entries, "promotion-committed", "the rules refuse it");
    let entries = changed(two(), |entry| match &mut entry.event {
        Event::EvidenceAdded(content) if content.finding == Some(Finding::Passed) => {
            content.finding = Some(Finding::Failed);
            true
        }
        _ => false,
    });
    assert!(replayed(&entries).findings_count > 0);
    // Evidence about another image than the release has.
    let entries = changed(two(), |entry| match &mut entry.event {
        Event::EvidenceAdded(content) => {
            content.subject = Subject::Image {
                image: digest("another"),
                platform: None,
            };
            true
        }
        _ => false,
    });
    assert!(replayed(&entries).findings_count > 0);
}

#[test]
fn a_verdict_that_was_changed_is_found() {
    let entries = changed(two(), |entry| match &mut entry.event {
        Event::PromotionCommitted { plan, .. } if !plan.verdicts.is_empty() => {
            plan.verdicts[0].answer = Answer::Waiting;
            true
        }
        _ => false,
    });
    found(
        &entries,
        "promotion-committed",
        "plan.verdicts[0].answer is \"waiting\"",
    );
    let entries = changed(two(), |entry| match &mut entry.event {
        Event::PromotionCommitted { plan, .. } => plan.verdicts.pop().is_some(),
        _ => false,
    });
    found(&entries, "promotion-committed", "plan.verdicts");
}

#[test]
fn a_digest_that_was_exchanged_is_found() {
    let entries = changed(two(), |entry| match &mut entry.event {
        Event::PromotionCommitted { plan, .. } => {
            let image = plan.images.values_mut().next().unwrap();
            image.digest = digest("another");
            true
        }
        _ => false,
    });
    found(&entries, "promotion-committed", "digest");
    let entries = changed(two(), |entry| match &mut entry.event {
        Event::ReleaseCreated(content) => {
            let image = content.images.values_mut().next().unwrap();
            image.image.digest = digest("another");
            true
        }
        _ => false,
    });
    assert!(replayed(&entries).findings_count > 0);
    let entries = changed(two(), |entry| match &mut entry.event {
        Event::PolicyAdopted {
            digest: recorded, ..
        } => {
            *recorded = digest("another");
            true
        }
        _ => false,
    });
    found(&entries, "policy-adopted", "digest is");
}

#[test]
fn a_policy_that_was_eased_is_found() {
    let entries = changed(two(), |entry| match &mut entry.event {
        Event::PolicyAdopted { policy, .. } => {
            let mut gates = policy.environments.iter_mut().map(|e| &mut e.gates);
            gates.any(|gates| match gates {
                liftlock_core::policy::Gates::All(list) if list.len() > 1 => list.pop().is_some(),
                _ => false,
            })
        }
        _ => false,
    });
    found(&entries, "policy-adopted", "digest is");
}

#[test]
fn times_that_were_moved_are_found_where_something_hangs_on_them() {
    // All that came before the first commit happened a year earlier: the evidence is not fresh.
    let entries = golden_story::times().entries;
    let commit = entries
        .iter()
        .rposition(|e| matches!(e.event, Event::PromotionCommitted { .. }))
        .unwrap();
    let mut moved = entries;
    for entry in &mut moved[commit..] {
        entry.time = entry.time + Span::from_secs(300 * 86_400);
    }
    assert!(replayed(&moved).findings_count > 0);
}

#[test]
fn who_may_not_is_found() {
    let mallory = oidc("mallory");
    for is in [
        |e: &Event| matches!(e, Event::ApprovalGiven(_)),
        |e: &Event| matches!(e, Event::EvidenceAdded(_)),
        |e: &Event| matches!(e, Event::ReleaseCreated(_)),
        |e: &Event| matches!(e, Event::PromotionRequested(_)),
    ] {
        let entries = changed(two(), |entry| {
            let it = is(&entry.event);
            if it {
                entry.actor = mallory.clone();
            }
            it
        });
        let replayed = replayed(&entries);
        let refused = replayed
            .findings
            .iter()
            .any(|f| f.problem.contains("mallory"));
        assert!(refused, "{:?}", replayed.findings);
    }
}

#[test]
fn what_had_to_follow_is_missed() {
    // A promotion whose last step is done has ended.
    let ended = |e: &Event| matches!(e, Event::PromotionEnded { .. });
    found(&without(two(), ended), "missing", "promotion-ended");
    // And it does not end before that.
    let mut entries = two();
    let last = entries.iter().rposition(|e| ended(&e.event)).unwrap();
    entries.remove(last - 1);
    for (n, entry) in (1..).zip(&mut entries) {
        entry.n = n;
    }
    found(
        &entries,
        "promotion-ended",
        "no step or promotion that ended leads to it",
    );
}

#[test]
fn an_event_that_was_put_in_is_found() {
    // A step that was never due, and a promotion nobody could have asked for.
    let entries = two();
    let place = entries
        .iter()
        .position(|e| matches!(e.event, Event::StepStarted { .. }))
        .unwrap();
    let mut twice = entries.clone();
    twice.insert(place, entries[place].clone());
    for (n, entry) in (1..).zip(&mut twice) {
        entry.n = n;
    }
    assert!(replayed(&twice).findings_count > 0);
    let confirm = decisions();
    let place = confirm
        .iter()
        .position(|e| matches!(e.event, Event::OverrideConfirmed { .. }))
        .unwrap();
    let mut own = confirm;
    // Confirmed by who asked for it.
    own[place].actor = own[place - 1].actor.clone();
    assert!(replayed(&own).findings_count > 0);
}

#[test]
fn a_decision_of_other_semantics_is_not_called_wrong() {
    let entries = changed(two(), |entry| match &mut entry.event {
        Event::PromotionCommitted { plan, .. } => {
            plan.semantics += 1;
            plan.verdicts.clear();
            true
        }
        _ => false,
    });
    let replayed = clean(&entries);
    let (why, count) = replayed.unchecked.iter().next().unwrap();
    assert_eq!(*count, 1);
    assert!(why.contains("version 2 of the semantics"), "{why}");
}

#[test]
fn a_stream_that_does_not_continue_ends_the_replay() {
    let mut entries = two();
    entries.remove(3);
    let mut replay = Replay::new();
    let error = entries.iter().find_map(|entry| replay.entry(entry).err());
    assert!(error.is_some_and(|error| error.to_string().contains("missing or out of order")));
}

/// In histories as they happen to come: whatever is exchanged in a plan is found.
#[test]
fn a_plan_that_was_changed_is_found_in_every_history() {
    let history = (shape(), vec(happening(), 20..40), any::<u64>());
    let changes = Cell::new(0);
    let result = runner(40).run(&history, |(shape, happenings, seed)| {
        let entries = live(&shape, &happenings, seed).entries;
        for place in 0..entries.len() {
            for change in [flipped, exchanged, loosened] {
                let mut changed = entries.clone();
                let Event::PromotionCommitted { plan, .. } = &mut changed[place].event else {
                    continue;
                };
                change(plan);
                let replayed = replayed(&changed);
                let about = replayed.findings.iter().any(|f| f.n == place as u64 + 1);
                prop_assert!(about, "event {}: {:?}", place + 1, replayed.findings);
                changes.set(changes.get() + 1);
            }
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    assert!(changes.get() > 100, "only {} changes", changes.get());
}

fn flipped(plan: &mut Plan) {
    match plan.verdicts.first_mut() {
        Some(verdict) => verdict.answer = Answer::Blocked,
        None => plan
            .verdicts
            .push(Verdict::new("extra", "evidence", Answer::Passed, "")),
    }
}

fn exchanged(plan: &mut Plan) {
    for image in plan.images.values_mut() {
        image.digest = digest("another");
    }
}

fn loosened(plan: &mut Plan) {
    plan.policy = digest("another policy");
}
