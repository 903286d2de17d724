//! `semantics`, "Evidence".

use std::collections::BTreeMap;

use liftlock_core::decide::NewEvidence;
use liftlock_core::evidence::{Finding, ReportFacts, Subject};
use liftlock_core::policy::{EvidenceKind, EvidenceRule, Figure, GateRule, Per};
use liftlock_core::release::{About, ReleaseImage};
use liftlock_core::verdict::Answer;
use liftlock_core::{Command, Event, ImageKey, Refusal, Span};

use crate::actors::token;
use crate::build::{
    at, digest, env, evidence, image, index, is, policy, scan, span, tests, who, with_web,
};
use crate::world::{World, plain, scan_report, scanned, wanted};

fn junit(name: &str) -> ReportFacts {
    ReportFacts {
        kind: EvidenceKind::Tests,
        format: "junit".to_owned(),
        finding: Some(Finding::Passed),
        figures: BTreeMap::from([("tests".to_owned(), 3)]),
        ..scan_report(name, 0, &[])
    }
}

fn tested(release: &str, report: ReportFacts) -> NewEvidence {
    NewEvidence {
        finding: None,
        report: Some(report),
        ..plain(release, "tests")
    }
}

fn create(world: &mut World, name: &str, images: &[(&str, ReleaseImage)]) {
    let images = images.iter().cloned();
    let images: BTreeMap<ImageKey, ReleaseImage> =
        images.map(|(key, image)| (is(key), image)).collect();
    let command = Command::CreateRelease {
        name: is(name),
        images,
        about: About::default(),
    };
    world.go(&command, &token("ci")).unwrap();
}

fn one(gate: &str, rule: GateRule) -> World {
    let mut world = World::with(policy(vec![env("dev").gate(gate, rule)]));
    world.release("r1");
    world
}

#[test]
fn the_last_in_the_ledgers_order_counts() {
    let mut world = one("tests", tests());
    assert_eq!(world.answer("r1", "dev", "tests"), Answer::Waiting);
    for (pass, answer) in [
        (true, Answer::Passed),
        (false, Answer::Blocked),
        (true, Answer::Passed),
    ] {
        world.evidence("r1", "tests", pass);
        assert_eq!(world.answer("r1", "dev", "tests"), answer);
    }
    // The last is revoked: what came before it does not come back.
    world.revoke(3);
    assert_eq!(world.answer("r1", "dev", "tests"), Answer::Blocked);
    world.evidence("r1", "tests", true);
    assert_eq!(world.answer("r1", "dev", "tests"), Answer::Passed);
}

#[test]
fn revoking_what_was_superseded_changes_nothing() {
    let mut world = one("tests", tests());
    world.evidence("r1", "tests", true);
    world.evidence("r1", "tests", true);
    world.revoke(1);
    assert_eq!(world.answer("r1", "dev", "tests"), Answer::Passed);
}

#[test]
fn missing_evidence_waits_and_failed_evidence_is_refused_when_asked() {
    let mut world = one("tests", tests());
    world.evidence("r1", "tests", false);
    let refusal = world.request(crate::world::wanted("r1", "dev"), &token("ci"));
    assert!(matches!(refusal, Err(Refusal::Blocked { .. })));
    assert_eq!(world.state.promotions.len(), 0);
}

#[test]
fn per_release_is_about_the_whole_set() {
    let mut world = World::with(with_web(policy(vec![env("dev").gate("tests", tests())])));
    let (api, web) = (image("api", "api 1"), image("web", "web 1"));
    create(
        &mut world,
        "r1",
        &[("api", api.clone()), ("web", web.clone())],
    );
    create(&mut world, "same", &[("api", api.clone()), ("web", web)]);
    create(
        &mut world,
        "other",
        &[("api", api), ("web", image("web", "web 2"))],
    );
    world.evidence("r1", "tests", true);
    assert_eq!(world.answer("r1", "dev", "tests"), Answer::Passed);
    assert_eq!(world.answer("same", "dev", "tests"), Answer::Passed);
    assert_eq!(world.answer("other", "dev", "tests"), Answer::Waiting);
}

#[test]
fn per_image_counts_in_every_release_that_holds_it_and_every_image_is_covered() {
    let mut world = World::with(with_web(policy(vec![env("dev").gate("scan", scan())])));
    let api = image("api", "api 1");
    create(
        &mut world,
        "r1",
        &[("api", api.clone()), ("web", image("web", "web 1"))],
    );
    create(
        &mut world,
        "r2",
        &[("api", api), ("web", image("web", "web 2"))],
    );
    let submit = |world: &mut World, release: &str, content: &str| {
        let report = scan_report(content, 0, &[content]);
        world
            .submit(scanned(release, report), &token("ci"))
            .unwrap();
    };
    submit(&mut world, "r1", "api 1");
    assert_eq!(world.answer("r1", "dev", "scan"), Answer::Waiting);
    submit(&mut world, "r1", "web 1");
    assert_eq!(world.answer("r1", "dev", "scan"), Answer::Passed);
    assert_eq!(world.answer("r2", "dev", "scan"), Answer::Waiting);
    submit(&mut world, "r2", "web 2");
    assert_eq!(world.answer("r2", "dev", "scan"), Answer::Passed);
}

#[test]
fn a_scan_of_an_index_covers_one_platform_and_the_gate_wants_each() {
    let mut world = World::with(policy(vec![env("dev").gate("scan", scan())]));
    let both = ["linux/amd64", "linux/arm64/v8"];
    create(&mut world, "r1", &[("api", index("api", "multi", &both))]);
    let mut report = scan_report("a", 0, &["multi"]);
    let unsaid = world.submit(scanned("r1", report.clone()), &token("ci"));
    assert!(
        matches!(unsaid, Err(Refusal::Invalid { .. })),
        "which platform is not guessed"
    );
    report.platform = Some(is("linux/s390x"));
    assert!(
        world
            .submit(scanned("r1", report.clone()), &token("ci"))
            .is_err()
    );
    report.platform = Some(is("linux/amd64"));
    world.submit(scanned("r1", report), &token("ci")).unwrap();
    let (answer, reason) = world.verdict("r1", "dev", "scan");
    assert_eq!(answer, Answer::Waiting);
    assert!(reason.contains("linux/arm64/v8"), "{reason}");
    // A report that names the platform's own manifest says which one it is.
    let own = scan_report("b", 0, &["multi linux/arm64/v8"]);
    world.submit(scanned("r1", own), &token("ci")).unwrap();
    assert_eq!(world.answer("r1", "dev", "scan"), Answer::Passed);
    // One platform that is bad is enough.
    let bad = scan_report("c", 1, &["multi linux/amd64"]);
    world.submit(scanned("r1", bad), &token("ci")).unwrap();
    assert_eq!(world.answer("r1", "dev", "scan"), Answer::Blocked);
}

#[test]
fn platforms_narrow_what_is_wanted() {
    let narrowed = |platforms: &[&str]| {
        GateRule::Evidence(EvidenceRule {
            platforms: platforms.iter().map(|p| is(p)).collect(),
            ..evidence(EvidenceKind::Scan)
        })
    };
    let both = ["linux/amd64", "linux/arm64"];
    for (wanted, answer) in [
        (&["linux/amd64"][..], Answer::Passed),
        (&both[..], Answer::Waiting),
        (&["linux/amd64", "linux/s390x"][..], Answer::Blocked),
    ] {
        let mut world = World::with(policy(vec![env("dev").gate("scan", narrowed(wanted))]));
        create(&mut world, "r1", &[("api", index("api", "multi", &both))]);
        let report = ReportFacts {
            finding: Some(Finding::Passed),
            ..scan_report("a", 0, &["multi linux/amd64"])
        };
        world.submit(scanned("r1", report), &token("ci")).unwrap();
        assert_eq!(world.answer("r1", "dev", "scan"), answer, "{wanted:?}");
    }
}

#[test]
fn a_report_about_something_else_is_refused() {
    let mut world = one("scan", scan());
    let other = world.submit(scanned("r1", scan_report("a", 0, &["other"])), &token("ci"));
    assert!(matches!(other, Err(Refusal::OtherSubject { .. })));
    let tests = world.submit(scanned("r1", junit("j")), &token("ci"));
    assert!(
        matches!(tests, Err(Refusal::Invalid { .. })),
        "another kind of report"
    );
    assert_eq!(world.state.evidence, []);
}

#[test]
fn a_report_without_a_digest_is_asserted_and_says_so() {
    let mut world = one("scan", scan());
    world
        .submit(scanned("r1", scan_report("a", 0, &[])), &token("ci"))
        .unwrap();
    assert!(
        world.state.evidence[0]
            .content
            .report
            .as_ref()
            .unwrap()
            .asserted
    );
    let (answer, reason) = world.verdict("r1", "dev", "scan");
    assert_eq!(answer, Answer::Passed);
    assert!(reason.contains("asserted"), "{reason}");
    world
        .submit(
            scanned("r1", scan_report("b", 0, &["api r1"])),
            &token("ci"),
        )
        .unwrap();
    assert!(
        !world.state.evidence[1]
            .content
            .report
            .as_ref()
            .unwrap()
            .asserted
    );
}

#[test]
fn a_report_that_could_be_about_two_images_is_not_guessed() {
    let mut world = World::with(with_web(policy(vec![env("dev").gate("scan", scan())])));
    world.release("r1");
    let report = scan_report("a", 0, &[]);
    let unsaid = world.submit(scanned("r1", report.clone()), &token("ci"));
    assert!(matches!(unsaid, Err(Refusal::Invalid { .. })));
    let said = NewEvidence {
        image: Some(is("web")),
        ..scanned("r1", report)
    };
    world.submit(said, &token("ci")).unwrap();
    let subject = &world.state.evidence[0].content.subject;
    let web = Subject::Image {
        image: digest("web r1"),
        platform: None,
    };
    assert_eq!(*subject, web);
    let wrong = NewEvidence {
        image: Some(is("web")),
        ..scanned("r1", scan_report("b", 0, &["api r1"]))
    };
    let refusal = world.submit(wrong, &token("ci"));
    assert!(matches!(refusal, Err(Refusal::OtherSubject { .. })));
}

#[test]
fn limits_need_figures() {
    let mut world = one("scan", scan());
    world.submit(plain("r1", "scan"), &token("ci")).unwrap();
    assert_eq!(
        world.answer("r1", "dev", "scan"),
        Answer::Blocked,
        "a bare pass"
    );
    let mut empty = scan_report("a", 0, &["api r1"]);
    empty.figures.clear();
    world.submit(scanned("r1", empty), &token("ci")).unwrap();
    assert_eq!(
        world.answer("r1", "dev", "scan"),
        Answer::Blocked,
        "no figures"
    );
    for (critical, answer) in [(0, Answer::Passed), (1, Answer::Blocked)] {
        let report = scan_report(&format!("{critical}"), critical, &["api r1"]);
        world.submit(scanned("r1", report), &token("ci")).unwrap();
        assert_eq!(world.answer("r1", "dev", "scan"), answer);
    }
}

#[test]
fn each_severity_has_its_own_limit() {
    let rule = EvidenceRule {
        max: BTreeMap::from([(Figure::Critical, 0), (Figure::High, 2)]),
        ..evidence(EvidenceKind::Scan)
    };
    for (high, answer) in [
        (Some(2), Answer::Passed),
        (Some(3), Answer::Blocked),
        (None, Answer::Blocked),
    ] {
        let mut world = one("scan", GateRule::Evidence(rule.clone()));
        let mut report = scan_report("a", 0, &["api r1"]);
        report
            .figures
            .extend(high.map(|high| ("high".to_owned(), high)));
        world.submit(scanned("r1", report), &token("ci")).unwrap();
        assert_eq!(world.answer("r1", "dev", "scan"), answer, "{high:?}");
    }
}

#[test]
fn figures_without_a_limit_decide_nothing() {
    let mut world = one("scan", GateRule::Evidence(evidence(EvidenceKind::Scan)));
    world
        .submit(
            scanned("r1", scan_report("a", 0, &["api r1"])),
            &token("ci"),
        )
        .unwrap();
    assert_eq!(world.answer("r1", "dev", "scan"), Answer::Blocked);
}

#[test]
fn a_pass_does_not_talk_over_a_report_that_failed() {
    let mut world = one("tests", tests());
    let failed = ReportFacts {
        finding: Some(Finding::Failed),
        ..junit("j")
    };
    let both = NewEvidence {
        finding: Some(Finding::Passed),
        ..tested("r1", failed)
    };
    let refusal = world.submit(both, &token("ci"));
    assert!(
        matches!(refusal, Err(Refusal::Invalid { .. })),
        "{refusal:?}"
    );
    let down = NewEvidence {
        finding: Some(Finding::Failed),
        ..tested("r1", junit("k"))
    };
    world.submit(down, &token("ci")).unwrap();
    assert_eq!(world.answer("r1", "dev", "tests"), Answer::Blocked);
}

#[test]
fn freshness_counts_from_the_reports_own_time() {
    let mut world = one("scan", scan());
    let mut report = scan_report("a", 0, &["api r1"]);
    report.made_at = Some(world.clock - span("23h"));
    world.submit(scanned("r1", report), &token("ci")).unwrap();
    assert_eq!(world.answer("r1", "dev", "scan"), Answer::Passed);
    world.pass(span("1h"));
    assert_eq!(world.answer("r1", "dev", "scan"), Answer::Waiting);
}

#[test]
fn the_same_report_again_renews_nothing() {
    let mut world = one("scan", scan());
    let report = scan_report("a", 0, &["api r1"]);
    world
        .submit(scanned("r1", report.clone()), &token("ci"))
        .unwrap();
    world.pass(span("25h"));
    assert_eq!(world.answer("r1", "dev", "scan"), Answer::Waiting);
    world.submit(scanned("r1", report), &token("ci")).unwrap();
    assert_eq!(world.answer("r1", "dev", "scan"), Answer::Waiting);
    world
        .submit(
            scanned("r1", scan_report("b", 0, &["api r1"])),
            &token("ci"),
        )
        .unwrap();
    assert_eq!(world.answer("r1", "dev", "scan"), Answer::Passed);
}

#[test]
fn a_report_from_the_future_is_refused() {
    let mut world = one("scan", scan());
    let mut report = scan_report("a", 0, &["api r1"]);
    report.made_at = Some(world.clock + span("6m"));
    let refusal = world.submit(scanned("r1", report.clone()), &token("ci"));
    assert!(matches!(refusal, Err(Refusal::Invalid { .. })));
    // Clocks differ by minutes: then it counts from now, not from the future.
    report.made_at = Some(world.clock + span("4m"));
    world.submit(scanned("r1", report), &token("ci")).unwrap();
    assert_eq!(world.state.evidence[0].counts_from, world.clock);
}

#[test]
fn one_name_is_one_evidence_and_each_gate_has_its_own_freshness() {
    let strict = GateRule::Evidence(EvidenceRule {
        fresh: Some(span("1h")),
        ..evidence(EvidenceKind::Tests)
    });
    let both = vec![
        env("dev").gate("tests", tests()),
        env("production").gate("tests", strict),
    ];
    let mut world = World::with(policy(both));
    world.release("r1");
    world.evidence("r1", "tests", true);
    world.pass(span("1h") + Span::from_secs(1));
    assert_eq!(world.answer("r1", "dev", "tests"), Answer::Passed);
    assert_eq!(world.answer("r1", "production", "tests"), Answer::Waiting);
}

#[test]
fn a_gate_hears_only_whom_it_trusts() {
    let from = |whom: &str| {
        GateRule::Evidence(EvidenceRule {
            from: who(&[whom]),
            ..evidence(EvidenceKind::Tests)
        })
    };
    let both = vec![
        env("dev").gate("tests", from("token:dev")),
        env("production").gate("tests", from("token:ci")),
    ];
    let mut world = World::with(policy(both));
    world.release("r1");
    world.submit(plain("r1", "tests"), &token("dev")).unwrap();
    assert_eq!(world.answer("r1", "dev", "tests"), Answer::Passed);
    assert_eq!(world.answer("r1", "production", "tests"), Answer::Waiting);
    // Nor can it be talked over by whom it does not trust.
    world.evidence("r1", "tests", false);
    world.submit(plain("r1", "tests"), &token("dev")).unwrap();
    assert_eq!(world.answer("r1", "production", "tests"), Answer::Blocked);
}

#[test]
fn evidence_for_a_gate_that_nobody_has_is_refused() {
    let mut world = one("tests", tests());
    let refusal = world.submit(plain("r1", "test"), &token("ci")).unwrap_err();
    assert!(refusal.to_string().contains("known are tests"), "{refusal}");
    assert!(world.submit(plain("r2", "tests"), &token("ci")).is_err());
}

#[test]
fn bad_addresses_and_reasons_are_refused() {
    let mut world = one("tests", tests());
    for url in [
        "ftp://x",
        "javascript:alert(1)",
        "https://a b",
        "https://\u{202e}x",
    ] {
        let new = NewEvidence {
            url: Some(url.to_owned()),
            ..plain("r1", "tests")
        };
        assert!(world.submit(new, &token("ci")).is_err(), "{url}");
    }
    world.evidence("r1", "tests", true);
    for reason in ["", "  ", "a\nb", "\u{1b}[2J", &"x".repeat(501)] {
        let command = Command::RevokeEvidence {
            id: liftlock_core::EvidenceId(1),
            reason: reason.to_owned(),
        };
        assert!(world.go(&command, &token("ci")).is_err(), "{reason:?}");
    }
    assert!(at("2026-03-01T08:00:00Z") < world.clock);
    assert_eq!(Per::Release, evidence(EvidenceKind::Manual).per);
    assert!(matches!(
        world.entries.last().unwrap().event,
        Event::EvidenceAdded(_)
    ));
}

#[test]
fn evidence_says_something() {
    let mut world = one("tests", tests());
    let nothing = NewEvidence {
        finding: None,
        ..plain("r1", "tests")
    };
    let refusal = world.submit(nothing, &token("ci"));
    assert!(
        matches!(refusal, Err(Refusal::Invalid { .. })),
        "{refusal:?}"
    );
}

#[test]
fn a_report_about_another_platform_is_refused_for_an_image_of_one() {
    let mut world = World::with(policy(vec![env("dev").gate("scan", scan())]));
    create(
        &mut world,
        "r1",
        &[("api", index("api", "x", &["linux/amd64"]))],
    );
    let other = ReportFacts {
        platform: Some(is("linux/arm64")),
        ..scan_report("x", 0, &["x"])
    };
    let refusal = world.submit(scanned("r1", other), &token("ci"));
    assert!(
        matches!(refusal, Err(Refusal::Invalid { .. })),
        "{refusal:?}"
    );
    let same = ReportFacts {
        platform: Some(is("linux/amd64")),
        ..scan_report("y", 0, &["x"])
    };
    world.submit(scanned("r1", same), &token("ci")).unwrap();
    assert_eq!(world.answer("r1", "dev", "scan"), Answer::Passed);
}

#[test]
fn what_is_blocked_by_evidence_upstream_says_which_evidence_would_help() {
    let staging = env("dev").gate("tests", tests());
    let mut world = World::with(policy(vec![staging, env("prod").after("dev")]));
    world.release("r1");
    world.evidence("r1", "tests", true);
    world.promote("r1", "dev");
    world.revoke(1);
    let Err(Refusal::Blocked { verdicts, .. }) = world.request(wanted("r1", "prod"), &token("ci"))
    else {
        panic!("revoked evidence must block")
    };
    let after = verdicts.iter().find(|v| v.gate == "after:dev").unwrap();
    let help = Some("liftlock evidence add r1 tests --report FILE");
    assert_eq!(after.help.as_deref(), help);
}
