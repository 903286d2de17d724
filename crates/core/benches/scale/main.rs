//! What decisions cost in a pipeline with a long history, and that it does not grow with it.
//! `cargo bench -p liftlock-core`
#![allow(
    clippy::unwrap_used,
    reason = "a measurement that cannot go on ends there"
)]

mod gates;
mod history;

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock};

use divan::{Bencher, black_box};
use history::{ENVIRONMENTS, History, actor, ci, is, name};
use liftlock_core::plan::{PlanRequest, plan, verdicts};
use liftlock_core::promotion::Kind;
use liftlock_core::replay::Replay;
use liftlock_core::{Command, EnvironmentName, Policy, PromotionId, State, decide};

/// How many releases. Each makes 43 events: 2,700 of them make 116,000.
const RELEASES: [usize; 3] = [300, 2_700, 10_000];

fn main() {
    divan::main();
}

/// The history of this size, made once.
fn history(releases: usize) -> &'static History {
    static MADE: OnceLock<Mutex<BTreeMap<usize, &'static History>>> = OnceLock::new();
    let mut made = MADE.get_or_init(Mutex::default).lock().unwrap();
    made.entry(releases)
        .or_insert_with(|| Box::leak(Box::new(History::of(policy(), releases))))
}

fn policy() -> Policy {
    serde_json::from_str(include_str!("policy.json")).unwrap()
}

fn of_production(release: usize, older: bool, run: impl FnOnce(PlanRequest<'_>)) {
    let (release, environment, by) = (name(release), is("production"), ci());
    run(PlanRequest {
        release: &release,
        environment: &environment,
        kind: Kind::Promote,
        older,
        promotion: None,
        requester: &by,
    });
}

#[divan::bench(args = RELEASES, sample_count = 3)]
fn replay(bencher: Bencher<'_, '_>, releases: usize) {
    let history = history(releases);
    bencher
        .counter(divan::counter::ItemsCount::new(history.entries.len()))
        .bench(|| State::replay(&history.entries).unwrap());
}

/// Every decision made again, as an audit does.
#[divan::bench(args = RELEASES, sample_count = 1, sample_size = 1)]
fn decide_all_again(bencher: Bencher<'_, '_>, releases: usize) {
    let history = history(releases);
    bencher
        .counter(divan::counter::ItemsCount::new(history.entries.len()))
        .bench(|| {
            let mut replay = Replay::new();
            for entry in &history.entries {
                replay.entry(entry).unwrap();
            }
            let (_, replayed) = replay.finish();
            assert_eq!(replayed.findings, []);
            replayed.confirmed
        });
}

#[divan::bench(args = RELEASES)]
fn all_verdicts_of_the_newest(bencher: Bencher<'_, '_>, releases: usize) {
    let history = history(releases);
    of_production(releases, false, |request| {
        bencher.bench_local(|| verdicts(&history.state, &request, history.now).unwrap());
    });
}

#[divan::bench(args = RELEASES)]
fn all_verdicts_of_the_oldest(bencher: Bencher<'_, '_>, releases: usize) {
    let history = history(releases);
    of_production(1, true, |request| {
        bencher.bench_local(|| verdicts(&history.state, &request, history.now).unwrap());
    });
}

#[divan::bench(args = RELEASES)]
fn whole_plan(bencher: Bencher<'_, '_>, releases: usize) {
    let history = history(releases);
    let observed = history.observe(&name(releases), "production");
    of_production(releases, false, |request| {
        bencher.bench_local(|| plan(&history.state, &request, &observed, history.now).unwrap());
    });
}

#[divan::bench(args = RELEASES)]
fn open_promotion(bencher: Bencher<'_, '_>, releases: usize) {
    let history = history(releases);
    let (release, environment) = (name(releases), is("production"));
    bencher.bench(|| {
        let open = history.state.open_promotion(&release, &environment);
        black_box(open).is_some()
    });
}

#[divan::bench(args = RELEASES)]
fn automatic_candidate(bencher: Bencher<'_, '_>, releases: usize) {
    let history = history(releases);
    let environment: EnvironmentName = is("staging");
    let find = liftlock_core::decide::automatic_candidate;
    bencher.bench(|| find(&history.state, &environment, history.now).is_some());
}

#[divan::bench(args = RELEASES)]
fn target_of_a_rollback(bencher: Bencher<'_, '_>, releases: usize) {
    let history = history(releases);
    let environment: EnvironmentName = is(ENVIRONMENTS[0]);
    let find = liftlock_core::decide::rollback_target;
    bencher.bench(|| find(&history.state, &environment, None).unwrap());
}

#[divan::bench(args = RELEASES)]
fn decision_of_an_approval(bencher: Bencher<'_, '_>, releases: usize) {
    let state = &history(releases).state;
    let release = name(releases);
    let command = Command::Approve {
        environment: is("production"),
        gates: Vec::new(),
        set: state.release(&release).unwrap().content.set_digest(),
        comment: None,
        release,
    };
    let (by, now) = (actor("oidc:bob@example.com"), history(releases).now);
    bencher.bench(|| decide(state, &command, &by, now).unwrap());
}

#[divan::bench(args = RELEASES)]
fn decision_of_a_commit(bencher: Bencher<'_, '_>, releases: usize) {
    let history = history(releases);
    let observed = history.observe(&name(releases), "production");
    let command = Command::Commit {
        promotion: PromotionId(releases as u64 * 3),
        observed,
    };
    bencher.bench(|| decide(&history.state, &command, &ci(), history.now).is_ok());
}

/// What each append of the engine does: the state as it was stays, and one event more is applied.
#[divan::bench(args = RELEASES)]
fn one_event_more(bencher: Bencher<'_, '_>, releases: usize) {
    let history = history(releases);
    let (last, before) = history.entries.split_last().unwrap();
    let state = State::replay(before).unwrap();
    bencher.bench(|| {
        let mut after = state.clone();
        after.apply(last).unwrap();
        after
    });
}

/// Writing a snapshot when most of it was in the one before, as nearly always.
#[divan::bench(args = RELEASES, sample_count = 10)]
fn to_snapshot(bencher: Bencher<'_, '_>, releases: usize) {
    let (last, before) = history(releases).entries.split_last().unwrap();
    let bytes = State::replay(before).unwrap().to_snapshot().unwrap();
    let mut state = State::from_snapshot(&bytes).unwrap();
    state.apply(last).unwrap();
    bencher
        .counter(divan::counter::BytesCount::new(bytes.len()))
        .bench(|| state.clone().to_snapshot().unwrap());
}

/// Opening a stream, and the verdicts on its newest release: what `plan` takes.
#[divan::bench(args = RELEASES, sample_count = 10)]
fn from_snapshot_with_verdicts(bencher: Bencher<'_, '_>, releases: usize) {
    let history = history(releases);
    let bytes = history.state.to_snapshot().unwrap();
    of_production(releases, false, |request| {
        bencher.bench_local(|| {
            let state = State::from_snapshot(&bytes).unwrap();
            verdicts(&state, &request, history.now).unwrap()
        });
    });
}

/// Reading what a snapshot holds: with the few events after it, all that opening a stream takes.
#[divan::bench(args = RELEASES, sample_count = 10)]
fn from_snapshot(bencher: Bencher<'_, '_>, releases: usize) {
    let bytes = history(releases).state.to_snapshot().unwrap();
    bencher
        .counter(divan::counter::BytesCount::new(bytes.len()))
        .bench(|| State::from_snapshot(&bytes).unwrap());
}

/// Reading the entries of a stream and folding them: what opening it takes without a snapshot.
#[divan::bench(args = RELEASES, sample_count = 2)]
fn from_entries(bencher: Bencher<'_, '_>, releases: usize) {
    let entries = history(releases).entries.iter();
    let lines: Vec<_> = entries.map(|e| serde_json::to_vec(e).unwrap()).collect();
    bencher
        .counter(divan::counter::ItemsCount::new(lines.len()))
        .bench(|| {
            let mut state = State::default();
            for line in &lines {
                let entry = serde_json::from_slice(line).unwrap();
                state.apply(&entry).unwrap();
            }
            state
        });
}
