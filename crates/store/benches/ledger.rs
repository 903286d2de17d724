//! What the ledger costs when it is long: an append, a proof, an export, and reading all of it again.
//! `cargo bench -p liftlock-store`; the states are made first, which takes a minute.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a measurement that cannot go on ends there, and one that went on says what it took"
)]

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock};

use divan::Bencher;
use divan::counter::ItemsCount;
use liftlock_engine::ports::Store;
use liftlock_ledger::{Seal, SigningKey, canonical};
use liftlock_store::{APPEND_ENTRIES_MAX, DatabaseStore, OpenMode, verify_export};
use serde_json::json;
use tempfile::{TempDir, tempdir};
use tokio::runtime::Runtime;

/// How many entries. They are as long as those of a promotion's steps are on average.
const SIZES: [u64; 2] = [10_000, 1_000_000];

fn main() {
    divan::main();
    // The most memory that was ever used, by everything above (Linux).
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM"));
    eprintln!("{}", peak.unwrap_or_default());
}

struct Ledger {
    folder: TempDir,
    store: DatabaseStore,
    runtime: Runtime,
}

/// The ledger of this size, made once.
fn ledger(size: u64) -> &'static Ledger {
    static MADE: OnceLock<Mutex<BTreeMap<u64, &'static Ledger>>> = OnceLock::new();
    let mut made = MADE.get_or_init(Mutex::default).lock().unwrap();
    made.entry(size)
        .or_insert_with(|| Box::leak(Box::new(Ledger::of(size))))
}

impl Ledger {
    fn of(size: u64) -> Self {
        let runtime = Runtime::new().unwrap();
        let folder = tempdir().unwrap();
        let store = runtime.block_on(async {
            let path = folder.path().join("state.db");
            let store = DatabaseStore::open(path, OpenMode::Create).await.unwrap();
            let mut done = 0;
            while done < size {
                let count = (APPEND_ENTRIES_MAX as u64).min(size - done);
                let entries: Vec<_> = (done..done + count).map(entry).collect();
                store.append("shop", done, &entries, None).await.unwrap();
                done += count;
            }
            store
        });
        Self {
            folder,
            store,
            runtime,
        }
    }
}

fn entry(n: u64) -> Vec<u8> {
    let digest = |salt: u64| {
        format!(
            "sha256:{:064x}",
            u128::from(n) * 0x9e37_79b9_7f4a + u128::from(salt)
        )
    };
    let entry = json!({
        "v": 1,
        "pipeline": "shop",
        "n": n + 1,
        "time": "2026-03-01T08:00:00.000000Z",
        "actor": {
            "identity": "oidc:https://token.example.com/repo/main",
            "authentication": { "how": "authenticated" },
        },
        "event": {
            "type": "step-finished",
            "body": {
                "promotion": format!("p{}", n / 20),
                "step": n % 20,
                "summary": format!("registry.example.com/shop/api@{} is there", digest(1)),
                "output": digest(2),
            },
        },
    });
    canonical::to_bytes(&entry).unwrap()
}

fn key() -> SigningKey {
    SigningKey::unnamed(&[1; 32]).unwrap()
}

/// One entry, safe on the disk: `synchronous=FULL`.
#[divan::bench(args = SIZES, sample_count = 50)]
fn append(bencher: Bencher<'_, '_>, size: u64) {
    let ledger = ledger(size);
    let next = std::cell::Cell::new(0);
    bencher.bench_local(|| {
        let at = next.replace(next.get() + 1);
        let entries = [entry(at)];
        let appended = ledger.store.append("appended", at, &entries, None);
        ledger.runtime.block_on(appended).unwrap()
    });
}

#[divan::bench(args = SIZES, sample_count = 10)]
fn prove(bencher: Bencher<'_, '_>, size: u64) {
    let (ledger, key) = (ledger(size), key());
    bencher.bench_local(|| {
        let proof = ledger.store.prove(size / 3, &key);
        ledger.runtime.block_on(proof).unwrap()
    });
}

#[divan::bench(args = SIZES, sample_count = 100)]
fn verify_proof(bencher: Bencher<'_, '_>, size: u64) {
    let (ledger, key) = (ledger(size), key());
    let proof = ledger
        .runtime
        .block_on(ledger.store.prove(size / 3, &key))
        .unwrap();
    let text = proof.to_string();
    bencher.bench_local(|| {
        let proof: liftlock_ledger::ProofFile = text.parse().unwrap();
        proof.verify(key.verifier()).unwrap().len()
    });
}

/// Every entry of the state: bytes, hashes, places and root.
#[divan::bench(args = SIZES, sample_count = 3, sample_size = 1)]
fn verify(bencher: Bencher<'_, '_>, size: u64) {
    let ledger = ledger(size);
    bencher
        .counter(ItemsCount::new(size))
        .bench_local(|| ledger.runtime.block_on(ledger.store.verify()).unwrap());
}

/// Every entry of an export, and every tile.
#[divan::bench(args = SIZES, sample_count = 3, sample_size = 1)]
fn verify_exported(bencher: Bencher<'_, '_>, size: u64) {
    let ledger = ledger(size);
    let folder = ledger.folder.path().join("export");
    let export = ledger.store.export(&folder, Seal::Unsigned("bench"));
    ledger.runtime.block_on(export).unwrap();
    bencher
        .counter(ItemsCount::new(size))
        .bench_local(|| verify_export(&folder, None).unwrap());
}
