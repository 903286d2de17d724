//! Tamper drills, each repeated with many seeds: whatever is done to a state or an export by someone
//! who can write it is found, and said in words, by who kept a checkpoint and the log's key.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{create, entry, tamper};
use liftlock_engine::ports::Store;
use liftlock_ledger::tiles::{decode_bundle, encode_bundle};
use liftlock_ledger::{SavedCheckpoint, Seal, SigningKey};
use liftlock_store::{DatabaseStore, OpenMode, verify_export};
use tempfile::{TempDir, tempdir};

/// Seeds of each drill.
const SEEDS: u64 = 16;

/// Entries of the ledger that is tampered with: two full bundles and a part.
const SIZE: u64 = 700;

/// Entries when the checkpoint was saved.
const SAVED: u64 = 430;

/// The same numbers for the same seed (Steele, Lea and Flood's SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }
}

fn key() -> SigningKey {
    SigningKey::unnamed(&[5; 32]).expect("a key")
}

fn text(n: u64) -> String {
    format!("event number {n} of the stream, with some words in it")
}

/// A state of `count` entries, made of what `text` says of each.
async fn state(path: &Path, count: u64, text: impl Fn(u64) -> String) -> DatabaseStore {
    let store = create(path).await;
    let entries: Vec<_> = (0..count).map(|n| entry(&text(n))).collect();
    store
        .append("shop", 0, &entries, None)
        .await
        .expect("appended");
    store
}

/// A ledger, its export, and what an auditor kept of it.
struct Scene {
    dir: TempDir,
    saved: SavedCheckpoint,
}

impl Scene {
    async fn new() -> Self {
        let dir = tempdir().expect("a folder");
        let early = state(&dir.path().join("early.db"), SAVED, text).await;
        let head = early.ledger_head().await.expect("a head");
        let key = key();
        let saved = Seal::Signed(&key)
            .seal(head.size, head.root)
            .expect("sealed");
        early.close().await;
        let store = state(&dir.path().join("state.db"), SIZE, text).await;
        let export = dir.path().join("export");
        store
            .export(&export, Seal::Signed(&key))
            .await
            .expect("exported");
        store.close().await;
        Self { dir, saved }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A fresh copy of the export.
    fn copy(&self) -> TempDir {
        let to = tempdir().expect("a folder");
        copy(&self.path("export"), to.path());
        to
    }

    /// What the auditor finds in an export; `None` where nothing is wrong.
    fn audit(&self, folder: &Path) -> Option<String> {
        let sealed = match verify_export(folder, Some(self.saved.checkpoint())) {
            Ok(sealed) => sealed,
            Err(fault) => return Some(fault.to_string()),
        };
        match sealed {
            SavedCheckpoint::Signed(signed) => {
                let verified = signed.verify(key().verifier());
                verified.err().map(|error| error.to_string())
            }
            SavedCheckpoint::Unsigned(_) => Some("the checkpoint is not signed".to_owned()),
        }
    }

    /// Each seed's change must be found, with one of these reasons.
    fn drill(&self, name: &str, reasons: &[&str], change: impl Fn(&Path, &mut Dice)) {
        for seed in 0..SEEDS {
            let copy = self.copy();
            change(copy.path(), &mut Dice(seed));
            let found = self.audit(copy.path());
            let found = found.unwrap_or_else(|| panic!("{name}, seed {seed}: nothing was found"));
            let said = reasons.iter().any(|reason| found.contains(reason));
            assert!(said, "{name}, seed {seed}: {found}");
        }
    }
}

fn copy(from: &Path, to: &Path) {
    for item in fs::read_dir(from).expect("a folder") {
        let item = item.expect("an item").path();
        let target = to.join(item.file_name().expect("a name"));
        if item.is_dir() {
            fs::create_dir(&target).expect("made");
            copy(&item, &target);
        } else {
            fs::copy(&item, &target).expect("copied");
        }
    }
}

/// Files of an export under a folder of its tiles, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for item in fs::read_dir(folder).expect("a folder") {
        let item = item.expect("an item").path();
        if item.is_dir() {
            found.extend(files(&item));
        } else {
            found.push(item);
        }
    }
    found.sort();
    found
}

/// Changes the entries of one bundle.
fn rebundle(folder: &Path, dice: &mut Dice, change: impl Fn(&mut Vec<Vec<u8>>, &mut Dice)) {
    let bundles = files(&folder.join("tile/entries"));
    let path = &bundles[dice.roll(bundles.len() as u64) as usize];
    let bytes = fs::read(path).expect("a bundle");
    let entries = decode_bundle(&bytes).expect("entries");
    let mut entries: Vec<Vec<u8>> = entries.into_iter().map(<[u8]>::to_vec).collect();
    change(&mut entries, dice);
    let entries: Vec<&[u8]> = entries.iter().map(Vec::as_slice).collect();
    fs::write(path, encode_bundle(&entries).expect("a bundle")).expect("written");
}

fn flip(path: &Path, dice: &mut Dice) {
    let mut bytes = fs::read(path).expect("a file");
    let place = dice.roll(bytes.len() as u64 * 8) as usize;
    bytes[place / 8] ^= 1 << (place % 8);
    fs::write(path, bytes).expect("written");
}

#[tokio::test]
async fn whatever_is_done_to_an_export_is_found() {
    let scene = Scene::new().await;
    assert_eq!(
        scene.audit(scene.copy().path()),
        None,
        "untouched, it is right"
    );
    scene.drill(
        "a bit of an entry",
        &[
            "is not canonical JSON",
            "one of them was changed",
            "no longer contains",
        ],
        |folder, dice| {
            rebundle(folder, dice, |entries, dice| {
                let place = dice.roll(entries.len() as u64) as usize;
                let bit = dice.roll(entries[place].len() as u64 * 8) as usize;
                entries[place][bit / 8] ^= 1 << (bit % 8);
            });
        },
    );
    scene.drill(
        "a bit of a bundle",
        &[
            "canonical",
            "changed",
            "is not an entry bundle",
            "entries instead of",
            "no longer contains",
        ],
        |folder, dice| {
            let bundles = files(&folder.join("tile/entries"));
            flip(&bundles[dice.roll(bundles.len() as u64) as usize], dice);
        },
    );
    scene.drill(
        "an entry dropped",
        &["entries instead of"],
        |folder, dice| {
            rebundle(folder, dice, |entries, dice| {
                entries.remove(dice.roll(entries.len() as u64) as usize);
            });
        },
    );
    scene.drill(
        "two entries exchanged",
        &["one of them was changed", "no longer contains"],
        |folder, dice| {
            rebundle(folder, dice, |entries, dice| {
                let count = entries.len() as u64;
                let one = dice.roll(count);
                let other = (one + 1 + dice.roll(count - 1)) % count;
                entries.swap(one as usize, other as usize);
            });
        },
    );
    scene.drill(
        "an entry put in",
        &[
            "entries instead of",
            "one of them was changed",
            "no longer contains",
        ],
        |folder, dice| {
            rebundle(folder, dice, |entries, dice| {
                let place = dice.roll(entries.len() as u64 + 1) as usize;
                entries.insert(place, entry("never happened"));
                // A full bundle cannot have more: what was last is pushed out.
                entries.truncate(256);
            });
        },
    );
    scene.drill(
        "the end cut off",
        &[
            "is not an entry bundle",
            "entries instead of",
            "changed",
            "no longer",
        ],
        |folder, dice| {
            let last = files(&folder.join("tile/entries")).pop().expect("a bundle");
            let bytes = fs::read(&last).expect("a bundle");
            let keep = dice.roll(bytes.len() as u64) as usize;
            fs::write(&last, &bytes[..keep]).expect("written");
        },
    );
    scene.drill(
        "a tile replaced",
        &[
            "does not hold the hashes",
            "one of them was changed",
            "cannot be read",
            "over",
        ],
        |folder, dice| {
            let tiles: Vec<_> = files(&folder.join("tile"))
                .into_iter()
                .filter(|path| !path.display().to_string().contains("entries"))
                .collect();
            let tile = &tiles[dice.roll(tiles.len() as u64) as usize];
            match dice.roll(3) {
                0 => flip(tile, dice),
                1 => fs::remove_file(tile).expect("removed"),
                _ => {
                    let other = &tiles[dice.roll(tiles.len() as u64) as usize];
                    let mut bytes = fs::read(other).expect("a tile");
                    bytes.rotate_left(32);
                    bytes.push(1);
                    fs::write(tile, bytes).expect("written");
                }
            }
        },
    );
    scene.drill(
        "a bit of the checkpoint",
        &[
            "is not a checkpoint",
            "does not fit the text",
            "is not signed by",
            "the checkpoint says",
            "cannot be read",
            "the export is of",
            "no longer contains",
            "is not an entry bundle",
        ],
        |folder, dice| flip(&folder.join("checkpoint"), dice),
    );
}

#[tokio::test]
async fn another_history_is_found_however_well_it_is_made() {
    let scene = Scene::new().await;
    let stranger = SigningKey::unnamed(&[6; 32]).expect("a key");
    for seed in 0..4 {
        let mut dice = Dice(seed);
        let changed = dice.roll(SAVED);
        let forged = move |n: u64| {
            if n == changed {
                format!("{}, or was it?", text(n))
            } else {
                text(n)
            }
        };
        let dir = tempdir().expect("a folder");
        // A fork: what the checkpoint saw is another, with the log's own key on it.
        let fork = state(&dir.path().join("fork.db"), SIZE, forged).await;
        let folder = dir.path().join("fork");
        fork.export(&folder, Seal::Signed(&key()))
            .await
            .expect("exported");
        let found = scene.audit(&folder).expect("a fork is found");
        assert!(
            found.contains("no longer contains what the checkpoint saw"),
            "{found}"
        );
        let from = fork.verify_since(scene.saved.checkpoint()).await;
        let found = from.expect_err("a fork is found").to_string();
        assert!(
            found.contains("no longer contains what the checkpoint saw"),
            "{found}"
        );
        assert!(fork.verify().await.is_ok(), "it is right in itself");

        // Rolled back to an earlier copy.
        let count = dice.roll(SAVED);
        let early = state(&dir.path().join("early.db"), count, text).await;
        let folder = dir.path().join("early");
        early
            .export(&folder, Seal::Signed(&key()))
            .await
            .expect("exported");
        let found = scene.audit(&folder).expect("a roll-back is found");
        assert!(found.contains("the checkpoint 430"), "{found}");
        let found = early.verify_since(scene.saved.checkpoint()).await;
        let found = found.expect_err("a roll-back is found").to_string();
        assert!(found.contains("the checkpoint 430"), "{found}");

        // What is there, under a key of someone else's.
        let own = DatabaseStore::open(scene.path("state.db"), OpenMode::ReadOnly)
            .await
            .expect("opened");
        let folder = dir.path().join("stranger");
        own.export(&folder, Seal::Signed(&stranger))
            .await
            .expect("exported");
        let found = scene.audit(&folder).expect("a stranger's key is found");
        assert!(found.contains("the export is of"), "{found}");
    }
}

#[tokio::test]
async fn whatever_is_done_to_a_state_is_found() {
    let scene = Scene::new().await;
    for (name, reasons, statement) in STATEMENTS {
        for seed in 0..SEEDS {
            let mut dice = Dice(seed);
            let path = scene.path(&format!("{seed}.db"));
            fs::copy(scene.path("state.db"), &path).expect("copied");
            let (one, bytes) = (dice.roll(SIZE - 1), dice.roll(40) + 2);
            let statement = statement
                .replace("{one}", &one.to_string())
                .replace("{next}", &(one + 1).to_string())
                .replace("{place}", &bytes.to_string())
                .replace("{size}", &SIZE.to_string());
            tamper(&path, &statement).await;
            let store = DatabaseStore::open(&path, OpenMode::ReadOnly)
                .await
                .expect("opened");
            let found = store.verify_since(scene.saved.checkpoint()).await;
            let found = found.expect_err(name).to_string();
            let said = reasons.iter().any(|reason| found.contains(reason));
            assert!(said, "{name}, seed {seed}: {found}");
            store.close().await;
        }
    }
}

/// A name, the words it is found with (one of them), and what is done.
const STATEMENTS: [(&str, &[&str], &str); 8] = [
    (
        "a letter of an entry",
        &["was changed after it was appended"],
        "UPDATE events SET entry = CAST(substr(CAST(entry AS TEXT), 1, {place}) || '~' ||
             substr(CAST(entry AS TEXT), {place} + 2) AS BLOB) WHERE seq = {one}",
    ),
    (
        "an entry dropped",
        &["is missing from the ledger"],
        "DELETE FROM events WHERE seq = {one}",
    ),
    (
        "an entry dropped, and the rest moved up",
        &["is missing", "it was changed, moved or put in"],
        "DELETE FROM events WHERE seq = {one};
         UPDATE events SET seq = seq + 100000, version = version + 100000 WHERE seq > {one};
         UPDATE events SET seq = seq - 100001, version = version - 100001 WHERE seq > 100000",
    ),
    (
        "two entries exchanged",
        &["it was changed, moved or put in"],
        "UPDATE events SET seq = {size} + 9, version = 100000 WHERE seq = {one};
         UPDATE events SET seq = {one}, version = version - 1 WHERE seq = {next};
         UPDATE events SET seq = {next}, version = {next} + 1 WHERE seq = {size} + 9",
    ),
    (
        "an entry put behind the end",
        &["was added behind the ledger's end"],
        "INSERT INTO events SELECT {size}, stream, {size} + 1, entry, leaf, root FROM events
             WHERE seq = {one}",
    ),
    (
        "the end cut off",
        &["is missing from the ledger", "no longer contains"],
        "DELETE FROM events WHERE seq > {one}",
    ),
    (
        "one entry in another's place",
        &["it was changed, moved or put in"],
        "UPDATE events SET (entry, leaf) =
             (SELECT entry, leaf FROM events WHERE seq = {next}) WHERE seq = {one}",
    ),
    (
        "the head of another ledger",
        &["the ledger's head"],
        "UPDATE ledger_head SET root = (SELECT leaf FROM events WHERE seq = {one})",
    ),
];
