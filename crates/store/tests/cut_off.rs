//! Processes whose way to PostgreSQL is cut, or on which nothing comes through.
#![allow(
    clippy::unwrap_used,
    reason = "what tests share is not seen as a test by clippy"
)]

use std::time::Duration;

use liftlock_engine::ports::{AppendError, Held, Store, StoreError};
use liftlock_store::{DatabaseStore, Hint, OpenMode};
use liftlock_testkit::{CommitCut, Passage, Postgres};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

/// Two processes on one database, the first by a way of its own.
struct Pair {
    one: DatabaseStore,
    two: DatabaseStore,
    way: Passage,
    _folder: TempDir,
}

impl Pair {
    async fn new() -> Self {
        let server = Postgres::shared();
        let address = server.database_over_tcp();
        let way = Passage::to(server.port());
        let by_way = server.by_way_of(way.port(), &address);
        let folder = tempfile::tempdir().unwrap();
        let beside = folder.path().join("state.db");
        let open = async |address: &str| {
            let address = address.parse().unwrap();
            DatabaseStore::open_address(&address, &beside, OpenMode::Create)
                .await
                .unwrap()
        };
        Self {
            one: open(&by_way).await,
            two: open(&address).await,
            way,
            _folder: folder,
        }
    }
}

fn entry(text: &str) -> Vec<u8> {
    liftlock_ledger::canonical::to_bytes(&text).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_appended_is_there_once_wherever_its_commit_is_cut_off() {
    let pair = Pair::new().await;
    let cuts = [CommitCut::Before, CommitCut::Unanswered, CommitCut::Half];
    for n in 0..30 {
        let (how, version) = (cuts[n as usize % cuts.len()], n);
        pair.way.cut_commit(how);
        let entry = [entry(&format!("{how:?} {n}"))];
        let done = pair.one.append("shop", version, &entry, None).await;
        assert_eq!(done.unwrap().version, version + 1, "{how:?}");
    }
    assert_eq!(pair.way.commits_cut(), 30);
    assert_eq!(pair.two.load("shop", 0).await.unwrap().len(), 30);
    assert_eq!(pair.two.verify().await.unwrap().size, 30);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_cut_off_is_unsure_of_a_lease_before_another_can_take_it() {
    let pair = Pair::new().await;
    let (lease, fence) = pair.one.acquire("shop/production").await.unwrap().unwrap();
    assert!(lease.is_held());
    // Renewed meanwhile, it is as sure as at first.
    sleep(Duration::from_secs(12)).await;
    pair.way.silence();
    lease.lost().await;
    assert!(!lease.is_held());
    let early = pair.two.acquire("shop/production").await.unwrap();
    assert!(early.is_none(), "it is not free yet");
    let mut waited = 0;
    while pair.two.acquire("shop/production").await.unwrap().is_none() {
        waited += 1;
        assert!(waited < 100, "it is never free");
        sleep(Duration::from_millis(200)).await;
    }
    pair.way.resume();
    let entries = [entry("late")];
    let late = pair.one.append("shop", 0, &entries, Some(&fence)).await;
    assert!(matches!(late, Err(AppendError::Fenced { .. })), "{late:?}");
    assert!(!lease.is_held(), "what was lost is not had again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_does_not_answer_is_out_of_reach_and_not_locked() {
    let pair = Pair::new().await;
    pair.one.streams().await.unwrap();
    // Longer than a connection is trusted that nobody uses.
    sleep(Duration::from_millis(1200)).await;
    pair.way.silence();
    let error = pair.one.streams().await.unwrap_err();
    assert!(matches!(error, StoreError::Unreachable { .. }), "{error:?}");
    pair.way.resume();
    assert_eq!(pair.one.streams().await.unwrap(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_are_told_again_after_a_connection_was_lost_without_a_word() {
    let pair = Pair::new().await;
    let mut hints = pair.one.hints();
    while hints.next().await != Some(Hint::Any) {}
    pair.way.lose();
    // It is noticed, and then it listens again.
    for _ in 0..2 {
        let told = timeout(Duration::from_secs(60), hints.next()).await;
        assert_eq!(told.unwrap(), Some(Hint::Any), "some may be missing");
    }
    pair.two
        .append("shop", 0, &[entry("one")], None)
        .await
        .unwrap();
    let told = timeout(Duration::from_secs(10), hints.next())
        .await
        .unwrap();
    assert_eq!(told, Some(Hint::Stream("shop".into())));
}
