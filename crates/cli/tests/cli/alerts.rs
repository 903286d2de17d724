//! Incidents from what Alertmanager sends.

use crate::scenario::Scenario;

const FIRING: &str = include_str!("files/alertmanager-firing.json");
const RESOLVED: &str = include_str!("files/alertmanager-resolved.json");

const PIPELINE: &str = r"version: 1
pipeline: shop
identity: claimed
image: REGISTRY/shop/api
environments:
  production:
    tags: [production]
    gates: none
";

#[test]
fn alerts_open_an_incident_and_resolve_their_own() {
    let mut s = Scenario::new();
    s.world.write_pipeline(PIPELINE);
    s.push("shop/api", "r1", "r1");
    let image = s.world.reference("shop/api", "r1");
    s.quietly(&["promote", &image, "--to", "production"]);
    s.world.write("firing.json", FIRING);
    s.world.write("resolved.json", RESOLVED);
    s.world.write(
        "other.json",
        &RESOLVED.replace("\"groupKey\":\"{}", "\"groupKey\":\"{}/x"),
    );
    let open = |file: &'static str| ["incident", "open", "production", "--alertmanager", file];
    s.ends(0, &open("resolved.json"));
    s.ends(0, &[&open("firing.json")[..], &["--dry-run"]].concat());
    s.ends(0, &open("firing.json"));
    s.ends(0, &open("firing.json"));
    s.ends(0, &["status"]);
    s.ends(0, &open("other.json"));
    s.json(0, &open("resolved.json"));
    s.ends(0, &open("resolved.json"));
    s.quietly(&["incident", "open", "production", "--reason", "by hand"]);
    s.ends(0, &open("resolved.json"));
    s.refused(2, &open("missing.json"));
    s.refused(2, &open("liftlock.yaml"));
    s.refused(2, &["incident", "open", "production"]);
    s.end("alerts");
}
