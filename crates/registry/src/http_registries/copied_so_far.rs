//! How far a copy is, from what it tells.

use std::collections::HashMap;

use liftlock_engine::ports::CopyProgress;
use liftlock_oci::Digest;

use crate::copy::CopyEvent;

/// What was told so far. A byte counts once, however many repositories it goes to.
#[derive(Debug, Default)]
pub(super) struct CopiedSoFar {
    progress: CopyProgress,
    read: HashMap<Digest, u64>,
}

impl CopiedSoFar {
    pub(super) fn take(&mut self, event: &CopyEvent) {
        match event {
            CopyEvent::Planned { moves, bytes, .. } => {
                self.progress.of_blobs = *moves as u64;
                self.progress.of_bytes = *bytes;
            }
            CopyEvent::Bytes { digest, count } => {
                let read = self.read.entry(*digest).or_default();
                *read += count;
                self.progress.bytes += count;
            }
            CopyEvent::Blob { digest, size, .. } => {
                self.progress.blobs += 1;
                self.set(*digest, *size);
            }
            CopyEvent::Again { digest, .. } => self.set(*digest, 0),
            CopyEvent::Manifest { .. } => {}
        }
    }

    fn set(&mut self, digest: Digest, bytes: u64) {
        let before = self.read.insert(digest, bytes).unwrap_or_default();
        self.progress.bytes = self.progress.bytes - before + bytes;
    }

    /// Never more than everything.
    pub(super) fn progress(&self) -> CopyProgress {
        CopyProgress {
            bytes: self.progress.bytes.min(self.progress.of_bytes),
            ..self.progress
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upload::BlobWrite;

    #[test]
    fn each_byte_counts_once_whatever_happens_to_it() {
        let digest = |content: &[u8]| Digest::of(content);
        let bytes = |content, count| CopyEvent::Bytes {
            digest: digest(content),
            count,
        };
        let blob = |content, size, how| CopyEvent::Blob {
            digest: digest(content),
            size,
            to: "r.example.com/a".to_owned(),
            how,
        };
        let mut so_far = CopiedSoFar::default();
        for (event, blobs, read) in [
            (
                CopyEvent::Planned {
                    blobs: 2,
                    bytes: 15,
                    moves: 4,
                    manifests: 1,
                    destinations: 2,
                },
                0,
                0,
            ),
            (bytes(b"a", 6), 0, 6),
            (bytes(b"a", 4), 0, 10),
            (blob(b"a", 10, BlobWrite::Uploaded), 1, 10),
            (blob(b"a", 10, BlobWrite::Present), 2, 10),
            (bytes(b"b", 3), 2, 13),
            (
                CopyEvent::Again {
                    digest: digest(b"b"),
                    to: "r.example.com/a".to_owned(),
                    reason: "it broke".to_owned(),
                },
                2,
                10,
            ),
            (blob(b"b", 5, BlobWrite::Mounted), 3, 15),
            (bytes(b"b", 5), 3, 15),
        ] {
            so_far.take(&event);
            let progress = so_far.progress();
            assert_eq!((progress.blobs, progress.bytes), (blobs, read), "{event:?}");
            assert_eq!((progress.of_blobs, progress.of_bytes), (4, 15));
        }
    }
}
