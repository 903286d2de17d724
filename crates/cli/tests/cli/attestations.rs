//! Statements beside images: signed, listed, and asked whether a promotion is among them.

use crate::keys::{PASS, with_key};
use crate::scenario::{LIFTLOCK, Scenario};

const DEPLOYMENT: &str = "https://liftlock.dev/attestation/deployment/v1";
const SUMMARY: &str = "https://slsa.dev/verification_summary/v1";

const VERIFIED: &str = r#"{
    "resourceUri": "oci://registry.example.com/shop/api?pipeline=shop&environment=production",
    "release": "build-7",
    "releaseDigest": { "sha256": "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a" },
    "promotion": "p4",
    "kind": "promotion",
    "policy": { "digest": { "sha256": "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a" } },
    "requester": { "identity": "user:ann", "person": "ann", "authenticated": false },
    "deployed": true,
    "checks": ["health"],
    "verifiedOn": "2026-01-31T09:00:00Z",
    "checkpoint": { "origin": "liftlock/state", "size": "12", "root": "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=" }
}"#;

const ADMITTED: &str = r#"{
    "verifier": { "id": "https://liftlock.dev" },
    "timeVerified": "2026-01-31T08:59:00Z",
    "resourceUri": "oci://registry.example.com/shop/api?pipeline=shop&environment=production",
    "policy": { "digest": { "sha256": "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a" } },
    "verificationResult": "PASSED",
    "verifiedLevels": ["SLSA_BUILD_LEVEL_UNEVALUATED"]
}"#;

struct Shop {
    s: Scenario,
    image: String,
}

/// An image in a registry, predicates, and a key that nobody trusts.
fn shop() -> Shop {
    let mut s = with_key();
    s.push("shop/api", "build-7", "build-7");
    let image = s.world.reference("shop/api", "build-7");
    s.world.write("verified.json", VERIFIED);
    s.world.write("admitted.json", ADMITTED);
    s.world.write("list.json", "[]");
    s.quietly(&[&["key", "generate", "other", "--out", "."][..], &PASS].concat());
    Shop { s, image }
}

impl Shop {
    fn attest<'a>(&'a self, key: &'a str, kind: &'a str, predicate: &'a str) -> Vec<&'a str> {
        let words = [
            "image",
            "attest",
            &self.image,
            "--key",
            key,
            "--type",
            kind,
            "--predicate",
        ];
        [&words[..], &[predicate], &PASS].concat()
    }
}

#[test]
fn a_statement_is_signed_once_and_listed() {
    let shop = shop();
    let image = shop.image.clone();
    let attest: Vec<String> = words(&shop.attest("cosign.key", DEPLOYMENT, "verified.json"));
    let attest: Vec<&str> = attest.iter().map(String::as_str).collect();
    let mut s = shop.s;
    s.ends(0, &["image", "attestations", &image]);
    s.ends(0, &[&attest[..], &["-n"]].concat());
    assert_eq!(s.world.registry().tags("shop/api").len(), 2 - 1);
    s.ends(0, &[&attest[..], &["--form", "tag"]].concat());
    s.ends(0, &attest);
    s.ends(0, &attest);
    s.json(0, &attest);
    let list = ["image", "attestations", &image];
    s.ends(0, &list);
    s.ends(0, &[&list[..], &["--key", "cosign.pub"]].concat());
    s.ends(
        0,
        &[&list[..], &["--key", "cosign.pub", "--type", DEPLOYMENT]].concat(),
    );
    s.heading("what does not count");
    s.ends(5, &[&list[..], &["--key", "other.pub"]].concat());
    s.ends(
        5,
        &[&list[..], &["--key", "cosign.pub", "--type", SUMMARY]].concat(),
    );
    s.heading("what makes no sense");
    let mut bad = attest.clone();
    bad[6] = "no URI";
    s.refused(2, &bad);
    bad = attest.clone();
    bad[8] = "list.json";
    s.refused(2, &bad);
    bad[8] = "none.json";
    s.refused(1, &bad);
    bad = attest.clone();
    bad[4] = "cosign.pub";
    s.refused(1, &bad);
    s.refused(2, &[&list[..], &["--key", "cosign.key"]].concat());
    s.end("attest");
}

#[test]
fn a_promotion_is_verified_without_state_from_a_registry_and_a_layout() {
    let shop = shop();
    let image = shop.image.clone();
    let signing = [
        ("cosign.key", SUMMARY, "admitted.json"),
        ("other.key", DEPLOYMENT, "verified.json"),
        ("cosign.key", DEPLOYMENT, "verified.json"),
    ];
    let signing = signing.map(|(key, kind, predicate)| words(&shop.attest(key, kind, predicate)));
    let sign = |s: &Scenario, which: usize| {
        let words: Vec<&str> = signing[which].iter().map(String::as_str).collect();
        s.quietly(&words);
    };
    let mut s = shop.s;
    let verify = [
        "verify",
        &image,
        "--environment",
        "production",
        "--key",
        "cosign.pub",
    ];
    s.heading("nothing is there");
    s.ends(3, &verify);
    s.heading("it was admitted, and somebody else says that it was verified");
    sign(&s, 0);
    sign(&s, 1);
    s.ends(3, &verify);
    s.heading("it was verified");
    sign(&s, 2);
    s.ends(0, &verify);
    s.json(0, &verify);
    s.heading("in another environment it was not");
    s.ends(
        3,
        &[
            "verify",
            &image,
            "--environment",
            "staging",
            "--key",
            "cosign.pub",
        ],
    );
    s.heading("a copy carries what is said of it");
    for to in ["oci:copy", "oci:copy.tar"] {
        s.quietly(&["image", "copy", &image, to]);
        let verify = [
            "verify",
            to,
            "--environment",
            "production",
            "--key",
            "cosign.pub",
        ];
        s.ends(0, &verify);
    }
    s.refused(2, &["verify", "oci:copy", "--environment", "production"]);
    s.refused(
        1,
        &[
            "verify",
            "oci:none",
            "--environment",
            "production",
            "--key",
            "cosign.pub",
        ],
    );
    s.refused(
        2,
        &[
            "verify",
            &image,
            "--environment",
            "production",
            "--key",
            "cosign.key",
        ],
    );
    s.end("verify_offline");
}

/// CVE-2022-35929, cosign#5040: signed by the right key, and altered; or about another image.
#[test]
fn a_statement_that_was_altered_is_a_mismatch() {
    let shop = shop();
    let image = shop.image.clone();
    let signing = words(&shop.attest("cosign.key", DEPLOYMENT, "verified.json"));
    let signing: Vec<&str> = signing.iter().map(String::as_str).collect();
    let mut s = shop.s;
    s.quietly(&[&signing[..], &["--form", "referrer"]].concat());
    s.quietly(&["image", "copy", &image, "oci:copy"]);
    alter(&s.world.folder().join("copy"));
    let verify = |image| {
        [
            "verify",
            image,
            "--environment",
            "production",
            "--key",
            "cosign.pub",
        ]
    };
    s.ends(5, &verify("oci:copy"));
    s.json(5, &verify("oci:copy"));
    s.end("verify_altered");
}

/// As jobs of one runner do.
#[test]
fn processes_of_one_machine_lose_none_of_each_others() {
    let shop = shop();
    let (s, image) = (&shop.s, &shop.image);
    let running: Vec<_> = (0..12)
        .map(|n| {
            let predicate = format!("{n}.json");
            s.world.write(&predicate, &format!("{{\"n\":{n}}}"));
            let attest = shop.attest("cosign.key", "https://example.com/n/v1", &predicate);
            s.world.spawn(LIFTLOCK, &attest)
        })
        .collect();
    for process in running {
        let output = process.wait();
        assert_eq!(output.code, 0, "{output:?}");
    }
    let list = [
        "image",
        "attestations",
        image,
        "--key",
        "cosign.pub",
        "--json",
    ];
    let found = s.quietly(&list).json();
    let found = found["result"]["attestations"]
        .as_array()
        .cloned()
        .expect("a list");
    let mut seen: Vec<(String, u64)> = found
        .iter()
        .map(|one| {
            let beside = one["beside"].as_str().expect("a place").to_owned();
            (
                beside,
                one["signed"]["predicate"]["n"].as_u64().expect("a number"),
            )
        })
        .collect();
    seen.sort();
    let both = [".att", "referrer"].map(|form| (0..12).map(move |n| (form.to_owned(), n)));
    let expected: Vec<_> = both.into_iter().flatten().collect();
    assert_eq!(seen, expected);
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Makes `promotion p4` of the bundle in a layout `promotion p5`, with digests that fit.
fn alter(layout: &std::path::Path) {
    use liftlock_oci::Digest;

    let blobs = layout.join("blobs/sha256");
    let find = |part: &str| {
        let mut files = std::fs::read_dir(&blobs)
            .expect("blobs")
            .map(|f| f.expect("a file").path());
        let text = |path: &std::path::PathBuf| std::fs::read_to_string(path).unwrap_or_default();
        let path = files.find(|path| text(path).contains(part)).expect(part);
        (text(&path), path)
    };
    let replace = |part: &str, change: &dyn Fn(&str) -> String| {
        let (text, path) = find(part);
        let changed = change(&text);
        let digest = Digest::of(changed.as_bytes());
        std::fs::write(blobs.join(digest.hex()), &changed).expect("written");
        std::fs::remove_file(&path).expect("removed");
        (Digest::of(text.as_bytes()), digest, changed.len())
    };
    // One character of the payload, in base64.
    let (old, new, _) = replace("\"dsseEnvelope\"", &|text| {
        let (before, rest) = text.split_once("\"payload\":\"").expect("a payload");
        let (payload, after) = rest.split_once('"').expect("its end");
        let at = payload.len() - 12;
        let other = if &payload[at..=at] == "A" { "B" } else { "A" };
        let (head, tail) = (&payload[..at], &payload[at + 1..]);
        format!("{before}\"payload\":\"{head}{other}{tail}\"{after}")
    });
    let (old, new, _) = replace(&old.hex(), &|text| text.replace(&old.hex(), &new.hex()));
    let index = layout.join("index.json");
    let text = std::fs::read_to_string(&index).expect("an index");
    std::fs::write(&index, text.replace(&old.hex(), &new.hex())).expect("written");
}
