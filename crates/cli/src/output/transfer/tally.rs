//! How far a copy is, from what it tells.

use std::collections::HashMap;

use liftlock_oci::Digest;
use liftlock_registry::{BlobWrite, CopyEvent};

/// Bytes and blobs that are done, of those that are to do. What is done never becomes less: what
/// has to be sent again is more to do.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Blobs that are to come to a place, counted for each place.
    pub(super) moves: usize,
    /// Those that are there.
    pub(super) moved: usize,
    /// Bytes that are to be read, or found to be there, with those that are read again.
    pub(super) bytes: u64,
    /// Those that were.
    pub(super) passed: u64,
    /// How often a blob was begun anew.
    pub(super) again: usize,
    blobs: HashMap<Digest, Blob>,
}

#[derive(Debug, Default)]
struct Blob {
    passed: u64,
    is_read: bool,
}

impl Tally {
    pub(super) fn take(&mut self, event: &CopyEvent) {
        match event {
            CopyEvent::Planned { moves, bytes, .. } => {
                self.moves = *moves;
                self.bytes = *bytes;
            }
            CopyEvent::Bytes { digest, count } => {
                let blob = self.blobs.entry(*digest).or_default();
                // Where one place had it and another one does not, its bytes count as they pass.
                if !blob.is_read {
                    self.bytes += blob.passed;
                    blob.passed = 0;
                    blob.is_read = true;
                }
                blob.passed += count;
                self.passed += count;
            }
            CopyEvent::Blob {
                digest, size, how, ..
            } => {
                self.moved += 1;
                let blob = self.blobs.entry(*digest).or_default();
                if *how == BlobWrite::Uploaded || !blob.is_read {
                    self.passed += size.saturating_sub(blob.passed);
                    blob.passed = *size;
                }
            }
            CopyEvent::Again { digest, .. } => {
                self.again += 1;
                if let Some(blob) = self.blobs.remove(digest) {
                    self.bytes += blob.passed;
                }
            }
            CopyEvent::Manifest { .. } => {}
        }
    }

    /// Tenths of the bytes that passed, 0 to 10.
    pub(super) fn tenths_of_bytes(&self) -> u64 {
        let tenths = u128::from(self.passed) * 10 / u128::from(self.bytes.max(1));
        u64::try_from(tenths).unwrap_or(10).min(10)
    }

    /// Tenths of the blobs that are there, 0 to 10.
    pub(super) fn tenths_of_blobs(&self) -> usize {
        (self.moved * 10 / self.moves.max(1)).min(10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blob(name: &[u8], size: u64, how: BlobWrite) -> CopyEvent {
        CopyEvent::Blob {
            digest: Digest::of(name),
            size,
            to: "there".to_owned(),
            how,
        }
    }

    fn bytes(name: &[u8], count: u64) -> CopyEvent {
        let digest = Digest::of(name);
        CopyEvent::Bytes { digest, count }
    }

    fn again(name: &[u8]) -> CopyEvent {
        CopyEvent::Again {
            digest: Digest::of(name),
            to: "there".to_owned(),
            reason: "it broke".to_owned(),
        }
    }

    /// What passed, what is to pass beside what was planned, and how many blobs moved.
    fn check(events: &[CopyEvent], passed: u64, more: u64, moved: usize) {
        let mut tally = Tally::default();
        for event in events {
            tally.take(event);
        }
        let found = (tally.passed, tally.bytes, tally.moved);
        assert_eq!(found, (passed, more, moved), "{events:?}");
    }

    #[test]
    fn each_byte_counts_as_often_as_it_passes() {
        use BlobWrite::{Mounted, Present, Uploaded};
        check(&[bytes(b"a", 3), bytes(b"a", 4)], 7, 0, 0);
        check(&[bytes(b"a", 3), blob(b"a", 7, Uploaded)], 7, 0, 1);
        check(&[blob(b"a", 7, Mounted), blob(b"b", 2, Present)], 9, 0, 2);
        check(&[blob(b"a", 7, Present), blob(b"a", 7, Present)], 7, 0, 2);
        check(&[blob(b"a", 7, Present), bytes(b"a", 3)], 10, 7, 1);
        check(&[bytes(b"a", 3), blob(b"a", 7, Present)], 3, 0, 1);
        check(&[bytes(b"a", 3), again(b"a"), bytes(b"a", 2)], 5, 3, 0);
        check(
            &[blob(b"a", 7, Uploaded), again(b"a"), again(b"a")],
            7,
            7,
            1,
        );
    }
}
