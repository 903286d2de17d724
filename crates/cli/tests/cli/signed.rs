//! Gates that want something signed, and an environment that signs.

use crate::keys::{PASS, with_key};
use crate::scenario::{LIFTLOCK, Scenario};

/// Our builder's provenance lets in; what is let in and checked is signed with production's key.
const PIPELINE: &str = r#"version: 1
pipeline: shop
identity: claimed
image: REGISTRY/shop/api
keys:
  builder: keys/builder.pub
  production: .liftlock/keys/production.pub
environments:
  production:
    tags: [production]
    sign: production
    gates:
      provenance: { signature: "https://slsa.dev/provenance/v1", key: builder, where: { /runDetails/builder/id: "https://ci.example.com/*" } }
      unit-tests: { evidence: tests, key: builder }
      sign-off: { approval: bob }
    checks:
      smoke: { command: ["true"], within: 30s }
"#;

const PROVENANCE: &str = r#"{"runDetails":{"builder":{"id":"https://ci.example.com/7"}}}"#;
const ELSEWHERE: &str = r#"{"runDetails":{"builder":{"id":"https://laptop.example.com"}}}"#;
const TESTS: &str = r#"{"result":"PASSED","configuration":[],"passedTests":["a","b"]}"#;

/// With both keys, and an image `r1`.
fn signing() -> Scenario {
    let mut s = with_key();
    for (name, content) in [
        ("provenance", PROVENANCE),
        ("elsewhere", ELSEWHERE),
        ("tests", TESTS),
    ] {
        s.world.write(format!("{name}.json"), content);
    }
    s.world.write_pipeline(PIPELINE);
    s.push("shop/api", "r1", "r1");
    let generate = |name: &'static str, out: &'static str| {
        [&["key", "generate", name, "--out", out][..], &PASS].concat()
    };
    s.quietly(&generate("builder", "keys"));
    s.quietly(&[&["key", "import", "production", "cosign.key"][..], &PASS].concat());
    s
}

fn attest(s: &Scenario, what: &str, predicate: &str) {
    let image = s.world.reference("shop/api", "r1");
    let file = format!("{predicate}.json");
    let attest = [
        "image",
        "attest",
        &image,
        "--key",
        "keys/builder.key",
        "--type",
        what,
        "--predicate",
        &file,
    ];
    s.quietly(&[&attest[..], &PASS].concat());
}

const PROVENANCE_TYPE: &str = "https://slsa.dev/provenance/v1";
const TESTS_TYPE: &str = "https://in-toto.io/attestation/test-result/v0.1";

#[test]
fn what_a_key_signed_lets_in_and_what_is_let_in_is_signed() {
    let mut s = signing();
    let image = s.world.reference("shop/api", "r1");
    let promote = ["promote", image.as_str(), "--to", "production"];
    s.ends(4, &promote);
    s.heading("A provenance of another builder");
    attest(&s, PROVENANCE_TYPE, "elsewhere");
    s.ends(3, &["plan", "r1", "--to", "production"]);
    s.ends(3, &promote);
    s.heading("Ours, and signed tests");
    attest(&s, PROVENANCE_TYPE, "provenance");
    s.ends(4, &["promote", "r1", "--to", "production", "-n"]);
    s.ends(4, &promote);
    attest(&s, TESTS_TYPE, "tests");
    s.ends(4, &promote);
    s.ends(0, &["evidence", "list", "r1"]);
    s.ends(
        0,
        &[
            "approve",
            "r1",
            "--to",
            "production",
            "--as",
            "bob",
            "--yes",
        ],
    );
    s.heading("What cannot be looked at now could be a scan that fails");
    let registry = s.world.registry();
    registry.go_wrong(&["status=403,on=referrers"]);
    s.ends(4, &promote);
    s.world.registry().go_wrong(&[]);
    s.heading("Where the key cannot be opened, nothing is begun");
    s.refused(1, &promote);
    s.world.set("LIFTLOCK_KEY_PASSPHRASE", "correct horse");
    s.ends(0, &promote);
    let key = ".liftlock/keys/production.pub";
    s.ends(
        0,
        &[
            "verify",
            &image,
            "--environment",
            "production",
            "--key",
            key,
        ],
    );
    let read = |words: &[&str]| s.world.run(LIFTLOCK, words);
    let place = ["--environment", "production", "--key", "keys/builder.pub"];
    let other = read(&[&["verify", image.as_str()][..], &place].concat());
    assert_eq!(other.code, 3, "{other:?}");
    let beside = read(&["image", "attestations", &image, "--key", key]);
    assert_eq!(
        beside.stdout.matches("good, signed by").count(),
        6,
        "{beside:?}"
    );
    s.heading("A revoked provenance takes it away");
    let reason = ["--reason", "the builder was taken over"];
    s.ends(0, &[&["evidence", "revoke", "e2"][..], &reason].concat());
    s.ends(3, &["verify", &image, "--environment", "production"]);
    s.ends(0, &["log", "verify"]);
    s.quietly(&["log", "export", "exported"]);
    let audit = s.quietly(&["log", "verify", "exported"]);
    let again = "3 attestations verified again, and as recorded; 0 cannot be checked again";
    assert!(audit.stdout.contains(again), "{audit:?}");
    s.end("signed");
}

/// Neither a deployment nor a check: the tags that were read back are what is verified.
#[test]
fn where_only_tags_move_the_signed_statement_says_that_they_did() {
    let mut s = with_key();
    s.world.write_pipeline(
        r#"version: 1
pipeline: shop
identity: claimed
image: REGISTRY/shop/api
keys: { production: .liftlock/keys/production.pub }
environments:
  production: { tags: [production], sign: production, gates: none }
"#,
    );
    s.push("shop/api", "r1", "r1");
    s.quietly(&[&["key", "import", "production", "cosign.key"][..], &PASS].concat());
    s.world.set("LIFTLOCK_KEY_PASSPHRASE", "correct horse");
    let image = s.world.reference("shop/api", "r1");
    s.ends(0, &["promote", &image, "--to", "production"]);
    let key = ["--key", ".liftlock/keys/production.pub"];
    let verify = ["verify", image.as_str(), "--environment", "production"];
    s.ends(0, &[&verify[..], &key[..]].concat());
    s.end("signed_tags");
}
