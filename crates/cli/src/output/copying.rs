//! How far a copy is: a bar of bytes on a terminal, a line at each quarter elsewhere.

use std::sync::{Mutex, PoisonError};

use indicatif::{BinaryBytes, ProgressBar, ProgressStyle};
use liftlock_core::PromotionId;
use liftlock_engine::ports::CopyProgress;

/// From how many bytes on the quarters of a copy are told.
const TOLD_FROM_BYTES: u64 = 16 * 1024 * 1024;

/// Turns the spinner of a step into a bar, and moves it on.
pub(super) fn advance(bar: &ProgressBar, copied: &CopyProgress) {
    if bar.length() != Some(copied.of_bytes) {
        bar.set_style(style());
        bar.set_length(copied.of_bytes);
    }
    bar.set_position(copied.bytes);
    bar.set_prefix(format!("{}/{} blobs", copied.blobs, copied.of_blobs));
}

fn style() -> ProgressStyle {
    let template = "{spinner} {msg} [{bar:24}] {binary_bytes}/{binary_total_bytes}, {prefix}, {binary_bytes_per_sec} ({elapsed})";
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// Which quarter of which step was told last.
#[derive(Debug, Default)]
pub(super) struct Quarters(Mutex<Option<(PromotionId, u32, u64)>>);

impl Quarters {
    /// What to tell, where a quarter more is done, but not all.
    pub(super) fn line(
        &self,
        (promotion, number, of): (PromotionId, u32, u32),
        copied: &CopyProgress,
    ) -> Option<String> {
        if copied.of_bytes < TOLD_FROM_BYTES {
            return None;
        }
        let quarter = copied.bytes.saturating_mul(4) / copied.of_bytes;
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let told = match *last {
            Some((p, n, told)) if (p, n) == (promotion, number) => told,
            _ => 0,
        };
        if quarter <= told || quarter > 3 {
            return None;
        }
        *last = Some((promotion, number, quarter));
        Some(format!(
            "{promotion} [{number}/{of}] {}% of {}, {} of {} blobs",
            quarter * 25,
            BinaryBytes(copied.of_bytes),
            copied.blobs,
            copied.of_blobs
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_copy_tells_its_quarters_once_each() {
        let quarters = Quarters::default();
        let line = |number, bytes, of_bytes| {
            let copied = CopyProgress {
                blobs: 1,
                of_blobs: 4,
                bytes,
                of_bytes,
            };
            quarters.line((PromotionId(7), number, 9), &copied)
        };
        let of = 64 * 1024 * 1024;
        assert_eq!(line(1, of / 5, of), None);
        let half = line(1, of / 2 + 1, of);
        assert_eq!(
            half.as_deref(),
            Some("p7 [1/9] 50% of 64.00 MiB, 1 of 4 blobs")
        );
        assert_eq!(line(1, of / 2 + 2, of), None);
        assert_eq!(line(1, of, of), None, "its end is told as the step's");
        assert!(line(2, of / 4, of).is_some());
        assert_eq!(line(3, 600, 1000), None);
    }
}
