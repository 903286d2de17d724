//! Watching: the checks of what is current are run again and again, and each end is an
//! observation. For soak only the time counts in which someone looked (semantics, "Soak": gaps
//! between observations longer than three intervals don't count).
//!
//! Observations are no events. What a stretch of them comes to is one: how many there were, how
//! much time between them does not count, and a digest over them, by which those that are still
//! kept can be compared.

mod digest;
mod observation;
mod stretch;

pub use digest::digest;
pub use observation::{Observation, gap_max};
pub(crate) use stretch::problem;
pub use stretch::{Open, Stretch, as_summed, open, stretch};
