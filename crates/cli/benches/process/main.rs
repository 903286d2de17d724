//! What a whole command takes on a pipeline with a long history: the process, its state file, its
//! output. `cargo bench -p liftlock-cli`
#![allow(
    clippy::unwrap_used,
    reason = "a measurement that cannot go on ends there"
)]

// The same history as that of the decisions' measurements.
#[allow(dead_code, reason = "those use more of it")]
#[path = "../../../core/benches/scale/history.rs"]
mod history;

use std::path::Path;
use std::process::{Command, Stdio};

use divan::Bencher;
use history::History;
use liftlock_engine::encode;
use liftlock_engine::ports::Store;
use liftlock_pipeline_file::{Source, parse};
use liftlock_store::{DatabaseStore, OpenMode};
use tempfile::TempDir;

/// How many releases. Each makes 43 events: 2,700 of them make 116,000.
const RELEASES: [usize; 2] = [300, 2_700];

/// Entries at a time.
const APPENDED: usize = 4_000;

fn main() {
    divan::main();
}

/// A folder with a pipeline file, and a state of that many releases, with its snapshot.
fn pipeline(releases: usize) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text = include_bytes!("liftlock.yaml");
    std::fs::write(folder.path().join("liftlock.yaml"), text).unwrap();
    std::fs::create_dir(folder.path().join(".liftlock")).unwrap();
    let name = "liftlock.yaml";
    let policy = parse(&Source { name, text }, &|file| Err(file.to_owned())).unwrap();
    let history = History::of(policy, releases);
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    runtime.block_on(write(folder.path(), &history));
    // Whoever writes next leaves a snapshot.
    run(
        folder.path(),
        &[
            "hold",
            "production",
            "--reason",
            "measured",
            "--as",
            "alice",
        ],
    );
    folder
}

async fn write(folder: &Path, history: &History) {
    let path = folder.join(".liftlock/state.db");
    let store = DatabaseStore::open(&path, OpenMode::Create).await.unwrap();
    let entries: Vec<_> = history.entries.iter().map(|e| encode(e).unwrap()).collect();
    for (n, chunk) in entries.chunks(APPENDED).enumerate() {
        let version = (n * APPENDED) as u64;
        store.append("app", version, chunk, None).await.unwrap();
    }
    store.close().await;
}

fn run(folder: &Path, words: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_liftlock"));
    command.args(words).current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    assert!(command.status().unwrap().success(), "{words:?}");
}

fn measure(bencher: Bencher<'_, '_>, releases: usize, words: &[&str]) {
    let folder = pipeline(releases);
    bencher.bench_local(|| run(folder.path(), words));
}

/// What any process takes: nothing is opened.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn version(bencher: Bencher<'_, '_>) {
    let folder = tempfile::tempdir().unwrap();
    bencher.bench_local(|| run(folder.path(), &["--version"]));
}

#[divan::bench(args = RELEASES, sample_count = 20, sample_size = 1)]
fn status(bencher: Bencher<'_, '_>, releases: usize) {
    measure(bencher, releases, &["status"]);
}

#[divan::bench(args = RELEASES, sample_count = 20, sample_size = 1)]
fn status_json(bencher: Bencher<'_, '_>, releases: usize) {
    measure(bencher, releases, &["status", "--json"]);
}

#[divan::bench(args = RELEASES, sample_count = 20, sample_size = 1)]
fn show_the_oldest_release(bencher: Bencher<'_, '_>, releases: usize) {
    measure(bencher, releases, &["release", "show", "r1"]);
}

/// One event more: opened, decided, appended and on the disk.
#[divan::bench(args = RELEASES, sample_count = 20, sample_size = 1)]
fn add_evidence(bencher: Bencher<'_, '_>, releases: usize) {
    let words = ["evidence", "add", "r1", "tests", "--pass", "--as", "alice"];
    measure(bencher, releases, &words);
}

#[divan::bench(args = RELEASES, sample_count = 5, sample_size = 1)]
fn whole_history(bencher: Bencher<'_, '_>, releases: usize) {
    measure(bencher, releases, &["history"]);
}
