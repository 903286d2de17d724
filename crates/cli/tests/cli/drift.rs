//! What is not as it was recorded, and how it is brought back.

use crate::scenario::Scenario;

/// Two environments; what is deployed to the second is written to a file.
const PIPELINE: &str = r"version: 1
pipeline: shop
identity: claimed
image: REGISTRY/shop/api
environments:
  staging:
    tags: [staging]
    gates: none
  production:
    after: staging
    tags: [production, latest]
    gates: none
    deploy: { command: [./deploy.sh], within: 30s }
    checks:
      health: { command: [./check.sh], within: 30s }
    rollback: { on: [check] }
";

#[test]
fn what_has_drifted_is_shown_recorded_once_and_repaired() {
    let mut s = Scenario::new();
    s.world.write_programs();
    s.world.write_pipeline(PIPELINE);
    s.push("shop/api", "r1", "r1");
    let image = s.world.reference("shop/api", "r1");
    s.quietly(&["release", "create", "r1", &image]);
    s.ends(0, &["drift"]);
    s.quietly(&["promote", "r1", "--to", "staging"]);
    s.quietly(&["promote", "r1", "--to", "production"]);
    s.ends(0, &["drift"]);
    s.ends(0, &["drift", "production", "--repair"]);
    s.refused(2, &["drift", "prod"]);
    s.heading("Someone moves a tag");
    let other = s.push("shop/api", "other", "other");
    let registry = s.world.registry();
    registry.move_tag("shop/api", "production", other.digest);
    s.ends(5, &["drift", "production", "-n"]);
    s.ends(5, &["drift", "production"]);
    s.json(5, &["drift", "production"]);
    s.ends(0, &["tick"]);
    s.ends(0, &["status"]);
    s.ends(5, &["drift", "production", "--repair", "-n", "--quiet"]);
    s.ends(0, &["drift", "production", "--repair", "--quiet"]);
    s.ends(0, &["history", "--to", "production"]);
    s.ends(0, &["drift", "production"]);
    s.heading("And puts it right by hand");
    let r1 = s.push("shop/api", "r1", "r1");
    s.world
        .registry()
        .move_tag("shop/api", "staging", other.digest);
    s.ends(0, &["tick"]);
    s.world
        .registry()
        .move_tag("shop/api", "staging", r1.digest);
    s.ends(0, &["tick"]);
    s.heading("What is withdrawn is not brought back without its gates");
    let reason = ["--reason", "errors at checkout"];
    s.quietly(&[&["incident", "open", "production"][..], &reason].concat());
    let registry = s.world.registry();
    registry.move_tag("shop/api", "production", other.digest);
    s.ends(5, &["drift", "production"]);
    s.ends(0, &["status", "production"]);
    s.refused(3, &["drift", "production", "--repair"]);
    s.quietly(&["incident", "resolve", "production"]);
    s.ends(0, &["promote", "r1", "--to", "production", "--quiet"]);
    s.ends(0, &["drift", "production"]);
    s.end("drift_seen");
}
