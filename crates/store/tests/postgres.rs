//! What only PostgreSQL has: many who append at once, connections that are lost, leases that expire,
//! and two versions side by side.
#![allow(
    clippy::unwrap_used,
    reason = "what runs on both databases is a function that tests call"
)]

mod common;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use common::{Place, entry, push};
use liftlock_engine::ports::{AppendError, Fence, Store, StoreError};
use liftlock_store::{DatabaseStore, Hint, OpenMode, SCHEMA_VERSION};
use sqlx::Executor;

const APPENDERS: u64 = 50;
const STREAMS: u64 = 5;

/// Appends to a stream until this one's own entries are all there, as the engine does: what was in
/// the way is read, and it is decided again.
async fn append_all(store: &DatabaseStore, appender: u64, count: u64) -> u64 {
    let stream = format!("stream {}", appender % STREAMS);
    let mut conflicts = 0;
    for n in 0..count {
        let own = [entry(&format!("{appender} {n}")), entry("and another")];
        loop {
            let version = store.load(&stream, 0).await.unwrap().len() as u64;
            match store.append(&stream, version, &own, None).await {
                Ok(done) => {
                    assert_eq!(done.version, version + 2);
                    break;
                }
                Err(AppendError::Conflict { .. }) => conflicts += 1,
                Err(error) => panic!("{error}"),
            }
        }
    }
    conflicts
}

/// Each entry is there once, in its appender's order, and the ledger has no gap.
async fn check_ledger(store: &DatabaseStore, count: u64) {
    let size = APPENDERS * count * 2;
    let verified = store.verify().await.unwrap();
    assert_eq!(verified.size, size);
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    for stream in store.streams().await.unwrap() {
        for pair in store.load(&stream, 0).await.unwrap().chunks(2) {
            assert_eq!(pair[0].seq + 1, pair[1].seq, "an append is in one piece");
            let text: String = serde_json::from_slice(&pair[0].bytes).unwrap();
            let (appender, n) = text.split_once(' ').unwrap();
            let next = seen.entry(appender.to_owned()).or_default();
            assert_eq!(n.parse::<u64>().unwrap(), *next, "appender {appender}");
            *next += 1;
        }
    }
    assert_eq!(seen.len() as u64, APPENDERS);
    assert!(seen.values().all(|all| *all == count), "{seen:?}");
}

async fn three(place: &Place) -> Vec<DatabaseStore> {
    let mut stores = Vec::new();
    for _ in 0..3 {
        stores.push(place.create().await);
    }
    stores
}

async fn append_together(stores: &[DatabaseStore], count: u64) {
    let mut tasks = Vec::new();
    for appender in 0..APPENDERS {
        let store = stores[appender as usize % stores.len()].clone();
        tasks.push(tokio::spawn(async move {
            append_all(&store, appender, count).await
        }));
    }
    let mut conflicts = 0;
    for task in tasks {
        conflicts += task.await.unwrap();
    }
    assert!(
        conflicts > 0,
        "ten appenders a stream get into each other's way"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_appenders_leave_no_gap() {
    let place = Place::postgres();
    let stores = three(&place).await;
    append_together(&stores, 4).await;
    check_ledger(&stores[0], 4).await;
}

/// Connections are ended at any moment, also while a transaction ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_appended_while_connections_are_lost_is_there_once() {
    let place = Place::postgres();
    let stores = three(&place).await;
    let done = Arc::new(AtomicBool::new(false));
    let mut stranger = place.stranger().await;
    let killing = tokio::spawn({
        let done = Arc::clone(&done);
        let watching = stores[2].clone();
        async move {
            let mut killed = 0u64;
            while !done.load(Ordering::Relaxed) {
                // One that is at work, where there is one.
                let ended = stranger.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                     WHERE datname = current_database() AND pid <> pg_backend_pid()
                     ORDER BY state <> 'idle' DESC, random() LIMIT 1",
                );
                killed += ended.await.unwrap().rows_affected();
                // Not faster than anything gets done at all.
                let size = watching.ledger_head().await.unwrap().size;
                while !done.load(Ordering::Relaxed)
                    && watching.ledger_head().await.unwrap().size < size + 2
                {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            }
            killed
        }
    });
    append_together(&stores, 4).await;
    done.store(true, Ordering::Relaxed);
    let killed = killing.await.unwrap();
    assert!(killed > 20, "only {killed} connections were ended");
    check_ledger(&stores[0], 4).await;
}

#[tokio::test]
async fn a_lease_that_expired_is_anothers_and_fences_off_who_had_it() {
    let place = Place::postgres();
    let (one, two) = (place.create().await, place.create().await);
    let (_lease, first) = one.acquire("shop/production").await.unwrap().unwrap();
    one.append("shop", 0, &[entry("held")], Some(&first))
        .await
        .unwrap();
    assert!(two.acquire("shop/production").await.unwrap().is_none());
    // Half a minute without its holder.
    place.say("UPDATE leases SET expires = 1").await.unwrap();
    let late = one.append("shop", 1, &[entry("late")], Some(&first)).await;
    assert!(
        matches!(late, Err(AppendError::Fenced { .. })),
        "expired, and nobody's"
    );
    let (lease, second) = two.acquire("shop/production").await.unwrap().unwrap();
    assert_eq!(second.epoch, 2);
    let late = one.append("shop", 1, &[entry("late")], Some(&first)).await;
    assert!(matches!(late, Err(AppendError::Fenced { .. })));
    let none = Fence {
        name: "never taken".to_owned(),
        epoch: 1,
    };
    let never = one.append("shop", 1, &[entry("never")], Some(&none)).await;
    assert!(matches!(never, Err(AppendError::Fenced { .. })));
    two.append("shop", 1, &[entry("mine")], Some(&second))
        .await
        .unwrap();
    // Who lost it does not give it back for whoever has it.
    drop(_lease);
    assert!(one.acquire("shop/production").await.unwrap().is_none());
    drop(lease);
    assert!(one.acquire("shop/production").await.unwrap().is_some());
}

#[tokio::test]
async fn a_lease_outlives_its_connection() {
    let place = Place::postgres();
    let (one, two) = (place.create().await, place.create().await);
    let (lease, fence) = one.acquire("shop").await.unwrap().unwrap();
    let mut stranger = place.stranger().await;
    let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()";
    stranger.execute(others).await.unwrap();
    assert!(two.acquire("shop").await.unwrap().is_none());
    one.append("shop", 0, &[entry("held")], Some(&fence))
        .await
        .unwrap();
    stranger.execute(others).await.unwrap();
    drop(lease);
    assert!(
        two.acquire("shop").await.unwrap().is_some(),
        "given back at once"
    );
}

const HOLDER: &str = "LIFTLOCK_TEST_HOLDER";

/// The child: holds a lease, and appends under it whenever it is told to.
#[tokio::test]
#[ignore = "run by the test below as its child"]
async fn child_holds_a_lease() {
    let Some(address) = std::env::var_os(HOLDER) else {
        return;
    };
    let address = address.to_str().unwrap().parse().unwrap();
    let beside = std::env::temp_dir().join("none");
    let store = DatabaseStore::open_address(&address, &beside, OpenMode::Existing)
        .await
        .unwrap();
    let (_lease, fence) = store.acquire("shop").await.unwrap().unwrap();
    println!("said: held");
    loop {
        let told = tokio::task::spawn_blocking(|| std::io::stdin().lines().next());
        if told.await.unwrap().is_none() {
            return;
        }
        let version = store.load("shop", 0).await.unwrap().len() as u64;
        let done = store
            .append("shop", version, &[entry("child")], Some(&fence))
            .await;
        println!(
            "said: {}",
            done.map_or_else(|e| e.to_string(), |_| "appended".to_owned())
        );
    }
}

fn holder(address: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_holds_a_lease", "--ignored", "--nocapture"])
        .env(HOLDER, address)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
}

#[tokio::test]
async fn a_process_that_was_paused_past_its_lease_writes_nothing_more() {
    use std::io::Write as _;
    let place = Place::postgres();
    let store = place.create().await;
    let mut child = holder(&place.address());
    let mut tell = child.stdin.take().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut said = lines.filter_map(|line| Some(line.ok()?.split_once("said: ")?.1.to_owned()));
    assert_eq!(said.next().unwrap(), "held");
    writeln!(tell).unwrap();
    assert_eq!(said.next().unwrap(), "appended");
    signal(&child, "-STOP");
    assert!(store.acquire("shop").await.unwrap().is_none());
    // As much later as it takes.
    place.say("UPDATE leases SET expires = 1").await.unwrap();
    let (lease, fence) = store.acquire("shop").await.unwrap().expect("expired");
    store
        .append("shop", 1, &[entry("other")], Some(&fence))
        .await
        .unwrap();
    signal(&child, "-CONT");
    writeln!(tell).unwrap();
    let refused = said.next().unwrap();
    assert!(refused.contains("taken over"), "{refused}");
    assert_eq!(store.load("shop", 0).await.unwrap().len(), 2);
    drop(lease);
    drop(tell);
    child.wait().unwrap();
}

#[tokio::test]
async fn a_killed_process_leaves_its_lease_to_expire() {
    let place = Place::postgres();
    let store = place.create().await;
    let mut child = holder(&place.address());
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("held")));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(store.acquire("shop").await.unwrap().is_none());
    place.say("UPDATE leases SET expires = 1").await.unwrap();
    assert!(store.acquire("shop").await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_processes_make_a_state_at_once() {
    let place = Arc::new(Place::postgres());
    let opened = (0..6).map(|_| {
        let place = Arc::clone(&place);
        tokio::spawn(async move { place.create().await })
    });
    for store in opened.collect::<Vec<_>>() {
        push(&store.await.unwrap(), "api", "one more").await;
    }
    assert_eq!(place.create().await.verify().await.unwrap().size, 6);
}

/// A newer version only adds: this one goes on working beside it, and reads what it wrote.
#[tokio::test]
async fn an_older_version_works_beside_a_newer_one() {
    let place = Place::postgres();
    let running = place.create().await;
    push(&running, "api", "before").await;
    let newer = SCHEMA_VERSION + 1;
    place
        .say(&format!(
            "ALTER TABLE events ADD COLUMN weight BIGINT NOT NULL DEFAULT 0;
             ALTER TABLE leases ADD COLUMN note TEXT;
             CREATE TABLE sessions (id TEXT PRIMARY KEY);
             INSERT INTO schema_versions (version, compatible) VALUES ({newer}, {SCHEMA_VERSION})"
        ))
        .await
        .unwrap();
    push(&running, "api", "beside").await;
    for mode in [OpenMode::Create, OpenMode::Existing, OpenMode::ReadOnly] {
        assert_eq!(place.open(mode).await.verify().await.unwrap().size, 2);
    }
    let store = place.create().await;
    assert!(store.acquire("shop").await.unwrap().is_some());
    push(&store, "api", "after").await;
    // Until one takes away what this one needs.
    let last = SCHEMA_VERSION + 2;
    place
        .say(&format!(
            "INSERT INTO schema_versions (version, compatible) VALUES ({last}, {newer})"
        ))
        .await
        .unwrap();
    for mode in [OpenMode::Create, OpenMode::Existing, OpenMode::ReadOnly] {
        let error = place.try_open(mode).await.unwrap_err();
        assert!(
            matches!(error, StoreError::Newer { found, known: SCHEMA_VERSION, .. } if found == last),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn what_is_no_state_is_refused() {
    let place = Place::postgres();
    for mode in [OpenMode::Existing, OpenMode::ReadOnly] {
        let error = place.try_open(mode).await.unwrap_err();
        assert!(matches!(error, StoreError::NotState { .. }), "{error:?}");
    }
    let theirs = "CREATE SCHEMA liftlock; CREATE TABLE liftlock.theirs (x TEXT)";
    place.stranger().await.execute(theirs).await.unwrap();
    let error = place.try_open(OpenMode::Create).await.unwrap_err();
    assert!(matches!(error, StoreError::NotState { .. }), "{error:?}");
    let nowhere = "postgres://liftlock:s3cret@127.0.0.1:1/nowhere"
        .parse()
        .unwrap();
    let beside = place.path.clone();
    let error = DatabaseStore::open_address(&nowhere, &beside, OpenMode::Create)
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Unreachable { .. }), "{error:?}");
    assert!(!format!("{error:?} {error}").contains("s3cret"));
}

#[tokio::test]
async fn a_reader_writes_nothing() {
    let place = Place::postgres();
    push(&place.create().await, "api", "one").await;
    let reader = place.open(OpenMode::ReadOnly).await;
    assert_eq!(reader.load("api", 0).await.unwrap().len(), 1);
    let refused = reader.append("api", 1, &[entry("no")], None).await;
    assert!(matches!(
        refused,
        Err(AppendError::Store(StoreError::ReadOnly { .. }))
    ));
    assert!(matches!(
        reader.put_blob(b"no").await,
        Err(StoreError::ReadOnly { .. })
    ));
    assert!(matches!(
        reader.acquire("no").await,
        Err(StoreError::ReadOnly { .. })
    ));
}

#[tokio::test]
async fn a_password_is_asked_for_and_shown_nowhere() {
    let address = liftlock_testkit::Postgres::shared().database_over_tcp();
    let wrong = address.replace("only-for-tests", "s3cret").parse().unwrap();
    let right = address.parse().unwrap();
    let beside = std::env::temp_dir().join("none");
    let store = DatabaseStore::open_address(&right, &beside, OpenMode::Create)
        .await
        .unwrap();
    push(&store, "api", "one").await;
    assert!(!format!("{store:?} {}", store.place()).contains("only-for-tests"));
    let error = DatabaseStore::open_address(&wrong, &beside, OpenMode::Create)
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Unreachable { .. }), "{error:?}");
    assert!(!format!("{error:?} {error}").contains("s3cret"));
}

/// A process that stops in the middle of its append, with the head locked.
#[tokio::test]
async fn who_stops_in_the_middle_of_an_append_holds_nobody_up_for_long() {
    let place = Place::postgres();
    let store = place.create().await;
    let mut stopped = place.stranger().await;
    stopped
        .execute(
            "SET idle_in_transaction_session_timeout = '1s'; BEGIN;
                  SELECT size FROM ledger_head FOR UPDATE",
        )
        .await
        .unwrap();
    push(&store, "api", "one").await;
}

#[tokio::test]
async fn changes_are_told_across_processes_and_after_a_lost_connection() {
    for place in [Place::sqlite(), Place::postgres()] {
        let (one, two) = (place.create().await, place.create().await);
        let mut hints = one.hints();
        for (store, stream) in [(&one, "own"), (&two, "another's")] {
            // Until it listens, and now and then, a hint may be missing.
            let mut told = false;
            for _ in 0..20 {
                push(store, stream, "more").await;
                let wait = Duration::from_secs(3);
                while let Ok(Some(change)) = tokio::time::timeout(wait, hints.next()).await {
                    told |= change == Hint::Stream(stream.into());
                    if told {
                        break;
                    }
                }
                if told {
                    break;
                }
            }
            assert!(told, "{stream}");
        }
        if place.is_postgres() {
            let mut stranger = place.stranger().await;
            let listener = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND query LIKE 'LISTEN%'";
            assert_eq!(stranger.execute(listener).await.unwrap().rows_affected(), 1);
            while hints.next().await != Some(Hint::Any) {}
        }
    }
}
