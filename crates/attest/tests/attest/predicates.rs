use liftlock_attest::predicates::{
    Provenance, ResourceDescriptor, TestResult, VerificationSummary, Verifier, Vulns,
};
use liftlock_attest::{DigestSet, Predicate, PredicateError, Statement, Subject};
use liftlock_oci::Digest;
use serde_json::{Value, json};

use crate::samples::{image, statement};

fn stating(predicate_type: &str, predicate: Value) -> Statement {
    Statement {
        subjects: vec![Subject::image("", image())],
        predicate_type: predicate_type.to_owned(),
        predicate,
    }
}

#[test]
fn a_predicate_reads_only_as_its_own_type() {
    assert!(statement().predicate::<TestResult>().is_ok());
    let error = statement().predicate::<Vulns>().unwrap_err();
    assert!(matches!(error, PredicateError::Type { .. }), "{error}");
    let error = stating(
        TestResult::TYPE,
        json!({"result": "GREAT", "configuration": []}),
    );
    let error = error.predicate::<TestResult>().unwrap_err();
    assert!(
        error.to_string().contains("unknown variant `GREAT`"),
        "{error}"
    );
}

#[test]
fn a_summary_that_can_be_made_has_passed() {
    let policy = ResourceDescriptor {
        digest: Some(DigestSet::of(Digest::of(b"policy"))),
        ..ResourceDescriptor::default()
    };
    let verifier = Verifier {
        id: "https://liftlock.dev".to_owned(),
        version: [("liftlock".to_owned(), "0.1.0".to_owned())].into(),
    };
    let made = |inputs| {
        VerificationSummary::passed(
            verifier.clone(),
            "2026-01-31T09:00:00Z".to_owned(),
            "oci://registry.example.com/shop?pipeline=shop&environment=production".to_owned(),
            policy.clone(),
            inputs,
            vec!["SLSA_BUILD_LEVEL_UNEVALUATED".to_owned()],
        )
    };
    let input = ResourceDescriptor {
        name: Some("a name".to_owned()),
        media_type: Some("text/plain".to_owned()),
        ..policy.clone()
    };
    let summary = made(vec![input]).unwrap();
    let written = Statement::new(Subject::image("", image()), &summary).unwrap();
    assert_eq!(
        written.predicate,
        json!({
            "verifier": { "id": "https://liftlock.dev" },
            "timeVerified": "2026-01-31T09:00:00Z",
            "resourceUri": "oci://registry.example.com/shop?pipeline=shop&environment=production",
            "policy": { "digest": { "sha256": Digest::of(b"policy").hex() } },
            "inputAttestations": [{ "digest": { "sha256": Digest::of(b"policy").hex() } }],
            "verificationResult": "PASSED",
            "verifiedLevels": ["SLSA_BUILD_LEVEL_UNEVALUATED"],
            "slsaVersion": "1.1",
        })
    );
    let read: VerificationSummary = written.predicate().unwrap();
    assert!(read.has_passed());
    assert_eq!(read, summary);
    assert!(made(vec![policy.clone(); 1001]).is_none());
}

#[test]
fn a_summary_that_failed_in_either_way_has_not_passed() {
    let summary = |result: &str, level: &str| {
        let statement = stating(
            VerificationSummary::TYPE,
            json!({
                "verifier": { "id": "x" }, "timeVerified": "", "resourceUri": "", "policy": {},
                "verificationResult": result, "verifiedLevels": [level],
            }),
        );
        statement
            .predicate::<VerificationSummary>()
            .unwrap()
            .has_passed()
    };
    assert!(summary("PASSED", "SLSA_BUILD_LEVEL_3"));
    assert!(!summary("PASSED", "FAILED"));
    assert!(!summary("FAILED", "SLSA_BUILD_LEVEL_3"));
}

fn provenance(external: Value) -> Provenance {
    let predicate = json!({
        "buildDefinition": {
            "buildType": "https://actions.github.io/buildtypes/workflow/v1",
            "externalParameters": external,
            "internalParameters": { "anything": [1, 2] },
            "resolvedDependencies": [{ "uri": "git+https://x", "digest": { "gitCommit": "abc" } }],
        },
        "runDetails": {
            "builder": { "id": "https://github.com/actions/runner/github-hosted" },
            "metadata": { "invocationId": "1" },
        },
    });
    stating(Provenance::TYPE, predicate).predicate().unwrap()
}

#[test]
fn provenance_names_builder_build_type_and_source() {
    let read = provenance(json!({ "workflow": { "repository": "https://x", "ref": "main" } }));
    assert_eq!(
        read.builder_id(),
        "https://github.com/actions/runner/github-hosted"
    );
    assert_eq!(
        read.build_type(),
        "https://actions.github.io/buildtypes/workflow/v1"
    );
    assert_eq!(read.source(), Some("https://x"));
    let commit = read.resolved_dependencies()[0].digest.as_ref().unwrap();
    assert_eq!(commit.get("gitCommit"), Some("abc"));
}

#[test]
fn a_source_that_nobody_can_tell_is_none() {
    for (external, expected) in [
        (json!({ "source": "git+https://x" }), Some("git+https://x")),
        (
            json!({ "source": { "uri": "git+https://x" } }),
            Some("git+https://x"),
        ),
        (
            json!({ "configSource": { "uri": "https://x#main" } }),
            Some("https://x#main"),
        ),
        (
            json!({ "source": "a", "configSource": { "uri": "b" } }),
            None,
        ),
        (json!({ "repository": "a" }), None),
        (json!([]), None),
        (Value::Null, None),
    ] {
        assert_eq!(
            provenance(external.clone()).source(),
            expected,
            "{external}"
        );
    }
}
