//! Whatever happens, the invariants hold.

use std::collections::BTreeMap;

use liftlock_core::decide::{NewEvidence, Wanted};
use liftlock_core::evidence::{Finding, VulnerabilityStatus};
use liftlock_core::freeze::Scope;
use liftlock_core::policy::Severity;
use liftlock_core::promotion::Status;
use liftlock_core::release::About;
use liftlock_core::{Actor, Command, EnvironmentName, EvidenceId, ReleaseName, Span, State};
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::actors::{oidc, token, user, worker};
use crate::audit;
use crate::build::{image, images_of, is};
use crate::generate::{ENVIRONMENTS, Happening, Shape, happening, shape};
use crate::world::{World, attested, found_report, plain, scanned, vex_report};

const RELEASES: [&str; 4] = ["r1", "r2", "r3", "r4"];
const GATES: [&str; 3] = ["tests", "scan", "manual"];
const APPROVALS: [&str; 2] = ["lead", "qa"];

/// Cases of a run; every one is a history of dozens of commands.
const CASES: u32 = 420;

fn actors() -> Vec<Actor> {
    vec![
        token("ci"),
        oidc("alice"),
        oidc("bob"),
        oidc("carol"),
        user("alice"),
        user("bob"),
        user("carol"),
        user("mallory"),
        oidc("mallory"),
        token("other"),
    ]
}

fn pick<T: Clone>(from: &[T], n: u8) -> T {
    from[usize::from(n) % from.len()].clone()
}

pub(crate) fn runner(cases: u32) -> TestRunner {
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 2000,
        ..Config::default()
    };
    // The same cases every time: a red run can be run again.
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    TestRunner::new_with_rng(config, rng)
}

#[test]
fn the_invariants_hold_whatever_happens() {
    let seen = std::cell::RefCell::new(BTreeMap::new());
    let history = (shape(), vec(happening(), 20..90), any::<u64>());
    let result = runner(CASES).run(&history, |(shape, happenings, seed)| {
        let world = live(&shape, &happenings, seed);
        audit::census(&world, &mut seen.borrow_mut());
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    let seen = seen.into_inner();
    println!("{seen:#?}");
    // The histories are worth nothing if they never get anywhere.
    for (event, least) in [
        ("promotion-committed", 300),
        ("promotion-requested rollback", 40),
        ("promotion-ended succeeded", 200),
        ("promotion-ended failed", 10),
        ("promotion-ended rolled-back", 5),
        ("promotion-ended nothing-to-return-to", 10),
        ("promotion-ended rejected", 3),
        ("promotion-ended cancelled", 3),
        ("promotion-ended superseded", 3),
        ("promotion-ended expired", 3),
        ("approval-withdrawn", 1),
        ("evidence-revoked", 10),
        ("evidence-added statements", 50),
        ("promotion-committed with exceptions", 10),
        ("evidence-added attested", 50),
        ("promotion-committed signed", 10),
        ("reversal-started", 20),
        ("incident-opened", 20),
        ("incident-resolved", 10),
        ("drift-seen", 20),
        ("drift-resolved", 10),
        ("verified-again", 1),
        ("watched", 30),
        ("watched with gaps", 10),
        ("freeze-started", 50),
        ("freeze-ended", 10),
        ("hold-started", 10),
        ("hold-ended", 2),
        ("override-requested", 30),
        ("override-confirmed", 10),
        ("override-reviewed", 1),
        ("promotion-committed by override", 5),
        ("promotion-requested automatically", 10),
    ] {
        let count = seen.get(event).copied().unwrap_or(0);
        assert!(count >= least, "{event} occurred only {count} times");
    }
}

pub(crate) fn live(shape: &Shape, happenings: &[Happening], seed: u64) -> World {
    let mut world = World::with(shape.policy(0));
    world.ticked_by = worker("one");
    // Half of the worlds work.
    world.faults.races = true;
    world.faults.seed = if seed.is_multiple_of(2) { 0 } else { seed };
    for happening in happenings {
        world.pass(Span::from_secs(7));
        happen(&mut world, shape, happening);
        audit::settled(&world);
    }
    world.tick();
    audit::settled(&world);
    audit::quiet(&world);
    assert_eq!(State::replay(&world.entries).unwrap(), world.state);
    crate::replay_rules::clean(&world.entries);
    world
}

/// Every image of a release is signed, as having been built by `builder`.
fn attest(world: &mut World, release: &str, key: &str, builder: &str) {
    let keys = world.state.policy().unwrap().images.keys();
    let images: Vec<String> = keys.map(|image| format!("{image} {release}")).collect();
    let content = serde_json::json!({ "builder": builder });
    let found = images
        .iter()
        .map(|image| attested(image, key, content.clone()));
    let command = Command::RecordAttested {
        release: is(release),
        found: found.collect(),
        gate: None,
    };
    let _ = world.go(&command, &token("ci"));
}

/// An environment, or, every other time, all of them.
fn scope(places: &[&str], n: u8) -> Scope {
    match n.is_multiple_of(2) {
        true => Scope::All,
        false => Scope::Environment(is(pick(places, n / 2))),
    }
}

fn happen(world: &mut World, shape: &Shape, happening: &Happening) {
    let actors = actors();
    let places = &ENVIRONMENTS[..shape.environments.len()];
    // Most of this is refused most of the time, and must then change nothing.
    match happening.clone() {
        Happening::Push {
            release,
            environment,
            by,
        } => {
            push(
                world,
                pick(&RELEASES, release),
                pick(places, environment),
                &pick(&actors[..4], by),
            );
        }
        Happening::Release {
            release,
            by,
            authored,
        } => {
            let about = About {
                author: authored.then(|| "dan".to_owned()),
                version: Some(format!("{}.0", pick(&RELEASES, release))),
                ..About::default()
            };
            let (name, actor) = (pick(&RELEASES, release), pick(&actors, by));
            // Some come from another site.
            let _ = match release % 8 {
                7 => world.import_about(name, about, "archive", &actor),
                _ => world.release_about(name, about, &actor),
            };
        }
        Happening::Evidence {
            release,
            gate,
            by,
            good,
        } => {
            let (release, gate) = (pick(&RELEASES, release), pick(&GATES, gate));
            submit(world, release, gate, &pick(&actors, by), good);
        }
        Happening::State {
            release,
            environment,
            id,
            status,
            by,
            scanned,
            revoked,
        } => {
            // Mostly from whom it counts.
            let by = if by.is_multiple_of(3) {
                pick(&actors, by)
            } else {
                oidc("carol")
            };
            let (release, environment) = (pick(&RELEASES, release), pick(places, environment));
            let id = pick(&["CVE-A", "CVE-B"], id);
            if scanned {
                scan(world, release, &token("ci"), &[(id, Severity::Critical, 1)]);
            }
            let said = state(world, release, id, status, &by);
            if revoked && said {
                let id = EvidenceId(world.state.evidence.len() as u64);
                let reason = "hasty".to_owned();
                let _ = world.run(&Command::RevokeEvidence { id, reason }, &by);
            }
            let _ = world.request(crate::world::wanted(release, environment), &token("ci"));
            world.tick();
            audit::quiet(world);
        }
        Happening::Attest {
            release,
            key,
            said,
            revoked,
        } => {
            let release = pick(&RELEASES, release);
            let key = pick(&["builder", "builder", "scanner"], key);
            attest(world, release, key, pick(&["ci", "ci", "laptop"], said));
            if revoked && !world.state.evidence.is_empty() {
                let id = EvidenceId(world.state.evidence.len() as u64);
                let reason = "the builder was not ours".to_owned();
                let _ = world.run(&Command::RevokeEvidence { id, reason }, &oidc("alice"));
            }
            world.tick();
            audit::quiet(world);
        }
        Happening::Revoke { id, by } => {
            let id = u64::from(id) % (world.state.evidence.len() as u64 + 1) + 1;
            let reason = "wrong".to_owned();
            let id = EvidenceId(id);
            let _ = world.run(&Command::RevokeEvidence { id, reason }, &pick(&actors, by));
        }
        Happening::Request {
            release,
            environment,
            by,
            older,
            again,
        } => {
            let wanted = Wanted {
                release: is(pick(&RELEASES, release)),
                environment: is(pick(places, environment)),
                older,
                again,
            };
            let _ = world.request(wanted, &pick(&actors, by));
        }
        Happening::Approve {
            release,
            environment,
            by,
            only,
        } => {
            let only = APPROVALS.get(usize::from(only) % 5).copied();
            let only: Vec<&str> = only.into_iter().collect();
            let (release, environment) = open(world, release, pick(places, environment));
            let (release, environment) = (release.as_str(), environment.as_str());
            let _ = world.approve_only(release, environment, &only, &pick(&actors, by));
        }
        Happening::Withdraw {
            release,
            environment,
            by,
        } => {
            let (release, environment) = open(world, release, pick(places, environment));
            let command = Command::Withdraw {
                release,
                environment,
                reason: "second thoughts".to_owned(),
            };
            // Mostly someone who has approved something.
            let approvals = world.state.promotions.values().flat_map(|p| &p.approvals);
            let approvers: Vec<Actor> = approvals.map(|approval| approval.by.clone()).collect();
            let by = match approvers.last() {
                Some(last) if !by.is_multiple_of(4) => last.clone(),
                _ => pick(&actors, by),
            };
            let _ = world.run(&command, &by);
        }
        Happening::Reject {
            release,
            environment,
            by,
        } => {
            let (release, environment) = open(world, release, pick(places, environment));
            let command = Command::Reject {
                release,
                environment,
                reason: "no".to_owned(),
            };
            let _ = world.run(&command, &pick(&actors, by));
        }
        Happening::Cancel {
            release,
            environment,
            by,
        } => {
            let (release, environment) = open(world, release, pick(places, environment));
            let command = Command::Cancel {
                release,
                environment,
                reason: "not now".to_owned(),
            };
            let _ = world.run(&command, &pick(&actors, by));
        }
        Happening::RollBack {
            environment,
            release,
            by,
        } => {
            let release = release.map(|release| pick(&RELEASES, release));
            let done = world.roll_back(pick(places, environment), release, &pick(&actors[..4], by));
            if done.is_ok() && by.is_multiple_of(3) {
                world.tick();
            }
        }
        Happening::Freeze {
            environment,
            hours,
            by,
        } => {
            let (until, scope) = (format!("{}h", hours % 30), scope(places, environment));
            let _ = world.freeze(scope, &until, "not now", &pick(&actors[..4], by));
        }
        Happening::Unfreeze { environment, by } => {
            // Mostly what was frozen last.
            let last = world
                .state
                .freezes
                .last()
                .map(|freeze| freeze.scope.clone());
            let last = last.filter(|_| !environment.is_multiple_of(4));
            let scope = last.unwrap_or_else(|| scope(places, environment));
            let _ = world.unfreeze(scope, None, &pick(&actors[..2], by));
        }
        Happening::Override {
            release,
            environment,
            gate,
            by,
            confirmed_by,
        } => {
            let waiting = world.state.promotions.values();
            let waiting: Vec<_> = waiting
                .filter(|p| p.status == Status::Waiting)
                .map(|p| p.request.clone())
                .collect();
            let mut place = (pick(&RELEASES, release), pick(places, environment));
            // Mostly what waits.
            let open = waiting.get(usize::from(release) % waiting.len().max(1));
            if let Some(open) = open.filter(|_| !environment.is_multiple_of(4)) {
                place = (open.release.as_str(), open.environment.as_str());
            }
            let policy = world.state.policy().unwrap();
            let gates = policy.environment(&is(place.1)).unwrap().gates.list();
            let gates = gates.iter().map(|gate| gate.name.to_string());
            let gates: Vec<String> = gates.chain(["freeze".to_owned()]).collect();
            let gate = &gates[usize::from(gate) % gates.len()];
            let asked = world.override_of(place, gate, None, &pick(&actors[..4], by));
            if asked.is_ok() {
                let last = world.state.overrides.len() as u64;
                let _ = world.confirms(last, &pick(&actors[..4], confirmed_by));
            }
        }
        Happening::Review { id, by } => {
            let all = world.state.overrides.len() as u64;
            let _ = world.reviews(1 + u64::from(id) % all.max(1), &pick(&actors, by));
        }
        Happening::Hold {
            environment,
            by,
            begin,
        } => {
            // What is resumed is mostly held.
            let there = world.state.environments.iter();
            let held = there.filter(|(_, there)| there.hold.is_some() && !begin);
            let held = held.map(|(name, _)| name.clone()).next();
            let environment = held.unwrap_or_else(|| is(pick(places, environment)));
            let command = match begin {
                true => Command::Hold {
                    environment,
                    reason: "not now".to_owned(),
                },
                false => Command::Resume { environment },
            };
            let _ = world.go(&command, &pick(&actors[..4], by));
        }
        Happening::Incident {
            environment,
            by,
            open,
        } => {
            let environment = is(pick(places, environment));
            let command = match open {
                true => Command::OpenIncident {
                    environment,
                    reason: "orders fail".to_owned(),
                },
                false => Command::ResolveIncident { environment },
            };
            let _ = world.go(&command, &pick(&actors[..4], by));
        }
        Happening::Automatic { environment } => {
            world.takes(pick(places, environment));
        }
        Happening::Tick => {
            world.tick();
            audit::quiet(world);
        }
        Happening::Pass { minutes } => world.pass(Span::from_secs(60 * i64::from(minutes))),
        Happening::ClockBack { seconds } => {
            // Not before what was seen already; only the process's clock jumps.
            let back = Span::from_secs(i64::from(seconds));
            let there = world.clock;
            world.clock = world.clock - back;
            let behind = world.state.last_time.since(world.clock) > Span::from_secs(300);
            let decided = world.run(&Command::Expire, &token("ci"));
            assert_eq!(decided.is_err(), behind);
            world.clock = there;
        }
        Happening::Adopt { variant, by } => {
            let _ = world.adopt(shape.policy(variant % 4), &pick(&actors, by));
        }
        Happening::Meddle { environment } => {
            let repository = crate::build::repository("api");
            world.meddle(&repository, &is(pick(places, environment)));
        }
        Happening::Look {
            environment,
            hand,
            well,
            by,
        } => {
            let environment = &occupied(world, places, environment);
            by_hand(world, environment, hand);
            let by = pick(&actors, by);
            if hand % 5 == 4 && !well {
                let _ = world.fails(environment, &by);
                let _ = world.returns(environment, &by);
                return;
            }
            let seen = world.seen(environment, well);
            let _ = world.note(environment, seen, &by);
        }
        Happening::Watch {
            environment,
            looks,
            sums,
            by,
        } => {
            let environment = &occupied(world, places, environment);
            for (minutes, wrong) in looks {
                world.pass(Span::from_secs(60 * i64::from(minutes % 64)));
                // One in four clocks is wrong, by up to nine hours, back or forward.
                let wrong = if wrong % 4 == 0 { i64::from(wrong) } else { 0 };
                let at = liftlock_core::Time::from_us(world.clock.us() + wrong * 1_000_000);
                world.observes_at(environment, minutes % 16 != 15, at);
            }
            if sums {
                let _ = world.sums(environment, &pick(&actors[..4], by));
            }
        }
        Happening::Repair { environment, by } => {
            let environment = pick(places, environment);
            let repaired = world.repair(environment, &pick(&actors[..4], by));
            if repaired.is_ok() && by.is_multiple_of(3) {
                world.tick();
            }
        }
        Happening::ImageGone { release, gone } => {
            let name = pick(&RELEASES, release);
            let api = image("api", &format!("api {name}"));
            let pinned = api.repository.pinned(api.image.digest);
            if gone {
                world.copied.remove(&pinned);
                world.gone.insert(pinned);
            } else {
                world.gone.clear();
            }
        }
        Happening::CleanUp { environment } => clean_up(world, pick(places, environment)),
        Happening::Crash => world.crash(),
    }
}

/// Mostly where something is.
fn occupied(world: &World, places: &[&str], environment: u8) -> String {
    let there = world.state.environments.iter();
    let there = there.filter(|(_, there)| there.current.is_some());
    let there: Vec<_> = there.map(|(name, _)| name.to_string()).collect();
    let found = there.get(usize::from(environment) % there.len().max(1));
    found.map_or_else(|| pick(places, environment).to_owned(), Clone::clone)
}

/// Someone deploys something, or what is recorded.
fn by_hand(world: &mut World, environment: &str, hand: u8) {
    let there = world.state.environment(&is(environment));
    let recorded = there
        .current
        .as_ref()
        .map(|c| world.state.releases[&c.release].content.pinned());
    let Some(running) = world.running.get_mut(&is(environment)) else {
        return;
    };
    match (hand % 3, recorded) {
        (0, _) => {
            running.insert(is("api"), crate::build::digest("by hand"));
        }
        (1, Some(recorded)) => {
            let recorded = recorded.into_iter();
            running.extend(recorded.map(|(key, image)| (key, image.digest)));
        }
        _ => {}
    }
}

/// Takes away what was copied to an environment's first own repository and has no tag there but one
/// that keeps it.
fn clean_up(world: &mut World, environment: &str) {
    let is_here = |repository: &liftlock_oci::Repository| {
        repository.path().starts_with(&format!("{environment}/"))
            && repository.host() == "eu.example.com"
    };
    let tags = world.tags.iter();
    let held: std::collections::BTreeSet<_> = tags
        .filter(|((_, tag), _)| !tag.as_str().starts_with("keep-"))
        .map(|((repository, _), digest)| repository.pinned(*digest))
        .collect();
    let copied = std::mem::take(&mut world.copied).into_iter();
    let (gone, left): (Vec<_>, Vec<_>) =
        copied.partition(|image| is_here(&image.repository) && !held.contains(image));
    world.copied = left.into_iter().collect();
    world
        .tags
        .retain(|(repository, _), digest| !gone.contains(&repository.pinned(*digest)));
}

/// One of the promotions that wait, where any does.
fn open(world: &World, release: u8, environment: &str) -> (ReleaseName, EnvironmentName) {
    let promotions = world.state.promotions.values();
    let waiting: Vec<_> = promotions
        .filter(|p| p.status == Status::Waiting)
        .map(|p| (p.request.release.clone(), p.request.environment.clone()))
        .collect();
    if waiting.is_empty() {
        return (is(pick(&RELEASES, release)), is(environment));
    }
    pick(&waiting, release)
}

fn state(world: &mut World, release: &str, id: &str, status: u8, by: &Actor) -> bool {
    let status = pick(
        &[
            VulnerabilityStatus::NotAffected,
            VulnerabilityStatus::Affected,
            VulnerabilityStatus::Fixed,
            VulnerabilityStatus::UnderInvestigation,
        ],
        status,
    );
    let about = format!("api {release}");
    let name = format!("vex {}", world.entries.len());
    let report = vex_report(&name, &[(id, status)], &[&about]);
    world.submit(scanned(release, report), by).is_ok()
}

fn scan(world: &mut World, release: &str, by: &Actor, findings: &[(&str, Severity, u64)]) {
    for key in ["api", "web"] {
        let about = format!("{key} {release}");
        let name = format!("{about} {}", world.entries.len());
        let found = if key == "api" { findings } else { &[] };
        let report = found_report(&name, found, &[&about]);
        let _ = world.submit(scanned(release, report), by);
    }
}

/// Findings that no gate lets through, or only some, or, in a good report, only those with
/// exceptions for them.
fn findings(good: bool, serial: usize) -> Vec<(&'static str, Severity, u64)> {
    let (a, b) = (
        ("CVE-A", Severity::Critical, 2),
        ("CVE-B", Severity::Critical, 1),
    );
    match (good, serial % 4) {
        (true, 0) => vec![a],
        (true, _) => Vec::new(),
        (false, 0) => vec![a],
        (false, 1) => vec![b],
        (false, 2) => vec![a, b],
        (false, _) => vec![("CVE-C", Severity::Critical, 1)],
    }
}

fn submit(world: &mut World, release: &str, gate: &str, by: &Actor, good: bool) {
    for key in ["api", "web"] {
        let about = format!("{key} {release}");
        let serial = world.entries.len();
        let name = format!("{about} {serial}");
        let report = found_report(&name, &findings(good, serial), &[&about]);
        let new = match gate {
            "scan" => scanned(release, report),
            _ => NewEvidence {
                finding: Some(if good {
                    Finding::Passed
                } else {
                    Finding::Failed
                }),
                ..plain(release, gate)
            },
        };
        let _ = world.submit(new, by);
    }
}

fn push(world: &mut World, release: &str, environment: &str, by: &Actor) {
    if !world.state.releases.contains_key(&is(release)) {
        world.release(release);
    }
    for gate in GATES {
        let by = if gate == "manual" {
            oidc("carol")
        } else {
            token("ci")
        };
        submit(world, release, gate, &by, true);
    }
    attest(world, release, "builder", "ci");
    let wanted = Wanted {
        release: is(release),
        environment: is(environment),
        older: true,
        again: true,
    };
    let _ = world.request(wanted, by);
    for name in ["alice", "bob", "carol"] {
        let _ = world.approve(release, environment, &oidc(name));
    }
    world.tick();
    audit::quiet(world);
}

#[test]
fn a_clock_six_minutes_behind_decides_nothing() {
    let mut world = World::with(crate::build::policy(vec![crate::build::env("dev")]));
    world.release("r1");
    world.clock = world.clock - Span::from_secs(360);
    let images = images_of(world.state.policy().unwrap(), "r2");
    let create = Command::CreateRelease {
        name: is("r2"),
        images,
        about: About::default(),
    };
    let refusal = world.run(&create, &token("ci")).unwrap_err();
    assert!(
        matches!(refusal, liftlock_core::Refusal::Clock { .. }),
        "{refusal}"
    );
    // Four minutes behind is decided, and recorded at the last event's time.
    world.clock = world.clock + Span::from_secs(120);
    let before = world.state.last_time;
    world.run(&create, &token("ci")).unwrap();
    assert_eq!(world.state.last_time, before);
}
