//! A state on PostgreSQL, and its way there and back.

use liftlock_testkit::Postgres;

use crate::sample::shop_with_release;
use crate::scenario::{LIFTLOCK, Scenario};

/// What a command ends with, and says on its output.
fn ends(s: &Scenario, code: i32, words: &[&str]) -> String {
    let output = s.world.run(LIFTLOCK, words);
    assert_eq!(
        output.code, code,
        "{words:?}: {}{}",
        output.stdout, output.stderr
    );
    assert!(
        !output.stderr.contains("only-for-tests"),
        "{}",
        output.stderr
    );
    output.stdout
}

fn root(s: &Scenario, state: &str) -> String {
    let verified = ends(s, 0, &["log", "verify", "--json", "--state", state]);
    let document: serde_json::Value = serde_json::from_str(&verified).expect("JSON");
    document["result"]["root"]
        .as_str()
        .expect("a root")
        .to_owned()
}

#[test]
fn the_way_of_a_release_on_a_database_and_its_state_moved_back() {
    let s = shop_with_release();
    let server = Postgres::shared();
    let (one, two) = (server.database_over_tcp(), server.database());
    // What was recorded in a file goes on in a database.
    let file = ".liftlock/state.db";
    let before = root(&s, file);
    ends(&s, 0, &["state", "import", "-n", file, "--state", &one]);
    let imported = ends(&s, 0, &["state", "import", file, "--state", &one]);
    assert!(imported.contains(&before), "{imported}");
    assert_eq!(root(&s, &one), before);
    ends(&s, 2, &["state", "import", file, "--state", &one]);
    ends(&s, 2, &["state", "import", "-n", file, "--state", &one]);
    let frozen = [
        "freeze",
        "production",
        "--until",
        "2h",
        "--reason",
        "moving",
        "--as",
        "alice",
    ];
    ends(&s, 0, &[&frozen[..], &["--state", &one]].concat());
    ends(&s, 0, &["status", "--state", &one]);
    // And back into a file, and into another database from there.
    let after = root(&s, &one);
    assert_ne!(after, before);
    let exported = ends(&s, 0, &["state", "export", "moved.db", "--state", &one]);
    assert!(exported.contains(&after), "{exported}");
    ends(&s, 2, &["state", "export", "moved.db", "--state", &one]);
    assert_eq!(root(&s, "moved.db"), after);
    ends(&s, 0, &["state", "import", "moved.db", "--state", &two]);
    assert_eq!(root(&s, &two), after);
    ends(&s, 0, &["history", "--state", &two]);
}

#[test]
fn a_database_that_cannot_be_used_is_named_without_its_password() {
    let s = shop_with_release();
    for (code, address) in [
        (1, "postgres://liftlock:only-for-tests@127.0.0.1:1/nowhere"),
        (2, "postgres://liftlock:only-for-tests@127.0.0.1:x/nowhere"),
        (2, "postgres://127.0.0.1/nowhere?password=only-for-tests"),
        (2, "mysql://liftlock:only-for-tests@127.0.0.1/nowhere"),
    ] {
        ends(&s, code, &["status", "--state", address]);
    }
}
