//! Gates that want something signed, and an environment that signs.

use std::collections::BTreeSet;

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
    s.heading("With the log's key, that it is in the ledger too");
    s.quietly(&["log", "export", "early"]);
    let log_key = ["--log-key", "early/log-key"];
    let place = ["--environment", "production", "--key", key];
    let proven = [&["verify", image.as_str()][..], &place, &log_key].concat();
    s.ends(0, &proven);
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
    let again = "3 attestations verified again, and as recorded\n";
    assert!(audit.stdout.contains(again), "{audit:?}");
    // The policy of that time had the key.
    s.quietly(&[&["key", "generate", "other", "--out", "keys"][..], &PASS].concat());
    s.world
        .write_pipeline(&PIPELINE.replace("keys/builder.pub", "keys/other.pub"));
    s.quietly(&["policy", "apply"]);
    s.quietly(&["log", "export", "later"]);
    let audit = s.quietly(&["log", "verify", "later"]);
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

/// Approved by bob and promoted to production, and signed there.
fn promoted() -> (Scenario, String) {
    let mut s = signing();
    let image = s.world.reference("shop/api", "r1");
    attest(&s, PROVENANCE_TYPE, "provenance");
    attest(&s, TESTS_TYPE, "tests");
    let promote = ["promote", image.as_str(), "--to", "production"];
    s.world.run(LIFTLOCK, &promote);
    let approve = [
        "approve",
        "r1",
        "--to",
        "production",
        "--as",
        "bob",
        "--yes",
    ];
    s.quietly(&approve);
    s.world.set("LIFTLOCK_KEY_PASSPHRASE", "correct horse");
    s.quietly(&promote);
    s.world
        .write("log-key.txt", &s.quietly(&["log", "key"]).stdout);
    (s, image)
}

/// What is beside the image, as `verify` reads it with the log's key.
fn verified(s: &Scenario, image: &str) -> (i32, serde_json::Value) {
    let key = ".liftlock/keys/production.pub";
    let words = ["verify", image, "--environment", "production", "--key", key];
    let log_key = ["--log-key", "log-key.txt", "--json"];
    let output = s.world.run(LIFTLOCK, &[&words[..], &log_key].concat());
    let mut json: serde_json::Value = serde_json::from_str(&output.stdout).expect("JSON");
    (output.code, json["result"].take())
}

/// One image, no gates: what signing adds to a promotion, beside the requests that
/// `registry::attestations::attach` and `attach_proof` promise.
#[test]
fn signing_a_promotion_adds_the_requests_that_are_promised() {
    let counted = |sign: &str| {
        let mut s = with_key();
        s.world.write_pipeline(&format!(
            r#"version: 1
pipeline: shop
identity: claimed
image: REGISTRY/shop/api
keys: {{ production: .liftlock/keys/production.pub }}
environments:
  production: {{ tags: [production], {sign} gates: none }}
"#
        ));
        s.push("shop/api", "r1", "r1");
        s.quietly(&[&["key", "import", "production", "cosign.key"][..], &PASS].concat());
        s.world.set("LIFTLOCK_KEY_PASSPHRASE", "correct horse");
        let image = s.world.reference("shop/api", "r1");
        s.quietly(&["release", "create", "r1", &image]);
        s.world.registry().take_requests();
        s.quietly(&["promote", "r1", "--to", "production"]);
        let requests = s.world.registry().take_requests();
        requests
            .into_iter()
            .map(|r| format!("{} {}", r.method, r.target))
            .collect::<Vec<_>>()
    };
    let (plain, signed) = (counted(""), counted("sign: production,"));
    // The image's manifest is read for its tag anyway. For each of the two statements, as a referrer: configuration, bundle,
    // manifest, the list; under `.att`: reading, envelope, configuration, writing, reading back.
    // The proof: configuration, two files, manifest, the list.
    let promised = 2 * (4 + 5) + 5;
    let added = signed.len().saturating_sub(plain.len());
    assert_eq!(added, promised, "{plain:#?}\n{signed:#?}");
}

/// Manifests that a command writes.
fn writes(s: &Scenario, words: &[&str]) -> usize {
    s.world.registry().take_requests();
    s.quietly(words);
    let requests = s.world.registry().take_requests();
    let writes = requests.iter().filter(|r| r.method == "PUT");
    writes.filter(|r| r.target.contains("/manifests/")).count()
}

#[test]
fn what_was_killed_before_it_was_proven_is_proven_by_the_next_tick() {
    let (s, image) = promoted();
    let (code, first) = verified(&s, &image);
    assert_eq!(code, 0, "{first}");
    assert_eq!(first["proof"]["proven"], true, "{first}");
    assert_eq!(writes(&s, &["tick"]), 0, "it is there");
    let change = |statement: &'static str| {
        let path = s.world.folder().join(".liftlock/state.db");
        crate::states::execute(&path, &[statement]);
    };
    change("UPDATE proofs SET settled = 0");
    assert_eq!(writes(&s, &["tick"]), 1, "the same bytes");
    assert_eq!(verified(&s, &image).1["proof"], first["proof"]);
    change("DELETE FROM proofs");
    assert_eq!(writes(&s, &["tick"]), 1, "as if it was never made");
    assert_eq!(writes(&s, &["tick"]), 0, "and only once");
    assert_eq!(verified(&s, &image).0, 0);
}

#[test]
fn a_proof_that_cannot_be_put_anywhere_fails_no_promotion() {
    let (s, image) = promoted();
    let path = s.world.folder().join(".liftlock/state.db");
    crate::states::execute(&path, &["DELETE FROM proofs"]);
    s.world.registry().go_wrong(&["status=403,on=upload"]);
    let tick = s.world.run(LIFTLOCK, &["tick"]);
    assert_eq!(tick.code, 1, "{tick:?}");
    assert!(
        tick.stdout
            .contains("p1 is not proven beside its images yet"),
        "{tick:?}"
    );
    s.world.registry().go_wrong(&[]);
    assert_eq!(writes(&s, &["tick"]), 1);
    assert_eq!(verified(&s, &image).0, 0);
}

#[test]
fn the_statement_names_where_the_ledger_was() {
    let (s, image) = promoted();
    let (_, json) = verified(&s, &image);
    let stated = &json["statement"]["checkpoint"];
    let size: u64 = stated["size"]
        .as_str()
        .and_then(|size| size.parse().ok())
        .expect("a size");
    // The last entry there was is the one in which its step began: the ledger says the same.
    let state = s.world.folder().join(".liftlock/state.db");
    let last = |statement| crate::states::selected(&state, statement, size - 1);
    let entry = last("SELECT CAST(entry AS TEXT) FROM events WHERE seq = ?1");
    assert!(entry.contains("step-started"), "{entry}");
    let root = last("SELECT lower(hex(root)) FROM events WHERE seq = ?1");
    let named = liftlock_ledger::Hash::from_base64(stated["root"].as_str().expect("a root"));
    assert_eq!(root, named.expect("a hash").hex());
    let proof = json["as_of"]["size"]
        .as_str()
        .and_then(|size| size.parse::<u64>().ok());
    assert!(proof.is_some_and(|proof| proof > size), "{json}");
}

#[test]
fn another_logs_key_proves_nothing() {
    let (s, image) = promoted();
    let other = s.quietly(&["log", "key"]).stdout;
    s.quietly(&[
        "log",
        "key",
        "--name",
        "example.org/other",
        "--state",
        "other.db",
    ]);
    let key = s.quietly(&["log", "key", "--state", "other.db"]).stdout;
    assert_ne!(key, other);
    s.world.write("log-key.txt", &key);
    let (code, json) = verified(&s, &image);
    assert_eq!(
        (code, &json["proof"]["proven"]),
        (3, &false.into()),
        "{json}"
    );
}

#[test]
fn what_is_live_is_signed_again_with_a_new_key() {
    let mut s = crate::bundles::here();
    let image = s.world.reference("shop/api", "r1");
    let rotate = ["key", "rotate", "production"];
    s.heading("What cannot be signed again replaces nothing");
    s.world.registry().go_wrong(&["status=403,on=manifest"]);
    let refused = s.world.run(LIFTLOCK, &rotate);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(
        refused.stderr.contains("nothing was replaced"),
        "{refused:?}"
    );
    s.world.registry().go_wrong(&[]);
    let verify = |key: &str| {
        let words = [
            "verify",
            &image,
            "--environment",
            "production",
            "--key",
            key,
        ];
        s.world.run(LIFTLOCK, &words)
    };
    let public = ".liftlock/keys/production.pub";
    assert_eq!(verify(public).code, 0);
    let would = s.quietly(&[&rotate[..], &["-n"]].concat());
    assert!(
        would
            .stdout
            .contains("would sign: 2 statements about r1 in production"),
        "{would:?}"
    );
    let rotated = s.quietly(&rotate);
    assert!(
        rotated
            .stdout
            .contains("signed again: 2 statements about r1"),
        "{rotated:?}"
    );
    assert!(
        rotated.stdout.contains("went on with the key"),
        "{rotated:?}"
    );
    // Both keys are witnesses now, and say the same, as of the same place of the ledger.
    let stated = |key: &str| -> BTreeSet<String> {
        let words = ["image", "attestations", &image, "--key", key, "--json"];
        let found = s.world.run(LIFTLOCK, &words).json()["result"]["attestations"].take();
        let found = found.as_array().expect("a list").iter();
        let by_it = found.filter(|one| one["signed_by"].is_string());
        by_it.map(|one| one["signed"].to_string()).collect()
    };
    let (new, old) = (
        stated(public),
        stated(".liftlock/keys/production-ed5ab0d7ee16.pub"),
    );
    assert!(new.is_subset(&old) && new.len() == 2, "{new:?} {old:?}");
    let named = new.iter().filter(|one| one.contains("\"checkpoint\""));
    assert_eq!(named.count(), 1, "{new:?}");
    for key in [public, ".liftlock/keys/production-ed5ab0d7ee16.pub"] {
        let verified = verify(key);
        assert_eq!(verified.code, 0, "{key}: {verified:?}");
    }
    s.quietly(&["policy", "apply"]);
    s.push("shop/api", "r2", "r2");
    s.quietly(&[
        "promote",
        &s.world.reference("shop/api", "r2"),
        "--to",
        "production",
    ]);
    s.quietly(&["log", "verify"]);
    // What does not stand is not stated again.
    s.quietly(&["incident", "open", "production", "--reason", "it is slow"]);
    let rotated = s.quietly(&[&rotate[..], &["--json"]].concat());
    let live = &rotated.json()["result"]["live"][0];
    assert_eq!(live["statements"], 0);
    assert!(live["against"].is_string(), "{live}");
}
