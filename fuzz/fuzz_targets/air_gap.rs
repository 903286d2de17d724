//! Archives with a release.
#![no_main]

use std::cell::RefCell;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use liftlock_air_gap::{Document, Opened, Standing, Trust};
use liftlock_attest::PublicKey;
use liftlock_fuzz::tar::tar_of;
use liftlock_ledger::SigningKey;
use tempfile::{NamedTempFile, TempPath};
use tokio::runtime::Runtime;

/// The keys of who wrote the first input.
const LOG_KEY: &str = include_str!("../src/air-gap-log-key.txt");
const KEY: &[u8] = include_bytes!("../src/air-gap-key.pub");

/// What that log says that the release holds. Nothing else can be proven of it.
const PROVEN: &str = "sha256:7384a2f0865bacddbdcd3a6173fe44bf91cc82836279c5bc4f6e58bcdac54346";

struct Bench {
    file: File,
    path: TempPath,
    runtime: Runtime,
    trust: Trust,
}

thread_local! {
    static BENCH: RefCell<Option<Bench>> = const { RefCell::new(None) };
}

fuzz_target!(|data: &[u8]| {
    let tar = tar_of(data);
    BENCH.with_borrow_mut(|bench| {
        let bench = bench.get_or_insert_with(Bench::new);
        bench.file.set_len(0).expect("emptied");
        bench.file.write_all_at(&tar, 0).expect("written");
        if let Ok(opened) = Opened::open(&bench.path) {
            check(&opened, bench);
        }
    });
});

fn check(opened: &Opened, bench: &Bench) {
    let document = opened.document();
    let again = Document::read(&document.to_bytes());
    assert_eq!(again.as_ref(), Ok(document));
    let verify = |trust: &Trust| {
        let verified = bench.runtime.block_on(opened.verify(trust, &report()));
        verified.map(|verified| {
            let statements = verified.beside.into_iter().flat_map(|b| b.statements);
            statements
                .map(|statement| statement.standing)
                .collect::<Vec<_>>()
        })
    };
    let stranger = SigningKey::unnamed(&[7; 32]).expect("a key");
    let strange = Trust {
        log_key: Some(stranger.verifier().clone()),
        ..bench.trust.clone()
    };
    assert!(verify(&strange).is_err(), "it is proven by nobody's key");
    if let Ok(standings) = verify(&bench.trust) {
        assert_eq!(document.release.as_str(), "r1");
        let images: Vec<_> = document.images.values().collect();
        assert_eq!(images.len(), 1);
        assert_eq!(images[0].image.digest.to_string(), PROVEN);
        assert!(standings.iter().any(|s| matches!(s, Standing::Good(_))));
    }
}

fn report() -> liftlock_registry::CopyReport {
    Arc::new(|_| {})
}

impl Bench {
    fn new() -> Self {
        let folder = ["/dev/shm", "/tmp"]
            .into_iter()
            .find(|f| std::path::Path::new(f).is_dir());
        let file = NamedTempFile::new_in(folder.unwrap_or(".")).expect("a file");
        let (file, path) = file.into_parts();
        let runtime = tokio::runtime::Builder::new_current_thread();
        Self {
            file,
            path,
            runtime: { runtime }.build().expect("a runtime"),
            trust: Trust {
                keys: vec![PublicKey::from_pem(KEY).expect("a key")],
                must_be_signed: true,
                log_key: Some(LOG_KEY.trim().parse().expect("a key")),
                pinned: None,
                now: Timestamp::UNIX_EPOCH,
            },
        }
    }
}
