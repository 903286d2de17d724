//! Progress as lines: few enough to be read afterwards in a job's log.

use liftlock_registry::{BlobWrite, CopyEvent};
use liftlock_verbs::show::{bytes, count};

use super::Doing;
use super::tally::Tally;

/// The most blobs that get a line each; of more, each tenth gets one.
const BLOB_LINES_MAX: usize = 30;

/// From how many bytes on each tenth of them gets a line.
const LARGE_BYTES: u64 = 256 * 1024 * 1024;

/// The most lines about blobs that are begun anew.
const AGAIN_LINES_MAX: usize = 8;

/// What was said so far.
#[derive(Debug)]
pub(super) struct Lines {
    doing: Doing,
    tally: Tally,
    tenths_of_bytes: u64,
    tenths_of_blobs: usize,
}

impl Lines {
    pub(super) fn new(doing: Doing) -> Self {
        Self {
            doing,
            tally: Tally::default(),
            tenths_of_bytes: 0,
            tenths_of_blobs: 0,
        }
    }

    /// The line that this event is worth.
    pub(super) fn take(&mut self, event: &CopyEvent) -> Option<String> {
        self.tally.take(event);
        match event {
            CopyEvent::Planned { .. } => planned(self.doing, event),
            CopyEvent::Blob {
                digest,
                size,
                to,
                how,
            } => {
                if self.tally.moves > BLOB_LINES_MAX {
                    return self.some_blobs();
                }
                let Tally { moved, moves, .. } = self.tally;
                let (short, size) = (digest.short(), bytes(*size));
                let end = ended(self.doing, *how, to);
                Some(format!("{moved}/{moves} {short} ({size}) {end}"))
            }
            CopyEvent::Bytes { .. } => self.some_bytes(),
            CopyEvent::Again { .. } => again(event, self.tally.again),
            CopyEvent::Manifest { .. } => None,
        }
    }

    fn some_blobs(&mut self) -> Option<String> {
        let tenths = self.tally.tenths_of_blobs();
        if tenths <= self.tenths_of_blobs {
            return None;
        }
        self.tenths_of_blobs = tenths;
        let Tally { moved, moves, .. } = self.tally;
        Some(format!("{moved}/{moves} blobs"))
    }

    fn some_bytes(&mut self) -> Option<String> {
        let tenths = self.tally.tenths_of_bytes();
        if self.tally.bytes < LARGE_BYTES || tenths <= self.tenths_of_bytes {
            return None;
        }
        self.tenths_of_bytes = tenths;
        let Tally { passed, bytes, .. } = self.tally;
        let (passed, all) = (self::bytes(passed), self::bytes(bytes));
        Some(format!("{passed} of {all}"))
    }
}

/// What is to be done, where anything is.
pub(super) fn planned(doing: Doing, event: &CopyEvent) -> Option<String> {
    let CopyEvent::Planned {
        blobs,
        bytes: size,
        manifests,
        destinations,
        ..
    } = event
    else {
        return None;
    };
    let what = format!("{} ({})", count(*blobs, "blob"), bytes(*size));
    match (doing, blobs) {
        (Doing::Copy, 0) => None,
        (Doing::Copy, _) => {
            let places = count(*destinations, "place");
            Some(format!("copying {what} to {places}"))
        }
        (Doing::Verify, _) => {
            let manifests = count(*manifests, "manifest");
            Some(format!("reading {what} of {manifests}"))
        }
    }
}

fn ended(doing: Doing, how: BlobWrite, to: &str) -> String {
    match (doing, how) {
        (Doing::Verify, _) => "is whole".to_owned(),
        (Doing::Copy, BlobWrite::Present) => format!("was in {to}"),
        (Doing::Copy, BlobWrite::Mounted) => format!("mounted in {to}"),
        (Doing::Copy, BlobWrite::Uploaded) => format!("sent to {to}"),
    }
}

/// That a blob is begun anew, for the first few times.
pub(super) fn again(event: &CopyEvent, times: usize) -> Option<String> {
    let CopyEvent::Again { digest, to, reason } = event else {
        return None;
    };
    let short = digest.short();
    match times {
        ..=AGAIN_LINES_MAX => Some(format!("sending {short} again ({to}): {reason}")),
        _ if times == AGAIN_LINES_MAX + 1 => {
            Some("more blobs are sent again; that is not shown any more".to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use liftlock_oci::Digest;

    use super::*;

    /// The lines of a copy of `blobs` blobs of `size` bytes each, in pieces, with `again` retries.
    fn lines(blobs: usize, size: u64, again: usize) -> Vec<String> {
        let mut events = vec![CopyEvent::Planned {
            blobs,
            bytes: blobs as u64 * size,
            moves: blobs,
            manifests: 1,
            destinations: 1,
        }];
        for at in 0..blobs {
            let digest = Digest::of(at.to_string().as_bytes());
            let to = "there".to_owned();
            for count in [size / 2, size - size / 2] {
                events.push(CopyEvent::Bytes { digest, count });
            }
            events.push(CopyEvent::Blob {
                digest,
                size,
                to,
                how: BlobWrite::Uploaded,
            });
        }
        for _ in 0..again {
            events.push(CopyEvent::Again {
                digest: Digest::of(b"x"),
                to: "there".to_owned(),
                reason: "it broke".to_owned(),
            });
        }
        let mut lines = Lines::new(Doing::Copy);
        events.iter().filter_map(|e| lines.take(e)).collect()
    }

    #[test]
    fn a_small_copy_has_a_line_for_each_blob() {
        let said = lines(2, 2048, 1);
        let (a, b) = (Digest::of(b"0").short(), Digest::of(b"1").short());
        assert_eq!(
            said,
            [
                "copying 2 blobs (4.00 KiB) to 1 place".to_owned(),
                format!("1/2 {a} (2.00 KiB) sent to there"),
                format!("2/2 {b} (2.00 KiB) sent to there"),
                format!(
                    "sending {} again (there): it broke",
                    Digest::of(b"x").short()
                ),
            ]
        );
    }

    #[test]
    fn a_large_copy_does_not_flood_a_log() {
        for (blobs, size, again, most) in [
            (30, 1 << 30, 1000, 50),
            (31, 1 << 30, 1000, 30),
            (20_000, 1 << 20, 20_000, 30),
            (20_000, 10, 0, 11),
        ] {
            let said = lines(blobs, size, again);
            assert!(said.len() <= most, "{blobs}: {}", said.len());
            assert!(said.len() > 10, "{blobs}: {}", said.len());
        }
    }

    #[test]
    fn nothing_to_do_is_not_worth_a_line() {
        assert_eq!(lines(0, 0, 0), Vec::<String>::new());
    }
}
