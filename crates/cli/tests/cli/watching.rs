//! What is current is watched: its checks go on, and an incident may bring the last release back.

use crate::scenario::Scenario;

const PIPELINE: &str = r"version: 1
pipeline: shop
identity: claimed
image: REGISTRY/shop/api
environments:
  production:
    tags: [production]
    gates: none
    deploy: { command: [./deploy.sh], within: 30s }
    checks:
      health: { command: [./check.sh], within: 30s, every: 1s }
    rollback: { on: [check, incident], within: 1h }
";

#[test]
fn an_incident_soon_after_a_promotion_rolls_back_by_itself() {
    let mut s = Scenario::new();
    s.world.write_programs();
    s.world.write_pipeline(PIPELINE);
    for name in ["r1", "r2"] {
        s.push("shop/api", name, name);
        let image = s.world.reference("shop/api", name);
        s.quietly(&["release", "create", name, &image]);
        s.quietly(&["promote", name, "--to", "production"]);
    }
    let open = ["incident", "open", "production", "--reason", "orders fail"];
    s.ends(0, &open);
    s.ends(0, &["tick", "--quiet"]);
    s.ends(0, &["history", "--to", "production"]);
    s.heading("Never from a rollback");
    s.quietly(&open);
    s.ends(0, &["tick", "--quiet"]);
    let output = s.quietly(&["status"]);
    assert!(
        output.stdout.contains("a person must act in production"),
        "{output:?}"
    );
    s.end("incident_rollback");
}

#[test]
fn watching_goes_on_for_as_long_as_it_is_told_to() {
    let mut s = Scenario::new();
    s.world.write_programs();
    s.world.write_pipeline(PIPELINE);
    s.push("shop/api", "r1", "r1");
    let image = s.world.reference("shop/api", "r1");
    s.quietly(&["release", "create", "r1", &image]);
    s.quietly(&["promote", "r1", "--to", "production"]);
    s.refused(2, &["watch", "prod", "--for", "1s"]);
    let output = s.quietly(&["watch", "production", "--for", "2s", "--json"]);
    let lines: Vec<serde_json::Value> = output
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect();
    let (last, ticks) = lines.split_last().expect("a line");
    let checks = last["result"]["checks"].as_u64().expect("a count");
    assert!(checks >= 1, "{last}");
    let seen = ticks
        .iter()
        .filter_map(|tick| tick["result"]["observations"].as_array())
        .flatten();
    assert_eq!(seen.count() as u64, checks);
    let status = s.quietly(&["status"]).stdout;
    assert!(
        status.contains("production: check health every 1s: passed"),
        "{status}"
    );
}

const SOAKING: &str = r"version: 1
pipeline: shop
identity: claimed
image: REGISTRY/shop/api
environments:
  staging:
    tags: [staging]
    gates: none
    checks:
      health: { command: [./check.sh], within: 30s, every: 1s }
  production:
    after: staging
    tags: [production]
    gates: { soak: { soak: 2s } }
";

#[test]
fn what_was_watched_is_soak_and_is_compared_with_what_was_kept() {
    let mut s = Scenario::new();
    s.world.write_programs();
    s.world.write_pipeline(SOAKING);
    s.push("shop/api", "r1", "r1");
    let image = s.world.reference("shop/api", "r1");
    s.quietly(&["release", "create", "r1", &image]);
    s.quietly(&["promote", "r1", "--to", "staging"]);
    s.quietly(&["watch", "staging", "--for", "4s"]);
    let there = s.quietly(&["promote", "r1", "--to", "production", "--wait=1m"]);
    assert!(there.stdout.contains("production"), "{there:?}");
    let verified = s.quietly(&["log", "verify", "--json"]).stdout;
    let verified: serde_json::Value = serde_json::from_str(&verified).expect("a document");
    let watched = &verified["result"]["watched"];
    assert!(watched["stretches"].as_u64() >= Some(1), "{verified}");
    assert_eq!(watched["stretches"], watched["compared"], "{verified}");
    assert_eq!(verified["result"]["verified"], true, "{verified}");
}
