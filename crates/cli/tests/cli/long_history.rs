//! A stream that is long enough for a snapshot: what is shown is the same with it, without it, and
//! with one that someone changed.

use std::path::Path;

use liftlock_core::{Event, EvidenceId};
use liftlock_engine::ports::Store;
use liftlock_engine::{SNAPSHOT_EVERY, decode, encode};
use liftlock_oci::Digest;
use liftlock_store::{DatabaseStore, OpenMode};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

use crate::sample::{shop_in_staging, shop_with_release};
use crate::scenario::{LIFTLOCK, Scenario};

const ADD: [&str; 7] = [
    "evidence",
    "add",
    "1.0.0",
    "unit-tests",
    "--pass",
    "--as",
    "ci",
];

/// Another release in the place of the one that is there.
const CHANGED: &str = "state = CAST(replace(CAST(state AS TEXT), '1.0.0', '6.6.6') AS BLOB)";

/// A part that is read only when it is looked at cannot be.
const UNREADABLE: &str = "state = CAST(replace(CAST(state AS TEXT), '{\"content\":{\"id\":\"e', '{\"content\":[[id\":\"e') AS BLOB)";

/// Entries that a store takes at once.
const APPEND_MAX: usize = 4096;

fn run<T>(future: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().build().expect("a runtime");
    runtime.block_on(future)
}

/// Repeats the last evidence until the stream has this many events.
async fn prolong(path: &Path, until: u64) {
    let store = DatabaseStore::open(path, OpenMode::Existing)
        .await
        .expect("a state");
    let stream = store.streams().await.expect("streams").remove(0);
    let entries = store.load(&stream, 0).await.expect("entries");
    let last = entries.last().expect("an entry");
    let mut entry = decode(&stream, last.version, &last.bytes).expect("an entry");
    let mut more = Vec::new();
    while entry.n < until {
        entry.n += 1;
        let Event::EvidenceAdded(content) = &mut entry.event else {
            panic!("not evidence: {entry:?}");
        };
        content.id = EvidenceId(content.id.0 + 1);
        more.push(encode(&entry).expect("bytes"));
    }
    let mut version = last.version;
    for more in more.chunks(APPEND_MAX) {
        let appended = store.append(&stream, version, more, None).await;
        appended.expect("appended");
        version += more.len() as u64;
    }
    store.close().await;
}

/// Changes the snapshot, and its digest with it where `covered`.
async fn change(path: &Path, columns: &'static str, covered: bool) {
    let options = SqliteConnectOptions::new().filename(path);
    let mut connection = options.connect().await.expect("a database");
    let statement = format!("UPDATE snapshots SET {columns}");
    let done = sqlx::query(sqlx::AssertSqlSafe(statement));
    let done = done.execute(&mut connection).await.expect("changed");
    assert_eq!(done.rows_affected(), 1);
    if covered {
        let row = sqlx::query_as("SELECT version, fold, last, state FROM snapshots");
        let row = row.fetch_one(&mut connection).await.expect("a row");
        let (version, fold, last, state): (i64, i64, String, Vec<u8>) = row;
        let all = format!("{version} {fold} {last} {}", Digest::of(&state));
        let digest = Digest::of(all.as_bytes()).to_string();
        let done = sqlx::query("UPDATE snapshots SET digest = ?1").bind(digest);
        done.execute(&mut connection).await.expect("covered");
    }
    connection.close().await.expect("closed");
}

fn shown(s: &Scenario) -> Vec<String> {
    let verbs = [&["history", "--json"][..], &["release", "list", "--json"]];
    let run = |words: &&[&str]| {
        let output = s.world.run(LIFTLOCK, words);
        assert_eq!(output.stderr, "");
        output.stdout
    };
    verbs.iter().map(run).collect()
}

#[test]
fn a_snapshot_changes_nothing_that_is_shown() {
    let mut s = shop_with_release();
    let path = s.world.folder().join(".liftlock/state.db");
    s.ends(0, &ADD);
    run(prolong(&path, SNAPSHOT_EVERY));
    let events = shown(&s);
    s.ends(0, &ADD);
    let with = shown(&s);
    assert_eq!(with.len(), events.len());
    run(change(&path, "stream = stream", false));
    s.ends(0, &["log", "verify"]);

    // One that cannot be the state is dropped, silently: the events say what it is.
    for (columns, covered) in [
        ("state = x'7b7d'", false),
        ("state = x'7b7d'", true),
        ("fold = fold + 1", true),
        ("version = version + 1", true),
        ("version = version + 1000", true),
        ("last = digest", true),
        (CHANGED, false),
    ] {
        std::fs::copy(&path, s.world.folder().join("kept.db")).expect("a copy");
        run(change(&path, columns, covered));
        assert_eq!(shown(&s), with, "{columns}");
        std::fs::copy(s.world.folder().join("kept.db"), &path).expect("a copy");
    }
    assert_eq!(shown(&s), with);

    // Nothing is decided by one of which a part cannot be read, and the next one takes its place.
    run(change(&path, UNREADABLE, true));
    s.json(5, &["log", "verify"]);
    s.ends(0, &ADD);
    s.ends(0, &["log", "verify"]);
    let with = shown(&s);

    // One that whoever changed it has covered up is found by folding the events again.
    run(change(&path, CHANGED, true));
    s.json(5, &["log", "verify"]);
    run(change(&path, "state = x'00'", false));
    s.ends(0, &["log", "verify"]);
    assert_eq!(shown(&s), with);
}

/// Drops the proofs that are kept; how many there were.
async fn forget_proofs(path: &Path) -> u64 {
    let options = SqliteConnectOptions::new().filename(path);
    let mut connection = options.connect().await.expect("a database");
    let done = sqlx::query("DELETE FROM proofs");
    let done = done.execute(&mut connection).await.expect("dropped");
    connection.close().await.expect("closed");
    done.rows_affected()
}

/// With so many events after the promotions whose proofs are not kept, what `tick` says, and how
/// many are kept of how many there were.
fn ticked(events: u64) -> (String, u64, u64) {
    let s = shop_in_staging();
    let path = s.world.folder().join(".liftlock/state.db");
    let before = run(forget_proofs(&path));
    assert!(before > 0);
    s.quietly(&ADD);
    run(prolong(&path, events));
    let tick = s.world.run(LIFTLOCK, &["tick"]);
    (tick.stdout, run(forget_proofs(&path)), before)
}

#[test]
fn a_promotion_that_lies_far_back_is_proven() {
    let (_, kept, before) = ticked(4200);
    assert_eq!(kept, before);
}

#[test]
#[ignore = "it takes minutes to write as many events"]
fn a_promotion_that_lies_too_far_back_is_said_not_to_be_proven() {
    let (said, kept, _) = ticked(33_000);
    assert!(
        said.contains("are not among the last 32768 events"),
        "{said}"
    );
    assert_eq!(kept, 0);
}
