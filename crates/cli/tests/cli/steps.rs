//! What was done for a promotion, step by step, with what its programs printed.

use serde_json::{Value, json};

use crate::scenario::{LIFTLOCK, Scenario};

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

/// Standard output is one document; what goes on beside is one a line.
#[test]
fn progress_is_a_document_in_each_line_where_json_is_asked_for() {
    let mut s = Scenario::new();
    s.world.write_programs();
    s.world.write_program("errors.sh", ERRORS);
    s.world.write_program("load.sh", LOAD);
    s.world.write_pipeline(PIPELINE);
    s.push("shop/api", "r1", "r1");
    let image = s.world.reference("shop/api", "r1");
    s.quietly(&["release", "create", "r1", &image]);
    let promote = ["promote", "r1", "--to", "production", "--json"];
    let output = s.world.run(LIFTLOCK, &promote);
    assert_eq!(output.json()["exit"], 1, "{output:?}");
    let lines: Vec<Value> = output
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
        .collect();
    let is = |word: &str| lines.iter().filter(|line| line["progress"] == word).count();
    assert_eq!((is("step-started"), is("step-ended")), (5, 4), "{lines:#?}");
    let stopped = lines
        .iter()
        .find(|line| line["progress"] == "checks-stopped");
    assert_eq!(stopped.map(|line| line["steps"].clone()), Some(json!([5])));
    let versioned = lines
        .iter()
        .all(|line| line["version"] == 1 && line["text"].is_string());
    assert!(versioned, "{lines:#?}");
    let quiet = s
        .world
        .run(LIFTLOCK, &[&promote[..], &["--again", "--quiet"]].concat());
    assert_eq!(quiet.stderr, "", "{quiet:?}");
}
