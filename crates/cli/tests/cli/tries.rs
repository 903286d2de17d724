//! `liftlock try`.

use crate::scenario::{LIFTLOCK, Scenario, document};

#[test]
fn try_promotes_a_real_image_to_production() {
    let s = Scenario::new();
    let output = s.quietly(&["try", "--exit"]);
    let lines = [
        "$ liftlock promote 1.0.0 --to production --as ci",
        "  BLOCKED  after:staging        not verified in staging",
        "(exit code 3)",
        "(exit code 4)",
        "p2: 1.0.0 is in staging",
        "approved 1.0.0 for production as user:alice",
        "p3: 1.0.0 is in production",
        "verified in production by p3",
        "recomputed, and as recorded",
    ];
    let mut rest = output.stdout.as_str();
    for line in lines {
        let at = rest
            .find(line)
            .unwrap_or_else(|| panic!("no {line:?} in {rest}"));
        rest = &rest[at + line.len()..];
    }
    let left = std::fs::read_dir(s.world.folder().join("../tmp")).expect("a folder");
    assert_eq!(left.count(), 0, "it left something behind");
}

#[test]
fn try_with_json_is_one_document_and_keeps_a_folder_that_was_chosen() {
    let mut s = Scenario::new();
    let words = ["try", "--exit", "--dir", "kept", "--json"];
    let output = s.world.run(LIFTLOCK, &words);
    let document = document(0, &words, &output);
    assert_eq!(document["result"]["promoted"], true);
    let folder = s.world.folder().join("kept");
    assert!(folder.join("liftlock.yaml").is_file());
    assert!(folder.join(".liftlock/state.db").is_file());
    let status = ["status", "--file", "kept/liftlock.yaml"];
    assert!(s.quietly(&status).stdout.contains("production"));
    s.refused(2, &["try", "--exit", "--dir", "kept"]);
}
