//! The story of the golden stream of what came signed.

use liftlock_core::Command;
use liftlock_core::attestation::Found;
use liftlock_core::policy::{EvidenceKind, EvidenceRule, GateRule};
use serde_json::json;

use crate::actors::{oidc, token};
use crate::build::{env, evidence, is, policy, signed, with_keys};
use crate::world::{World, attested, found_report};

/// Dev wants a provenance of our builder, and a scan that the scanner has signed; the provenance
/// is revoked, and another one found.
pub(crate) fn signatures() -> World {
    let provenance = signed(&[("/builder", &["ci", "ci-*"]), ("/runs", &["3"])]);
    let scan = EvidenceRule {
        keys: vec![is("scanner")],
        max: [(liftlock_core::policy::Figure::Critical, 0)].into(),
        ..evidence(EvidenceKind::Scan)
    };
    let dev = env("dev")
        .gate("provenance", GateRule::Signature(provenance))
        .gate("scan", GateRule::Evidence(scan));
    let mut world = World::with(with_keys(policy(vec![dev])));
    world.release("r1");
    let scan = Found {
        predicate: is("https://in-toto.io/attestation/vulns/v0.2"),
        report: Some(found_report("scan", &[], &["api r1"])),
        ..attested("api r1", "scanner", json!({}))
    };
    let said = json!({ "builder": "ci-7", "runs": 3 });
    let found = vec![scan, attested("api r1", "builder", said)];
    let command = Command::RecordAttested {
        release: is("r1"),
        found,
        gate: None,
    };
    world.go(&command, &token("ci")).unwrap();
    world.promote("r1", "dev");
    let revoke = Command::RevokeEvidence {
        id: liftlock_core::EvidenceId(2),
        reason: "that builder was taken over".to_owned(),
    };
    world.go(&revoke, &oidc("alice")).unwrap();
    let said = json!({ "builder": "ci", "runs": 3, "more": [1] });
    world.attest("r1", "builder", said, &token("ci")).unwrap();
    world
}
