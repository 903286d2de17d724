//! Overrides: asked for, confirmed, used, and looked at again.

use crate::scenario::Scenario;

const SHOP: &str = r#"version: 1
pipeline: shop
identity: claimed
image: REGISTRY/shop/api
people:
  alice: ["user:alice"]
  bob: ["user:bob"]
groups:
  leads: [alice, bob]
environments:
  production:
    tags: [production]
    gates:
      tests: { evidence: tests, from: ci }
    override: { by: leads, max: 24h }
"#;

#[test]
fn two_persons_pass_a_gate_and_someone_looks_at_it_again() {
    let mut s = Scenario::new();
    s.world.write_pipeline(SHOP);
    s.push("shop/api", "r1", "r1");
    let image = s.world.reference("shop/api", "r1");
    s.quietly(&["release", "create", "r1", &image]);
    s.quietly(&["evidence", "add", "r1", "tests", "--fail", "--as", "ci"]);
    let promote = ["promote", "r1", "--to", "production", "--quiet"];
    s.refused(3, &promote);
    let of = |gate: &'static str, by: &'static str| {
        let words = ["override", "request", "r1", "--to", "production"];
        let rest = ["--gate", gate, "--reason", "the outage", "--as", by];
        [&words[..], &rest[..]].concat()
    };
    s.refused(3, &of("tests", "mallory"));
    s.refused(2, &of("soak", "alice"));
    s.refused(2, &[&of("tests", "alice")[..], &["--for", "48h"]].concat());
    s.ends(0, &[&of("tests", "alice")[..], &["--dry-run"]].concat());
    s.ends(0, &[&of("tests", "alice")[..], &["--for", "2h"]].concat());
    s.refused(3, &of("tests", "bob"));
    s.ends(0, &["override", "list"]);
    s.ends(3, &["plan", "r1", "--to", "production"]);
    s.refused(3, &["override", "confirm", "o1", "--as", "alice"]);
    s.refused(2, &["override", "confirm", "o7", "--as", "bob"]);
    s.ends(0, &["override", "confirm", "o1", "--as", "bob", "-n"]);
    s.ends(0, &["override", "confirm", "o1", "--as", "bob"]);
    s.ends(0, &["plan", "r1", "--to", "production"]);
    s.ends(0, &promote);
    s.ends(0, &["status"]);
    s.ends(0, &["history"]);
    s.json(0, &["override", "list"]);
    let review = |by: &'static str| {
        let words = ["override", "review", "o1", "--finding", "was needed"];
        [&words[..], &["--as", by]].concat()
    };
    s.refused(3, &review("alice"));
    s.ends(0, &review("bob"));
    s.ends(0, &["override", "list"]);
    s.ends(0, &["override", "list", "--all"]);
    s.end("overrides");
}

#[test]
fn a_changed_file_says_what_it_would_do_to_what_waits() {
    let mut s = Scenario::new();
    let signed = SHOP.replace(
        "tests: { evidence: tests, from: ci }",
        "sign-off: { approval: leads, exclude: [] }\n      tests: { evidence: tests, from: ci }",
    );
    s.world.write_pipeline(&signed);
    s.push("shop/api", "r1", "r1");
    let image = s.world.reference("shop/api", "r1");
    s.quietly(&["release", "create", "r1", &image]);
    s.quietly(&["promote", "r1", "--to", "production", "--detach"]);
    s.quietly(&[
        "approve",
        "r1",
        "--to",
        "production",
        "--yes",
        "--as",
        "alice",
    ]);
    let changed = signed
        .replace(
            "approval: leads, exclude: []",
            "approval: leads, exclude: [], count: 2",
        )
        .replace("tests: { evidence: tests", "smoke: { evidence: tests");
    s.world.write_pipeline(&changed);
    s.ends(2, &["policy", "diff"]);
    s.json(2, &["policy", "diff"]);
    s.end("policy_effects");
}
