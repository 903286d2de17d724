//! What was done for a promotion, step by step, with what its programs printed.

use crate::scenario::Scenario;

/// One check fails once the other, which would go on for long, has begun.
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
      errors: { command: [./errors.sh], within: 30s }
      load: { command: [./load.sh], within: 30s }
      slow: { command: ['true'], after: load }
    rollback: { on: [check] }
";
const ERRORS: &str = "#!/bin/sh
while [ ! -e loading ]; do sleep 0.02; done
echo \"\x1b[31mtwo of three requests failed\"
exit 7
";
const LOAD: &str = "#!/bin/sh
touch loading
exec sleep 1000
";

#[test]
fn a_check_stopped_beside_one_that_failed_is_recorded_as_stopped() {
    let mut s = Scenario::new();
    s.world.write_programs();
    s.world.write_program("errors.sh", ERRORS);
    s.world.write_program("load.sh", LOAD);
    s.world.write_pipeline(PIPELINE);
    s.push("shop/api", "r1", "r1");
    let image = s.world.reference("shop/api", "r1");
    s.quietly(&["release", "create", "r1", &image]);
    s.ends(1, &["promote", "r1", "--to", "production", "--quiet"]);
    s.ends(0, &["history", "p1"]);
    s.ends(0, &["history", "p1", "--output"]);
    s.refused(2, &["history", "p2"]);
    s.refused(2, &["history", "p1", "--to", "production"]);
    s.refused(2, &["history", "--output"]);
    s.ends(0, &["log", "verify"]);
    s.quietly(&["log", "export", "exported"]);
    s.quietly(&["log", "verify", "exported"]);
    let history = s.quietly(&["history", "p1", "--json", "--output"]).json();
    let steps = &history["result"]["promotion"]["steps"];
    let ended: Vec<_> = steps.as_array().expect("steps").iter().collect();
    let is = |what: &str| {
        ended
            .iter()
            .filter(|step| step["ended"][what] == true)
            .count()
    };
    assert_eq!((is("done"), is("stopped")), (3, 1), "{steps:#}");
    let printed = history["result"]["printed"].to_string();
    assert!(
        printed.contains("two of three requests failed"),
        "{printed}"
    );
    s.end("steps");
}
