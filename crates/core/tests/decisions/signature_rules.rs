//! `signature:` gates, and evidence that comes signed.

use liftlock_core::attestation::{Found, wanted};
use liftlock_core::evidence::Finding;
use liftlock_core::policy::{EvidenceKind, EvidenceRule, GateRule, Per, PredicateType};
use liftlock_core::verdict::Answer;
use liftlock_core::{Command, Event, EvidenceId, Policy, Refusal};
use serde_json::{Value, json};

use crate::actors::{oidc, token};
use crate::build::{digest, env, evidence, is, key, policy, signed, who, with_keys, with_web};
use crate::world::{World, attested, found_report};

fn provenance(builder: &str) -> Value {
    json!({ "runDetails": { "builder": { "id": builder } } })
}

const BUILDER: &str = "https://ci.example.com/builders/7";

/// `dev` wants a provenance of our builders.
fn gated() -> Policy {
    let rule = signed(&[("/runDetails/builder/id", &["https://ci.example.com/*"])]);
    with_keys(policy(vec![
        env("dev").gate("provenance", GateRule::Signature(rule)),
        env("production").after("dev"),
    ]))
}

fn with_release() -> World {
    let mut world = World::with(gated());
    world.release("r1");
    world
}

fn answer(world: &mut World, release: &str) -> (Answer, String) {
    world.verdict(release, "dev", "provenance")
}

#[test]
fn it_waits_for_a_signature_and_passes_with_it() {
    let mut world = with_release();
    let (now, reason) = answer(&mut world, "r1");
    assert_eq!(now, Answer::Waiting);
    assert!(reason.contains("provenance/v1 by builder"), "{reason}");
    let events = world.attest("r1", "builder", provenance(BUILDER), &token("ci"));
    assert_eq!(events.unwrap().len(), 1);
    let (now, reason) = answer(&mut world, "r1");
    assert_eq!(
        (now, reason.as_str()),
        (Answer::Passed, "api: e1 signed by builder")
    );
    let id = world.promote("r1", "dev");
    assert_eq!(world.outcome(id), "succeeded");
}

#[test]
fn the_same_statement_is_recorded_once_and_not_again_after_it_was_revoked() {
    let mut world = with_release();
    let ci = token("ci");
    world
        .attest("r1", "builder", provenance(BUILDER), &ci)
        .unwrap();
    let again = world.attest("r1", "builder", provenance(BUILDER), &ci);
    assert_eq!(again.unwrap(), []);
    let reason = "that builder was not ours".to_owned();
    let revoke = Command::RevokeEvidence {
        id: EvidenceId(1),
        reason,
    };
    let own = world.run(&revoke, &ci);
    assert!(
        matches!(own, Err(Refusal::NotAllowed { .. })),
        "who found it has not said it"
    );
    world.run(&revoke, &oidc("alice")).unwrap();
    let again = world.attest("r1", "builder", provenance(BUILDER), &ci);
    assert_eq!(again.unwrap(), []);
    let (now, reason) = answer(&mut world, "r1");
    assert_eq!(now, Answer::Blocked);
    assert!(reason.contains("e1 was revoked"), "{reason}");
}

#[test]
fn a_revoked_signature_takes_verified_away() {
    let mut world = with_release();
    world
        .attest("r1", "builder", provenance(BUILDER), &token("ci"))
        .unwrap();
    world.promote("r1", "dev");
    let after = |world: &mut World| world.verdict("r1", "production", "after:dev").0;
    assert_eq!(after(&mut world), Answer::Passed);
    let reason = "that builder was not ours".to_owned();
    let revoke = Command::RevokeEvidence {
        id: EvidenceId(1),
        reason,
    };
    world.run(&revoke, &oidc("alice")).unwrap();
    assert_eq!(after(&mut world), Answer::Blocked);
    let other = provenance("https://ci.example.com/builders/8");
    world.attest("r1", "builder", other, &token("ci")).unwrap();
    assert_eq!(after(&mut world), Answer::Passed, "another one is as good");
}

#[test]
fn conditions_are_about_what_is_there() {
    for (said, answered, word) in [
        (
            provenance("https://ci.example.com.evil.org/"),
            Answer::Blocked,
            "not https",
        ),
        (
            json!({}),
            Answer::Blocked,
            "nothing at /runDetails/builder/id",
        ),
        (
            provenance(&format!("https://ci.example.com/{}", "x".repeat(600))),
            Answer::Blocked,
            "nothing at",
        ),
        (
            provenance("https://ci.example.com/"),
            Answer::Passed,
            "signed by builder",
        ),
    ] {
        let mut world = with_release();
        world.attest("r1", "builder", said, &token("ci")).unwrap();
        let (now, reason) = answer(&mut world, "r1");
        assert_eq!(now, answered, "{reason}");
        assert!(reason.contains(word), "{reason}");
    }
    // Another one that meets them is enough, in whatever order they are found.
    let mut world = with_release();
    for builder in [BUILDER, "https://elsewhere.example.com/"] {
        world
            .attest("r1", "builder", provenance(builder), &token("ci"))
            .unwrap();
    }
    assert_eq!(answer(&mut world, "r1").0, Answer::Passed);
}

#[test]
fn what_another_key_another_type_or_another_image_says_is_not_recorded() {
    let mut world = with_release();
    world.release("r2");
    let good = || attested("api r1", "builder", provenance(BUILDER));
    for found in [
        Found {
            key: key("scanner").fingerprint(),
            ..good()
        },
        Found {
            key: digest("unknown"),
            ..good()
        },
        Found {
            predicate: is("https://slsa.dev/provenance/v0.2"),
            ..good()
        },
        Found {
            predicate: PredicateType::image(),
            ..good()
        },
        Found {
            image: digest("api r2"),
            ..good()
        },
    ] {
        let release = is("r1");
        let found = vec![found];
        let events = world.go(
            &Command::RecordAttested {
                release,
                found,
                gate: None,
            },
            &token("ci"),
        );
        assert_eq!(events.unwrap(), []);
    }
    let stranger = world.attest("r1", "builder", provenance(BUILDER), &token("other"));
    assert!(matches!(stranger, Err(Refusal::NotAllowed { .. })));
}

#[test]
fn every_image_has_to_be_signed() {
    let mut world = World::with(with_web(gated()));
    world.release("r1");
    world
        .attest("r1", "builder", provenance(BUILDER), &token("ci"))
        .unwrap();
    let (now, reason) = answer(&mut world, "r1");
    assert_eq!(now, Answer::Waiting);
    assert!(
        reason.starts_with("web:") && !reason.contains("api"),
        "{reason}"
    );
}

#[test]
fn a_condition_that_is_new_asks_for_the_same_statement_again() {
    let mut world = with_release();
    let said = json!({ "runDetails": { "builder": { "id": BUILDER } }, "source": "main" });
    world
        .attest("r1", "builder", said.clone(), &token("ci"))
        .unwrap();
    let mut stricter = gated();
    let rule = signed(&[("/source", &["main"])]);
    stricter.environments[0] = env("dev")
        .gate("provenance", GateRule::Signature(rule))
        .done();
    world.adopt(stricter, &oidc("alice")).unwrap();
    assert_eq!(answer(&mut world, "r1").0, Answer::Blocked);
    let events = world.attest("r1", "builder", said, &token("ci")).unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(answer(&mut world, "r1").0, Answer::Passed);
}

#[test]
fn a_key_that_leaves_the_policy_counts_no_more() {
    let mut world = with_release();
    world
        .attest("r1", "builder", provenance(BUILDER), &token("ci"))
        .unwrap();
    let before = world.state.policy().unwrap().environment_digest(&is("dev"));
    let mut rotated = gated();
    rotated.keys.insert(is("builder"), key("builder-2"));
    world.adopt(rotated, &oidc("alice")).unwrap();
    assert_eq!(answer(&mut world, "r1").0, Answer::Waiting);
    let after = world.state.policy().unwrap().environment_digest(&is("dev"));
    assert_ne!(before, after, "approvals under another key are void");
}

#[test]
fn an_evidence_gate_takes_what_its_key_signed_and_nothing_else_that_is_signed() {
    let rule = EvidenceRule {
        from: who(&["qa"]),
        keys: vec![is("scanner")],
        per: Per::Image,
        ..evidence(EvidenceKind::Scan)
    };
    let rule = EvidenceRule {
        max: [(liftlock_core::policy::Figure::Critical, 0)].into(),
        ..rule
    };
    let mut world = World::with(with_keys(policy(vec![
        env("dev").gate("scan", GateRule::Evidence(rule)),
    ])));
    world.release("r1");
    let scan = |findings: &[_], key| Found {
        predicate: is("https://in-toto.io/attestation/vulns/v0.2"),
        report: Some(found_report("scan", findings, &["api r1"])),
        ..attested("api r1", key, json!({ "findings": findings.len() }))
    };
    let mut record = |found: Found| {
        let command = Command::RecordAttested {
            release: is("r1"),
            found: vec![found],
            gate: None,
        };
        world.go(&command, &token("ci")).unwrap()
    };
    assert_eq!(record(scan(&[], "builder")), []);
    let events = record(scan(&[], "scanner"));
    let [Event::EvidenceAdded(content)] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!(content.finding, None::<Finding>);
    let verdict = |world: &World| world.verdict("r1", "dev", "scan").0;
    assert_eq!(verdict(&world), Answer::Passed);
    let again = Command::RecordAttested {
        release: is("r1"),
        found: vec![scan(&[], "scanner")],
        gate: None,
    };
    assert_eq!(world.go(&again, &token("ci")), Ok(Vec::new()));
    // A newer one counts, whatever it says.
    let critical = [("CVE-X", liftlock_core::policy::Severity::Critical, 1)];
    let command = Command::RecordAttested {
        release: is("r1"),
        found: vec![scan(&critical, "scanner")],
        gate: None,
    };
    world.go(&command, &token("ci")).unwrap();
    assert_eq!(verdict(&world), Answer::Blocked);
}

#[test]
fn only_what_gates_want_is_looked_for() {
    let mut world = with_release();
    let found = wanted(&world.state, &is("r1"), &is("dev")).unwrap();
    assert_eq!(found.len(), 1);
    let types: Vec<_> = found[0].types.keys().map(PredicateType::as_uri).collect();
    assert_eq!(types, ["https://slsa.dev/provenance/v1"]);
    assert_eq!(
        wanted(&world.state, &is("r1"), &is("production")).unwrap(),
        []
    );
    assert!(wanted(&world.state, &is("r9"), &is("dev")).is_err());
    world.release("r2");
    assert_eq!(
        wanted(&world.state, &is("r2"), &is("dev")).unwrap().len(),
        1
    );
}

#[test]
fn a_policy_that_cannot_work_is_refused() {
    for (rule, word) in [
        (signed(&[("/a", &[])]), "nothing is allowed"),
        (signed(&[("/a", &["*"])]), "leave the condition out"),
        (signed(&[("/a", &["x"]), ("/a", &["y"])]), "is there twice"),
        (
            liftlock_core::policy::SignatureRule {
                keys: Vec::new(),
                ..signed(&[])
            },
            "`key` is needed",
        ),
        (
            liftlock_core::policy::SignatureRule {
                keys: vec![is("nobody")],
                ..signed(&[])
            },
            "no key nobody",
        ),
    ] {
        let policy = with_keys(policy(vec![
            env("dev").gate("provenance", GateRule::Signature(rule)),
        ]));
        let problems: Vec<_> = policy.problems().into_iter().map(|p| p.message).collect();
        assert!(problems.iter().any(|p| p.contains(word)), "{problems:?}");
    }
    let manual = EvidenceRule {
        keys: vec![is("scanner")],
        ..evidence(EvidenceKind::Manual)
    };
    let twice = policy(vec![
        env("dev").gate("x", GateRule::Evidence(manual)),
        env("production").gate("x", GateRule::Signature(signed(&[]))),
    ]);
    let problems: Vec<_> = twice.problems().into_iter().map(|p| p.message).collect();
    assert!(
        problems
            .iter()
            .any(|p| p.contains("not read from attestations")),
        "{problems:?}"
    );
    assert!(
        problems.iter().any(|p| p.contains("one name is one thing")),
        "{problems:?}"
    );
}

#[test]
fn signed_tests_of_a_release_are_recorded_once() {
    let rule = EvidenceRule {
        keys: vec![is("scanner")],
        ..evidence(EvidenceKind::Tests)
    };
    let dev = env("dev").gate("tests", GateRule::Evidence(rule));
    let mut world = World::with(with_keys(policy(vec![dev])));
    world.release("r1");
    let found = || Found {
        predicate: is("https://in-toto.io/attestation/test-result/v0.1"),
        report: Some(liftlock_core::evidence::ReportFacts {
            kind: EvidenceKind::Tests,
            finding: Some(Finding::Passed),
            ..found_report("tests", &[], &["api r1"])
        }),
        ..attested("api r1", "scanner", json!({}))
    };
    let command = || Command::RecordAttested {
        release: is("r1"),
        found: vec![found()],
        gate: None,
    };
    assert_eq!(world.go(&command(), &token("ci")).unwrap().len(), 1);
    assert_eq!(world.go(&command(), &token("ci")), Ok(Vec::new()));
    let (answer, reason) = world.verdict("r1", "dev", "tests");
    assert_eq!(answer, Answer::Passed);
    assert!(reason.contains("signed by scanner"), "{reason}");
}

#[test]
fn what_is_said_of_one_image_is_not_said_of_all_that_are_released_with_it() {
    let rule = EvidenceRule {
        keys: vec![is("scanner")],
        ..evidence(EvidenceKind::Tests)
    };
    let dev = env("dev")
        .gate("tests", GateRule::Evidence(rule))
        .gate("provenance", GateRule::Signature(signed(&[])));
    let mut world = World::with(with_web(with_keys(policy(vec![dev]))));
    world.release("r1");
    let tests = |subjects: &[&str], beside: &str| Found {
        predicate: is("https://in-toto.io/attestation/test-result/v0.1"),
        subjects: subjects.iter().map(|image| digest(image)).collect(),
        statement: digest(&format!("tests of {subjects:?}")),
        report: Some(liftlock_core::evidence::ReportFacts {
            kind: EvidenceKind::Tests,
            finding: Some(Finding::Passed),
            ..found_report("tests", &[], &[beside])
        }),
        ..attested(beside, "scanner", json!({}))
    };
    let both = ["api r1", "web r1"];
    let mut record = |found: Vec<Found>| {
        let (release, gate) = (is("r1"), None);
        let command = Command::RecordAttested {
            release,
            found,
            gate,
        };
        world.go(&command, &token("ci")).unwrap().len()
    };
    assert_eq!(record(vec![tests(&["api r1"], "api r1")]), 0);
    // The same statement lies beside both.
    let beside_both = || both.map(|image| tests(&both, image)).to_vec();
    assert_eq!(record(beside_both()), 1);
    assert_eq!(record(beside_both()), 0);
    // A provenance of both images is one statement, and counts for each of them.
    let provenance = |beside: &str| Found {
        subjects: both.map(digest).to_vec(),
        statement: digest("provenance of both"),
        ..attested(beside, "builder", json!({}))
    };
    assert_eq!(record(vec![provenance("api r1")]), 1);
    assert_eq!(record(both.map(provenance).to_vec()), 1);
    assert_eq!(world.verdict("r1", "dev", "tests").0, Answer::Passed);
    assert_eq!(world.verdict("r1", "dev", "provenance").0, Answer::Passed);
}
