//! How much a worker does at once, and how often it looks where nothing calls it.

use liftlock_core::{PipelineName, Span};
use liftlock_oci::Digest;

/// The pace of a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pace {
    /// How many pipelines are looked at at once.
    pub at_once: usize,
    /// How many ticks there may be at once, with those that carry out something for long.
    pub ticks_max: usize,
    /// After how long a tick is one that carries out something for long: it takes nobody's place
    /// any more, and its pipeline may be looked at beside it.
    pub long: Span,
    /// How often it is looked whether others have recorded something, in one read for all pipelines.
    pub poll_every: Span,
    /// How often it is looked for drift, where something is current, and for what others may have
    /// left undone.
    pub look_every: Span,
    /// How long what was looked at for drift is not looked at again, whatever is recorded meanwhile.
    /// A registry that says that a tag was moved is looked at at once.
    pub look_gap: Span,
    /// How often it is looked for a signature that a promotion waits for: no event says when one is
    /// put beside an image.
    pub beside_every: Span,
    /// When to come again where another worker is at it.
    pub elsewhere: Span,
    /// The first wait after a failure; each further one is twice as long.
    pub backoff: Span,
    /// The longest.
    pub backoff_max: Span,
    /// How long it is waited, once stopped, for what is being done.
    pub finish_within: Span,
    /// What makes this worker's times differ from those of others.
    pub seed: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            at_once: 16,
            ticks_max: 256,
            long: Span::from_secs(10),
            poll_every: Span::from_secs(2),
            look_every: Span::from_secs(300),
            look_gap: Span::from_secs(30),
            beside_every: Span::from_secs(60),
            elsewhere: Span::from_secs(10),
            backoff: Span::from_secs(1),
            backoff_max: Span::from_secs(300),
            finish_within: Span::from_secs(25),
            seed: 0,
        }
    }
}

impl Pace {
    /// The wait after so many failures in a row.
    pub(super) fn backoff(&self, failures: u32) -> Span {
        let doubled = 1i64.checked_shl(failures.saturating_sub(1).min(40));
        let us = self
            .backoff
            .us()
            .saturating_mul(doubled.unwrap_or(i64::MAX));
        Span::from_us(us.min(self.backoff_max.us()))
    }

    /// A span, up to a quarter longer: who fails together, or begins together, does not come back
    /// together. `nth` tells the same pipeline's times apart.
    pub(super) fn spread(&self, span: Span, pipeline: &PipelineName, nth: u64) -> Span {
        let drawn = Digest::of(format!("{} {nth} {pipeline}", self.seed).as_bytes());
        let drawn = i64::from_str_radix(&drawn.hex()[..4], 16).unwrap_or_default();
        Span::from_us(span.us() + span.us() / 4 / 65_536 * drawn)
    }
}
