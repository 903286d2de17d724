//! State files that cannot be used.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use crate::sample::{shop, shop_with_release};
use crate::scenario::{LIFTLOCK, Scenario};

fn state(s: &Scenario) -> PathBuf {
    s.world.folder().join(".liftlock/state.db")
}

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime")
}

async fn connect(path: &PathBuf) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path);
    let options = options.create_if_missing(true);
    options.connect().await.expect("a database")
}

/// The one text that a statement selects.
pub(crate) fn selected(path: &PathBuf, statement: &'static str, seq: u64) -> String {
    runtime().block_on(async {
        let mut connection = connect(path).await;
        let selected = sqlx::query_scalar(statement).bind(seq.cast_signed());
        selected.fetch_one(&mut connection).await.expect(statement)
    })
}

pub(crate) fn execute(path: &PathBuf, statements: &[&'static str]) {
    runtime().block_on(async {
        let mut connection = connect(path).await;
        for statement in statements {
            let done = sqlx::query(*statement).execute(&mut connection).await;
            done.expect(statement);
        }
        connection.close().await.expect("a closed database");
    });
}

/// Each is refused by a verb that reads and by one that writes, and is left as it was.
fn left_alone(s: &mut Scenario, name: &str) {
    let path = s.world.folder().join(name);
    let before = path.is_file().then(|| fs::read(&path).expect("a file"));
    for words in [
        &["status"][..],
        &["tick"],
        &["log", "verify"],
        &["promote", "1.0.0", "--to", "development"],
    ] {
        s.refused(2, &[words, &["--state", name]].concat());
    }
    let after = path.is_file().then(|| fs::read(&path).expect("a file"));
    assert!(before == after, "{name} was changed");
}

#[test]
fn what_is_not_a_state_is_left_alone() {
    let mut s = shop();
    s.world
        .write("notes.txt", "not a database, but longer than sixteen bytes");
    fs::create_dir(s.world.folder().join("folder")).expect("a folder");
    execute(
        &s.world.folder().join("other.db"),
        &["CREATE TABLE notes (text TEXT)"],
    );
    for name in ["notes.txt", "folder", "other.db"] {
        left_alone(&mut s, name);
    }
    s.world.write("empty.db", "");
    s.refused(2, &["status", "--state", "empty.db"]);
    for state in [
        "mysql://db.example.com/liftlock",
        "http://liftlock.example.com",
    ] {
        s.refused(2, &["status", "--state", state]);
    }
    s.refused(2, &["status", "--state", "nowhere.db"]);
    s.json(2, &["status", "--state", "notes.txt"]);
    s.end("not_a_state");
}

#[test]
fn a_state_of_a_newer_version_is_left_alone() {
    let mut s = shop_with_release();
    fs::copy(state(&s), s.world.folder().join("newer.db")).expect("a copy");
    execute(
        &s.world.folder().join("newer.db"),
        &["PRAGMA user_version = 999"],
    );
    left_alone(&mut s, "newer.db");
    s.end("newer_state");
}

#[test]
fn a_damaged_state_is_told() {
    let s = shop_with_release();
    let mut bytes = fs::read(state(&s)).expect("a state");
    let end = bytes.len();
    bytes[4096..end].fill(0x5a);
    fs::write(s.world.folder().join("damaged.db"), &bytes).expect("a file");
    for words in [&["status"][..], &["log", "verify"], &["tick"]] {
        let words = [words, &["--state", "damaged.db"]].concat();
        let output = s.world.run(LIFTLOCK, &words);
        assert_eq!(output.code, 1, "{words:?}: {output:?}");
        assert!(output.stderr.starts_with("error: "), "{output:?}");
        assert!(output.stderr.contains("damaged.db"), "{output:?}");
    }
}

/// Another process writes for longer than anyone waits: readers go on, a writer gives up.
#[test]
fn a_locked_state_can_be_read() {
    let mut s = shop_with_release();
    let runtime = runtime();
    let path = state(&s);
    let mut connection = runtime.block_on(connect(&path));
    let begin = sqlx::query("BEGIN EXCLUSIVE").execute(&mut connection);
    runtime.block_on(begin).expect("a lock");
    s.ends(0, &["status"]);
    let output = s.ends(
        1,
        &[
            "evidence",
            "add",
            "1.0.0",
            "unit-tests",
            "--pass",
            "--as",
            "ci",
        ],
    );
    assert!(output.stderr.starts_with("error: "), "{output:?}");
    runtime
        .block_on(connection.close())
        .expect("a closed database");
    s.ends(0, &["tick"]);
    s.end("locked_state");
}

#[test]
fn a_read_only_state_can_be_read() {
    let mut s = shop_with_release();
    let folder = s.world.folder().join(".liftlock");
    let mode = |path: &PathBuf, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
    };
    mode(&state(&s), 0o444);
    mode(&folder, 0o555);
    let writable = fs::File::options().write(true).open(state(&s)).is_ok();
    if writable {
        // Modes do not bind root, so there is nothing to see.
        mode(&folder, 0o755);
        return;
    }
    s.ends(0, &["status"]);
    let output = s.world.run(LIFTLOCK, &["tick"]);
    mode(&folder, 0o755);
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("cannot be written"), "{output:?}");
}
