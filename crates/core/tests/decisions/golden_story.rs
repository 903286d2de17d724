//! The stories that the golden streams tell.

use std::collections::BTreeMap;

use liftlock_core::decide::{NewEvidence, Wanted};
use liftlock_core::evidence::{Finding, Statement, VulnerabilityStatus};
use liftlock_core::freeze::Scope;
use liftlock_core::policy::{ApprovalRule, EvidenceKind, EvidenceRule, Figure, GateRule, Severity};
use liftlock_core::{Command, PromotionId};

use crate::actors::{oidc, token};
use crate::build::{
    approval_rule, at, env, evidence, excepting_scan, index, is, policy, scan, soak, span, tests,
    window, with_web,
};
use crate::faults::Place;
use crate::world::{World, found_report, plain, scan_report, scanned, vex_report, wanted};

fn break_step(world: &mut World, promotion: u64, step: u32) {
    world.faults.listed.insert(Place {
        promotion: PromotionId(promotion),
        reverting: false,
        step,
    });
}

/// Two images, staging with tests and scans, production with approval and soak; one release goes
/// all the way, the next fails in production and is rolled back by itself, then one by hand.
pub(crate) fn two_environments() -> World {
    let lead = GateRule::Approval(ApprovalRule {
        expires: Some(span("24h")),
        ..approval_rule(&["leads"], 1)
    });
    let staging = env("staging")
        .tags(&["staging", "staging-{version}"])
        .deploys()
        .checked()
        .gate("tests", tests())
        .gate("scan", scan());
    let production = env("production")
        .after("staging")
        .deploys()
        .checked()
        .gate("lead", lead)
        .gate("soak", soak("1h"));
    let mut world = World::with(with_web(policy(vec![staging, production])));
    for name in ["r1", "r2", "r3"] {
        world.release(name);
        world.evidence(name, "tests", true);
        for key in ["api", "web"] {
            let about = format!("{key} {name}");
            let report = scan_report(&about, 0, &[&about]);
            world.submit(scanned(name, report), &token("ci")).unwrap();
        }
        world.promote(name, "staging");
        world.pass(span("2h"));
        let id = world.ask(name, "production");
        if name == "r3" {
            break_step(&mut world, id, 4);
        }
        world.approve(name, "production", &oidc("bob")).unwrap();
        if name == "r1" {
            withdraw(&mut world, name);
            world.approve(name, "production", &oidc("alice")).unwrap();
        }
        world.tick();
    }
    world
        .roll_back("staging", Some("r1"), &oidc("alice"))
        .unwrap();
    world.tick();
    world.revoke(1);
    world
}

fn withdraw(world: &mut World, release: &str) {
    let command = Command::Withdraw {
        release: is(release),
        environment: is("production"),
        reason: "the wrong window".to_owned(),
    };
    world.go(&command, &oidc("bob")).unwrap();
}

/// Every other way in which a promotion may end.
pub(crate) fn ends() -> World {
    let gated = env("dev").checked().expires("2d").gate("tests", tests());
    let strict = env("live").gate("lead", crate::build::approval(&["leads", "qa"], 1));
    let mut world = World::with(policy(vec![gated, strict.expires("2d")]));
    let about = liftlock_core::release::About {
        version: Some("1.0.0".to_owned()),
        build: Some("17".to_owned()),
        commit: Some("0123abc".to_owned()),
        url: Some("https://ci.example.com/17".to_owned()),
        author: Some("dan".to_owned()),
        labels: [("team".to_owned(), "core".to_owned())].into(),
    };
    let create = Command::CreateRelease {
        name: is("r1"),
        images: [(
            is("api"),
            index("api", "api r1", &["linux/amd64", "linux/arm64/v8"]),
        )]
        .into(),
        about,
    };
    world.go(&create, &token("ci")).unwrap();
    // The check fails, and nothing was there before.
    world.evidence("r1", "tests", true);
    break_step(&mut world, 1, 2);
    world.promote("r1", "dev");
    for name in ["r2", "r3", "r4"] {
        world.release(name);
        world.evidence(name, "tests", true);
    }
    world.promote("r2", "dev");
    // Committed, left behind, and its evidence revoked before anything was done: it waits again.
    let id = PromotionId(world.ask("r3", "dev"));
    assert!(world.commit(id, &token("ci")));
    world.revoke(3);
    assert!(world.commit(id, &token("ci")));
    // Another goes in meanwhile, which supersedes it; and the next one's check fails.
    world.promote("r4", "dev");
    world.release("r5");
    world.evidence("r5", "tests", true);
    break_step(&mut world, 5, 2);
    world.promote("r5", "dev");
    // A rollback that fails, and what ends its incident.
    break_step(&mut world, 6, 2);
    world.roll_back("dev", None, &oidc("bob")).unwrap();
    world.tick();
    let again = Wanted {
        again: true,
        older: true,
        ..wanted("r2", "dev")
    };
    world.request(again, &token("ci")).unwrap();
    world.tick();
    // In the other environment: cancelled, rejected, expired, and an image that is gone.
    for name in ["r3", "r4", "r5"] {
        world.ask(name, "live");
    }
    let (release, environment) = (is("r3"), is("live"));
    let reason = "asked too early".to_owned();
    let cancel = Command::Cancel {
        release,
        environment,
        reason,
    };
    world.go(&cancel, &token("ci")).unwrap();
    let (release, environment) = (is("r4"), is("live"));
    let reason = "not on a Friday".to_owned();
    let reject = Command::Reject {
        release,
        environment,
        reason,
    };
    world.go(&reject, &oidc("carol")).unwrap();
    world.pass(span("3d"));
    world.tick();
    let id = world.ask("r5", "live");
    break_step(&mut world, id, 0);
    world.approve("r5", "live", &oidc("bob")).unwrap();
    world.tick();
    world
}

/// Production in two repositories of its own: the first release goes in, the next fails its check
/// and is rolled back by itself after the first was cleaned away where it was built, a third stays,
/// and is left by hand for the first, which one repository has to get from the other.
pub(crate) fn repositories() -> World {
    let production = env("production")
        .after("staging")
        .repositories(&["eu.example.com/shop/{image}", "us.example.com/shop/{image}"])
        .tags(&["live", "live-{version}"])
        .deploys()
        .checked();
    let staging = env("staging").tags(&["live"]);
    let mut world = World::with(with_web(policy(vec![staging, production])));
    for name in ["r1", "r2", "r3"] {
        world.release(name);
        world.promote(name, "staging");
        let id = world.ask(name, "production");
        if name == "r2" {
            break_step(&mut world, id, 4);
            let built = world.state.releases[&is("r1")].content.pinned();
            world.gone.extend(built.into_values());
        }
        world.tick();
    }
    let lost: liftlock_oci::Repository = is("us.example.com/shop/web");
    world
        .copied
        .remove(&lost.pinned(crate::build::digest("web r1")));
    world
        .roll_back("production", Some("r1"), &oidc("alice"))
        .unwrap();
    world.tick();
    world
}

/// A window, and freezes: one replaced, one lifted, one that runs out, and one of everything; a
/// release that waits for all of them, and a rollback that waits for none.
pub(crate) fn times() -> World {
    let hours = GateRule::Window(window(
        "mon,wed-fri 09:00-12:00,22:00-02:00 Europe/Berlin 2026-03-05 2026-03-07..2026-03-08",
    ));
    let live = env("live").deploys().gate("hours", hours);
    let mut world = World::with(policy(vec![live]));
    world.clock = at("2026-03-02T08:00:00Z");
    for name in ["r1", "r2"] {
        world.release(name);
        world.promote(name, "live");
    }
    world.release("r3");
    let place = Scope::Environment(is("live"));
    let freeze = |world: &mut World, scope: &Scope, until: &str, reason: &str| {
        world
            .freeze(scope.clone(), until, reason, &oidc("alice"))
            .unwrap();
    };
    freeze(&mut world, &place, "2h", "the fair");
    freeze(
        &mut world,
        &place,
        "2026-03-03T00:00:00Z",
        "the fair is longer",
    );
    freeze(&mut world, &Scope::All, "3d", "inventory");
    world.roll_back("live", None, &oidc("bob")).unwrap();
    world.tick();
    world.promote("r3", "live");
    world.pass(span("2d"));
    let reason = Some("counted");
    world.unfreeze(Scope::All, reason, &oidc("alice")).unwrap();
    freeze(&mut world, &place, "1h", "a demonstration");
    world.unfreeze(place, None, &oidc("alice")).unwrap();
    world.tick();
    world
}

/// Findings, one accepted and one stated away, tests with figures; then the statement is taken
/// back by another, which is revoked.
pub(crate) fn exceptions() -> World {
    let limited = GateRule::Evidence(EvidenceRule {
        min: BTreeMap::from([(Figure::Passed, 2)]),
        ..evidence(EvidenceKind::Tests)
    });
    let dev = env("dev")
        .gate("scan", GateRule::Evidence(excepting_scan()))
        .gate("tests", limited);
    let mut world = World::with(policy(vec![dev, env("production").after("dev")]));
    world.release("r1");
    let findings = [
        ("CVE-A", Severity::Critical, 2),
        ("CVE-B", Severity::Critical, 1),
        ("CVE-C", Severity::Low, 1),
    ];
    let mut report = found_report("scan", &findings, &["api r1"]);
    report.tools = vec!["trivy".to_owned()];
    world.submit(scanned("r1", report), &token("ci")).unwrap();
    let mut report = scan_report("tests", 0, &[]);
    report.kind = EvidenceKind::Tests;
    report.finding = Some(Finding::Passed);
    report.figures = BTreeMap::from([("passed".to_owned(), 2)]);
    let tested = NewEvidence {
        finding: None,
        report: Some(report),
        ..plain("r1", "tests")
    };
    world.submit(tested, &token("ci")).unwrap();
    let state = |world: &mut World, status, change: fn(&mut Statement)| {
        let name = format!("vex {}", world.entries.len());
        let mut report = vex_report(&name, &[("CVE-B", status)], &["api r1"]);
        change(&mut report.statements[0]);
        world.submit(scanned("r1", report), &oidc("carol")).unwrap();
    };
    state(&mut world, VulnerabilityStatus::NotAffected, |one| {
        one.id = "GHSA-B".to_owned();
        one.aliases = vec!["CVE-B".to_owned()];
        one.justification = Some("component_not_present".to_owned());
    });
    world.promote("r1", "dev");
    state(&mut world, VulnerabilityStatus::UnderInvestigation, |_| {});
    state(&mut world, VulnerabilityStatus::Fixed, |one| {
        one.partial = true
    });
    let revoke = Command::RevokeEvidence {
        id: liftlock_core::EvidenceId(4),
        reason: "hasty".to_owned(),
    };
    world.go(&revoke, &oidc("carol")).unwrap();
    world
}

/// Releases brought from another site, one of them a second time.
pub(crate) fn imports() -> World {
    let mut world = World::with(policy(vec![env("dev").checked()]));
    world.import("r1", "first", &token("ci")).unwrap();
    world.import("r1", "first", &token("ci")).unwrap();
    world.release("r2");
    world.import("r2", "second", &token("ci")).unwrap();
    world.promote("r1", "dev");
    world
}
