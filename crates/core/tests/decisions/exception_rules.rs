//! `semantics`, "Evidence": accepted findings, and statements on findings.

use std::collections::BTreeMap;

use liftlock_core::decide::NewEvidence;
use liftlock_core::evidence::{
    FOUND_MAX, Finding, Found, ReportFacts, STATEMENTS_MAX, VulnerabilityStatus,
};
use liftlock_core::policy::{EvidenceRule, Figure, GateRule, Per, Severity};
use liftlock_core::promotion::Status;
use liftlock_core::verdict::Answer;
use liftlock_core::{Command, Event, PromotionId, Refusal, Span};

use crate::actors::{oidc, token};
use crate::build::{
    accepted, approval, at, digest, env, excepting_scan, index, is, policy, span, tests, who,
};
use crate::world::{World, found_report, plain, scanned, vex_report, wanted};

use VulnerabilityStatus::{Affected, Fixed, NotAffected, UnderInvestigation};

const CRITICAL: Severity = Severity::Critical;

fn world(rule: EvidenceRule) -> World {
    let mut world = World::with(policy(vec![
        env("dev").gate("scan", GateRule::Evidence(rule)),
        env("production").after("dev").gate("tests", tests()),
    ]));
    world.clock = at("2026-03-09T12:00:00Z").max(world.clock);
    world.release("r1");
    world
}

/// The token `ci` submits a scan of r1 with these findings.
fn scan(world: &mut World, findings: &[(&str, Severity, u64)]) {
    let serial = world.entries.len();
    let report = found_report(&format!("scan {serial}"), findings, &["api r1"]);
    world.submit(scanned("r1", report), &token("ci")).unwrap();
}

fn document(world: &World, statements: &[(&str, VulnerabilityStatus)]) -> ReportFacts {
    vex_report(
        &format!("vex {}", world.entries.len()),
        statements,
        &["api r1"],
    )
}

/// Carol of qa makes statements on r1.
fn state(world: &mut World, statements: &[(&str, VulnerabilityStatus)]) {
    let report = document(world, statements);
    world.submit(scanned("r1", report), &oidc("carol")).unwrap();
}

#[track_caller]
fn check(world: &World, answer: Answer, words: &[&str]) {
    let (found, reason) = world.verdict("r1", "dev", "scan");
    assert_eq!(found, answer, "{reason}");
    for word in words {
        assert!(reason.contains(word), "{reason}\n  lacks {word}");
    }
}

#[test]
fn an_accepted_finding_is_out_in_whatever_package_it_is() {
    let mut world = world(excepting_scan());
    scan(&mut world, &[("CVE-A", CRITICAL, 3)]);
    check(
        &world,
        Answer::Passed,
        &["without CVE-A, accepted until 2026-03-10 (not reachable)"],
    );
    let recorded = &world.state.evidence[0].content;
    let expected = Found {
        id: "CVE-A".to_owned(),
        severity: CRITICAL,
        count: 3,
    };
    assert_eq!(recorded.findings, [expected]);
    assert_eq!(recorded.figures["critical"], 3, "figures stay exact");
    scan(
        &mut world,
        &[("CVE-A", CRITICAL, 3), ("CVE-B", CRITICAL, 2)],
    );
    check(
        &world,
        Answer::Blocked,
        &["2 critical (at most 0): CVE-B in 2 places"],
    );
    // Names are compared as they are written.
    scan(&mut world, &[("cve-a", CRITICAL, 1)]);
    check(&world, Answer::Blocked, &["1 critical (at most 0): cve-a"]);
}

#[test]
fn an_acceptance_ends_with_its_day_and_the_verdict_says_when() {
    let mut world = world(excepting_scan());
    scan(&mut world, &[("CVE-A", CRITICAL, 1)]);
    let ends = at("2026-03-11T00:00:00Z");
    assert_eq!(world.judged("r1", "dev", "scan").until, Some(ends));
    world.clock = ends - Span::from_us(1);
    check(&world, Answer::Passed, &[]);
    world.clock = ends;
    check(
        &world,
        Answer::Blocked,
        &["CVE-A", "the acceptance of CVE-A ended with 2026-03-10"],
    );
}

#[test]
fn only_an_end_that_matters_is_said() {
    for (max, until) in [
        (1, Some("2026-03-12T00:00:00Z")),
        (2, None),
        (0, Some("2026-03-11T00:00:00Z")),
    ] {
        let mut world = world(EvidenceRule {
            max: BTreeMap::from([(Figure::High, max)]),
            accept: vec![
                accepted("CVE-A", "2026-03-10"),
                accepted("CVE-B", "2026-03-11"),
            ],
            ..excepting_scan()
        });
        scan(
            &mut world,
            &[("CVE-A", Severity::High, 1), ("CVE-B", Severity::High, 1)],
        );
        let verdict = world.judged("r1", "dev", "scan");
        assert_eq!(
            (verdict.answer, verdict.until),
            (Answer::Passed, until.map(at)),
            "{max}"
        );
    }
}

#[test]
fn a_scan_of_the_whole_release_has_its_accepted_findings_too() {
    let mut world = world(EvidenceRule {
        per: Per::Release,
        vex: Vec::new(),
        ..excepting_scan()
    });
    scan(&mut world, &[("CVE-A", CRITICAL, 2)]);
    check(&world, Answer::Passed, &["without CVE-A"]);
    scan(&mut world, &[("CVE-B", CRITICAL, 1)]);
    check(&world, Answer::Blocked, &["CVE-B"]);
}

#[test]
fn an_id_with_two_severities_is_accepted_in_both() {
    let mut world = world(EvidenceRule {
        max: BTreeMap::from([(Figure::Critical, 0), (Figure::High, 0)]),
        ..excepting_scan()
    });
    scan(
        &mut world,
        &[("CVE-A", CRITICAL, 1), ("CVE-A", Severity::High, 2)],
    );
    check(&world, Answer::Passed, &[]);
}

#[test]
fn a_finding_that_did_not_fit_is_never_excepted() {
    let mut world = world(EvidenceRule {
        accept: vec![accepted("Z", "2026-03-10")],
        ..excepting_scan()
    });
    let many: Vec<String> = (0..FOUND_MAX).map(|n| format!("CVE-{n}")).collect();
    let mut findings: Vec<_> = many.iter().map(|id| (id.as_str(), CRITICAL, 1)).collect();
    findings.push(("Z", CRITICAL, 1));
    scan(&mut world, &findings);
    let content = &world.state.evidence[0].content;
    assert_eq!(
        (content.findings.len(), content.findings_left_out),
        (FOUND_MAX, 1)
    );
    let words = [
        "301 critical",
        "CVE-0, CVE-1, CVE-10 and 297 more",
        "the list of findings was cut",
    ];
    check(&world, Answer::Blocked, &words);
}

#[test]
fn each_status_takes_out_or_does_not() {
    for (status, answer) in [
        (NotAffected, Answer::Passed),
        (Fixed, Answer::Passed),
        (Affected, Answer::Blocked),
        (UnderInvestigation, Answer::Blocked),
    ] {
        let mut world = world(excepting_scan());
        scan(&mut world, &[("CVE-B", CRITICAL, 2)]);
        state(&mut world, &[("CVE-B", status)]);
        let word = match answer {
            Answer::Passed => format!("without CVE-B, {status} by e2 of oidc:carol"),
            _ => format!("e2 says CVE-B is {status}"),
        };
        check(&world, answer, &[&word]);
    }
}

#[test]
fn the_latest_statement_counts_and_a_revoked_one_brings_nothing_back() {
    let mut world = world(excepting_scan());
    scan(&mut world, &[("CVE-B", CRITICAL, 1)]);
    state(&mut world, &[("CVE-B", NotAffected)]);
    check(&world, Answer::Passed, &[]);
    state(&mut world, &[("CVE-B", UnderInvestigation)]);
    check(&world, Answer::Blocked, &[]);
    state(&mut world, &[("CVE-B", Affected), ("CVE-B", Fixed)]);
    check(&world, Answer::Passed, &["fixed by e4"]);
    // Another finding's statement changes nothing.
    state(&mut world, &[("CVE-C", Affected)]);
    check(&world, Answer::Passed, &["fixed by e4"]);
    let revoke = Command::RevokeEvidence {
        id: liftlock_core::EvidenceId(4),
        reason: "it is not".to_owned(),
    };
    world.go(&revoke, &oidc("carol")).unwrap();
    check(
        &world,
        Answer::Blocked,
        &["what e4 said of CVE-B is revoked"],
    );
    // Statements stay when a new scan comes.
    state(&mut world, &[("CVE-B", Fixed)]);
    scan(&mut world, &[("CVE-B", CRITICAL, 1)]);
    check(&world, Answer::Passed, &["fixed by e6"]);
}

#[test]
fn a_revoked_affected_does_not_bring_back_what_took_out() {
    let mut world = world(excepting_scan());
    scan(&mut world, &[("CVE-B", CRITICAL, 1)]);
    state(&mut world, &[("CVE-B", NotAffected)]);
    state(&mut world, &[("CVE-B", Affected)]);
    let revoke = Command::RevokeEvidence {
        id: liftlock_core::EvidenceId(3),
        reason: "hasty".to_owned(),
    };
    world.go(&revoke, &oidc("carol")).unwrap();
    check(&world, Answer::Blocked, &[]);
}

#[test]
fn statements_count_only_from_whom_the_gate_hears_them() {
    let mut world = world(excepting_scan());
    scan(&mut world, &[("CVE-B", CRITICAL, 1)]);
    let report = document(&world, &[("CVE-B", NotAffected)]);
    // Whoever runs the scanner does not excuse what it finds.
    for stranger in [token("ci"), oidc("alice"), oidc("mallory")] {
        let refusal = world.submit(scanned("r1", report.clone()), &stranger);
        assert!(
            matches!(refusal, Err(Refusal::NotAllowed { .. })),
            "{refusal:?}"
        );
    }
    state(&mut world, &[("CVE-B", NotAffected)]);
    check(&world, Answer::Passed, &[]);
    // Whom the policy hears no more is heard no more, whenever it was said.
    let deaf = EvidenceRule {
        vex: who(&["leads"]),
        ..excepting_scan()
    };
    let next = policy(vec![
        env("dev").gate("scan", GateRule::Evidence(deaf)),
        env("production").after("dev").gate("tests", tests()),
    ]);
    world.adopt(next, &oidc("alice")).unwrap();
    check(&world, Answer::Blocked, &[]);
}

#[test]
fn aliases_platforms_and_parts() {
    let both = ["linux/amd64", "linux/arm64"];
    let rule = GateRule::Evidence(excepting_scan());
    let mut world = World::with(policy(vec![env("dev").gate("scan", rule)]));
    let create = Command::CreateRelease {
        name: is("r1"),
        images: BTreeMap::from([(is("api"), index("api", "multi", &both))]),
        about: liftlock_core::release::About::default(),
    };
    world.go(&create, &token("ci")).unwrap();
    for platform in both {
        let about = format!("multi {platform}");
        let report = found_report(&about, &[("CVE-B", CRITICAL, 1)], &[&about]);
        world.submit(scanned("r1", report), &token("ci")).unwrap();
    }
    let said = |world: &mut World, change: &dyn Fn(&mut ReportFacts), about: &str| {
        let name = format!("vex {}", world.entries.len());
        let mut report = vex_report(&name, &[("CVE-B", Fixed)], &[about]);
        change(&mut report);
        world.submit(scanned("r1", report), &oidc("carol")).unwrap();
    };
    // One platform's own, then the other's under another name.
    said(&mut world, &|_| {}, "multi linux/amd64");
    check(&world, Answer::Blocked, &["linux/arm64"]);
    let renamed = |report: &mut ReportFacts| {
        report.statements[0].id = "GHSA-B".to_owned();
        report.statements[0].aliases = vec!["CVE-B".to_owned()];
    };
    said(&mut world, &renamed, "multi linux/arm64");
    check(&world, Answer::Passed, &[]);
    // About parts of the image only: another part may be meant.
    said(
        &mut world,
        &|report| report.statements[0].partial = true,
        "multi",
    );
    check(&world, Answer::Blocked, &["is about parts of the image"]);
    said(&mut world, &|_| {}, "multi");
    check(&world, Answer::Passed, &[]);
    let content = &world.state.evidence.last().unwrap().content;
    assert_eq!(content.statements[0].images, [digest("multi")]);
}

#[test]
fn a_document_that_says_nothing_here_or_too_much_is_refused() {
    let mut world = world(excepting_scan());
    let good = document(&world, &[("CVE-B", Fixed)]);
    let refused =
        |world: &mut World, new: NewEvidence| world.submit(new, &oidc("carol")).unwrap_err();
    let elsewhere = vex_report("v", &[("CVE-B", Fixed)], &["api r9"]);
    assert!(matches!(
        refused(&mut world, scanned("r1", elsewhere)),
        Refusal::OtherSubject { .. }
    ));
    let pass = NewEvidence {
        finding: Some(Finding::Passed),
        ..scanned("r1", good.clone())
    };
    let future = ReportFacts {
        made_at: Some(world.clock + span("6m")),
        ..good.clone()
    };
    // Facts whose subjects and statements do not agree come from no reader, and record nothing.
    let unsaid = ReportFacts {
        subjects: Vec::new(),
        statements: vex_report("v", &[("CVE-B", Fixed)], &["api r9"]).statements,
        ..good.clone()
    };
    let many: Vec<String> = (0..=STATEMENTS_MAX).map(|n| format!("CVE-{n}")).collect();
    let many: Vec<_> = many.iter().map(|id| (id.as_str(), Fixed)).collect();
    let many = document(&world, &many);
    let mut long = document(&world, &[("CVE-B", Fixed)]);
    long.statements = vec![long.statements[0].clone(); STATEMENTS_MAX];
    for one in &mut long.statements {
        one.aliases = vec!["x".repeat(128); 16];
    }
    for new in [
        pass,
        scanned("r1", future),
        scanned("r1", unsaid),
        scanned("r1", many),
        scanned("r1", long),
    ] {
        let refusal = refused(&mut world, new);
        assert!(matches!(refusal, Refusal::Invalid { .. }), "{refusal}");
    }
    assert_eq!(world.state.evidence, []);
    // A gate that hears none.
    for rule in [
        EvidenceRule {
            per: Per::Release,
            vex: Vec::new(),
            ..excepting_scan()
        },
        EvidenceRule {
            vex: Vec::new(),
            ..excepting_scan()
        },
    ] {
        let mut world = World::with(policy(vec![
            env("dev").gate("scan", GateRule::Evidence(rule)),
        ]));
        world.release("r1");
        let refusal = refused(&mut world, scanned("r1", good.clone()));
        assert!(
            refusal.to_string().contains("the gate has no `vex`"),
            "{refusal}"
        );
    }
}

#[test]
fn statements_alone_are_no_evidence() {
    let mut world = world(excepting_scan());
    state(&mut world, &[("CVE-B", Fixed)]);
    check(&world, Answer::Waiting, &["no scan yet"]);
}

/// A promotion of r1 to dev that waits for an approval, with every other gate passed.
fn waiting(rule: EvidenceRule) -> (World, PromotionId) {
    let mut world = World::with(policy(vec![
        env("dev")
            .gate("scan", GateRule::Evidence(rule))
            .gate("lead", approval(&["leads"], 1)),
    ]));
    world.clock = at("2026-03-09T12:00:00Z").max(world.clock);
    world.release("r1");
    scan(
        &mut world,
        &[("CVE-A", CRITICAL, 1), ("CVE-B", CRITICAL, 1)],
    );
    state(&mut world, &[("CVE-B", NotAffected)]);
    world.request(wanted("r1", "dev"), &token("ci")).unwrap();
    let open = world.state.open_promotion(&is("r1"), &is("dev")).unwrap();
    let id = open.request.id;
    world.approve("r1", "dev", &oidc("bob")).unwrap();
    (world, id)
}

#[test]
fn what_waits_is_committed_by_what_holds_then() {
    type Change = fn(&mut World);
    let changes: [(Change, bool); 5] = [
        (|_| {}, true),
        (|world| state(world, &[("CVE-C", Affected)]), true),
        (|world| state(world, &[("CVE-B", Affected)]), false),
        (
            |world| {
                let id = liftlock_core::EvidenceId(2);
                let reason = "wrong image".to_owned();
                let revoke = Command::RevokeEvidence { id, reason };
                world.go(&revoke, &oidc("carol")).unwrap();
            },
            false,
        ),
        (|world| world.clock = at("2026-03-11T00:00:00Z"), false),
    ];
    for (n, (change, goes)) in changes.into_iter().enumerate() {
        let (mut world, id) = waiting(excepting_scan());
        change(&mut world);
        world.tick();
        let ended = matches!(world.state.promotions[&id].status, Status::Ended(_));
        assert_eq!(ended, goes, "{n}");
        let committed =
            |entry: &liftlock_core::Entry| matches!(entry.event, Event::PromotionCommitted { .. });
        assert_eq!(world.entries.iter().any(committed), goes, "{n}");
    }
}

#[test]
fn what_puts_a_finding_back_speaks_against_what_was_verified_and_an_end_does_not() {
    let mut world = world(excepting_scan());
    scan(
        &mut world,
        &[("CVE-A", CRITICAL, 1), ("CVE-B", CRITICAL, 1)],
    );
    state(&mut world, &[("CVE-B", NotAffected)]);
    world.promote("r1", "dev");
    let after = |world: &World| world.answer("r1", "production", "after:dev");
    assert_eq!(after(&world), Answer::Passed);
    // Let in with it, as when a limit is tightened later.
    world.clock = at("2026-03-12T00:00:00Z");
    assert_eq!(world.answer("r1", "dev", "scan"), Answer::Blocked);
    assert_eq!(after(&world), Answer::Passed);
    state(&mut world, &[("CVE-C", Affected)]);
    assert_eq!(after(&world), Answer::Passed);
    state(&mut world, &[("CVE-B", Affected)]);
    assert_eq!(after(&world), Answer::Blocked);
}

#[test]
fn entries_stay_under_their_limit() {
    let mut world = world(excepting_scan());
    let long = |n: usize| format!("{n:03}{}", "\"".repeat(125));
    let ids: Vec<String> = (0..FOUND_MAX).map(long).collect();
    let findings: Vec<_> = ids.iter().map(|id| (id.as_str(), CRITICAL, 1)).collect();
    scan(&mut world, &findings);
    let mut report = document(&world, &[("CVE-B", NotAffected)]);
    let one = report.statements[0].clone();
    report.statements = ids[..60]
        .iter()
        .map(|id| {
            let mut statement = one.clone();
            statement.id.clone_from(id);
            statement.justification = Some("y".repeat(256));
            statement
        })
        .collect();
    let note = NewEvidence {
        url: Some(format!("https://example.com/{}", "z".repeat(2000))),
        ..scanned("r1", report)
    };
    world.submit(note, &oidc("carol")).unwrap();
    for entry in &world.entries {
        let bytes = serde_json::to_vec(entry).unwrap().len();
        assert!(bytes < 60 * 1024, "{bytes}");
    }
    // A plain pass meets no limit, whatever is accepted.
    world.submit(plain("r1", "scan"), &token("ci")).unwrap();
    check(
        &world,
        Answer::Blocked,
        &["has no count of critical findings"],
    );
}
