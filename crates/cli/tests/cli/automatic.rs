//! What environments take by themselves, holds and incidents.

use crate::scenario::Scenario;

/// Development takes each release, staging what is verified there.
const CHAIN: &str = r"version: 1
pipeline: shop
identity: claimed
image: REGISTRY/shop/api
environments:
  development:
    tags: [development]
    gates: none
    auto: true
  staging:
    after: development
    tags: [staging]
    gates: none
    auto: true
    deploy: { command: [./deploy.sh], within: 30s }
    checks:
      health: { command: [./check.sh], within: 30s }
    rollback: { on: [check] }
";

fn chain() -> Scenario {
    let s = Scenario::new();
    s.world.write_programs();
    s.world.write_pipeline(CHAIN);
    s
}

fn released(s: &mut Scenario, name: &str) {
    s.push("shop/api", name, name);
    let image = s.world.reference("shop/api", name);
    s.quietly(&["release", "create", name, &image]);
}

#[test]
fn a_release_goes_all_the_way_by_itself_until_it_is_held() {
    let mut s = chain();
    released(&mut s, "r1");
    s.ends(0, &["tick", "--dry-run"]);
    s.ends(0, &["tick"]);
    s.ends(0, &["history"]);
    s.refused(2, &["hold", "production", "--reason", "x"]);
    s.ends(0, &["hold", "staging", "--reason", "the fair is on", "-n"]);
    s.ends(0, &["hold", "staging", "--reason", "the fair is on"]);
    s.ends(0, &["hold", "staging", "--reason", "the fair is on"]);
    released(&mut s, "r2");
    s.ends(0, &["tick", "--quiet"]);
    s.ends(0, &["status"]);
    s.json(0, &["status", "staging"]);
    s.ends(0, &["resume", "staging", "--dry-run"]);
    s.ends(0, &["resume", "staging"]);
    s.json(0, &["resume", "staging"]);
    s.ends(0, &["tick", "--quiet"]);
    s.ends(
        0,
        &["rollback", "staging", "--reason", "orders fail", "--quiet"],
    );
    released(&mut s, "r3");
    s.ends(0, &["tick", "--quiet"]);
    s.ends(0, &["status"]);
    s.end("automatic");
}

#[test]
fn an_incident_is_opened_and_resolved() {
    let mut s = chain();
    released(&mut s, "r1");
    s.quietly(&["tick"]);
    s.refused(2, &["incident", "open", "prod", "--reason", "x"]);
    let open = ["incident", "open", "staging", "--reason", "orders fail"];
    s.ends(0, &[&open[..], &["-n"]].concat());
    s.ends(0, &open);
    s.ends(0, &open);
    s.json(0, &open);
    s.ends(0, &["status"]);
    s.ends(0, &["incident", "resolve", "staging", "-n"]);
    s.ends(0, &["incident", "resolve", "staging"]);
    s.ends(0, &["incident", "resolve", "staging"]);
    s.ends(0, &["status"]);
    s.end("incident");
}
