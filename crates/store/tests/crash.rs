//! A process killed while it appends: what it acknowledged is there, and the ledger verifies.
#![cfg(unix)]

mod common;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use common::{create, entry};
use liftlock_engine::ports::{Snapshot, Store};
use liftlock_oci::Digest;
use tempfile::tempdir;

const STATE: &str = "LIFTLOCK_TEST_CRASH_STATE";
const ACKNOWLEDGED: &str = "acknowledged ";

/// The child: runs only when the parent names a state.
#[tokio::test]
#[ignore = "run by the test below as its child"]
async fn child_appends_until_it_is_killed() {
    let Some(path) = std::env::var_os(STATE) else {
        return;
    };
    let store = create(Path::new(&path)).await;
    let (_lease, fence) = store.acquire("crash/lease").await.unwrap().unwrap();
    let mut version = store.load("api", 0).await.unwrap().len() as u64;
    loop {
        let entries = vec![entry(&format!("{version} {}", "x".repeat(3000))); 3];
        let done = store
            .append("api", version, &entries, Some(&fence))
            .await
            .unwrap();
        version = done.version;
        let snapshot = Snapshot {
            version,
            fold: 1,
            last: Digest::of(&entries[2]),
            state: vec![b'x'; 20_000],
        };
        store.put_snapshot("api", &snapshot).await.unwrap();
        println!("{ACKNOWLEDGED}{}", done.ledger_size);
        std::io::stdout().flush().unwrap();
    }
}

fn start(path: &Path) -> Child {
    Command::new(std::env::current_exe().expect("this binary"))
        .args([
            "--exact",
            "child_appends_until_it_is_killed",
            "--ignored",
            "--nocapture",
        ])
        .env(STATE, path)
        .stdout(Stdio::piped())
        .spawn()
        .expect("started")
}

#[tokio::test]
async fn killed_at_any_moment_nothing_acknowledged_is_lost() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("state.db");
    let (mut least, mut snapshots) = (0, 0);
    for round in 0..20u64 {
        let mut child = start(&path);
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut sizes = lines.filter_map(|line| {
            line.ok()?
                .split_once(ACKNOWLEDGED)?
                .1
                .trim()
                .parse::<u64>()
                .ok()
        });
        for _ in 0..=(round * 7 % 11) {
            least = sizes.next().expect("the child appends");
        }
        child.kill().unwrap();
        // What it still said before it died counts too.
        least = sizes.last().unwrap_or(least);
        child.wait().unwrap();

        let store = create(&path).await;
        let verified = store.verify().await.unwrap();
        assert!(
            verified.size >= least,
            "{} of {least} in round {round}",
            verified.size
        );
        // A snapshot is of what was appended, or of what was there before.
        if let Some(snapshot) = store.snapshot("api").await.unwrap() {
            let entries = store.load("api", snapshot.version - 1).await.unwrap();
            assert_eq!(Digest::of(&entries[0].bytes), snapshot.last);
            snapshots += 1;
        }
        // Whole appends only.
        assert_eq!(verified.size % 3, 0);
        let (lease, fence) = store
            .acquire("crash/lease")
            .await
            .unwrap()
            .expect("free at once");
        assert_eq!(fence.epoch, 2 * round + 2);
        drop(lease);
        store.close().await;
    }
    assert!(snapshots > 0);
}
