//! A state that was written and read again is the state; and the version of the fold rises with
//! its shape.

use std::fs;
use std::path::Path;

use liftlock_core::state::FOLD_VERSION;
use liftlock_core::{Entry, State};
use liftlock_oci::Digest;

/// What the golden streams come to, by this version of the fold.
const FOLD: (u32, &str) = (
    7,
    "sha256:0f22f10f8d4a90ad44d8665ae2275cc46fa1e341b9677e5dba8976be606f3fbd",
);

/// The golden streams that are looked at. One that is added here changes [`FOLD`] too.
const STREAMS: [&str; 14] = [
    "v1-decisions",
    "v1-drift",
    "v1-signatures",
    "v1-ends",
    "v1-exceptions",
    "v1-repositories",
    "v1-times",
    "v1-two-environments",
    "v1-watch",
    "v1-stopped",
    "v1-imports",
    "v1-gaps",
    "v1-workers",
    "v1-groups",
];

fn golden() -> Vec<Vec<Entry>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let read = |name| fs::read_to_string(folder.join(format!("{name}.jsonl"))).unwrap();
    let entries = |text: String| {
        let lines = text.lines();
        lines.map(|l| serde_json::from_str(l).unwrap()).collect()
    };
    STREAMS.into_iter().map(read).map(entries).collect()
}

#[test]
fn every_state_of_a_stream_is_read_as_it_was_written() {
    for entries in golden() {
        let mut state = State::default();
        for entry in entries {
            state.apply(&entry).unwrap();
            let bytes = state.to_snapshot().unwrap();
            let read = State::from_snapshot(&bytes).unwrap();
            assert_eq!(read, state, "after event {}", entry.n);
            assert_eq!(read.to_snapshot().unwrap(), bytes);
        }
    }
}

#[test]
fn a_snapshot_and_the_events_after_it_give_the_state() {
    for entries in golden() {
        let whole = State::replay(&entries).unwrap();
        for half in 0..entries.len() {
            let (before, after) = entries.split_at(half);
            let bytes = State::replay(before).unwrap().to_snapshot().unwrap();
            let mut state = State::from_snapshot(&bytes).unwrap();
            for entry in after {
                state.apply(entry).unwrap();
            }
            assert_eq!(state, whole, "from event {half}");
        }
    }
}

#[test]
fn what_is_no_snapshot_is_refused() {
    for bad in ["", "{}", "[]", "{\"version\":", "null", "\u{0}"] {
        assert!(State::from_snapshot(bad.as_bytes()).is_err(), "{bad:?}");
    }
}

#[test]
fn a_snapshot_that_is_cut_off_or_goes_on_is_refused() {
    let bytes = last_snapshot();
    for end in (0..bytes.len()).step_by(3) {
        assert!(State::from_snapshot(&bytes[..end]).is_err(), "{end}");
    }
    let longer = [&bytes[..], b"\0"].concat();
    assert!(State::from_snapshot(&longer).is_err());
}

/// The bytes of what grows are read late. What cannot be read then is never taken for nothing.
#[test]
fn what_cannot_be_read_later_is_told() {
    let bytes = last_snapshot();
    let state = State::from_snapshot(&bytes).unwrap();
    let json = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let mut told = 0;
    for at in (8 + json..bytes.len()).step_by(41) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x80;
        let Ok(read) = State::from_snapshot(&changed) else {
            continue;
        };
        assert!(read.is_intact(), "nothing was looked at yet");
        let same = read == state;
        if !read.is_intact() {
            assert!(!same, "byte {at}");
            told += 1;
        }
    }
    assert!(told > 30, "{told}");
    assert!(state.is_intact());
}

fn last_snapshot() -> Vec<u8> {
    let entries = golden().pop().unwrap();
    State::replay(&entries).unwrap().to_snapshot().unwrap()
}

/// Snapshots are read by their version alone: one whose parts mean something else would be taken
/// for the state.
#[test]
fn the_version_of_the_fold_rises_when_the_same_events_come_to_another_state() {
    let streams = golden().into_iter();
    let states = streams.map(|entries| State::replay(&entries).unwrap());
    let bytes: Vec<u8> = states
        .flat_map(|state| state.to_snapshot().unwrap())
        .collect();
    let found = Digest::of(&bytes).to_string();
    assert_eq!(
        (FOLD_VERSION, found.as_str()),
        FOLD,
        "the golden streams come to other snapshots: raise FOLD_VERSION in state/snapshot.rs, \
         unless only STREAMS or the compression has changed, and write down in FOLD what was found"
    );
}
