//! What lists and maps of a state hold.

use crate::freeze::Freeze;
use crate::overrides::Override;
use crate::promotion::Promotion;
use crate::release::Release;
use crate::{Evidence, PromotionId, ReleaseName};

use super::{SoakClock, Standing, Withdrawn};

/// An element of a list, or of a map with its key. Each has its own line below, so that its reading
/// is compiled in this crate once, and not again in every crate that looks at a state.
pub trait Slot: Sized {
    /// The elements that a chunk's JSON holds.
    ///
    /// # Errors
    /// Where it does not hold such elements.
    #[doc(hidden)]
    fn read_all(json: &[u8]) -> serde_json::Result<Vec<Self>>;
}

macro_rules! slots {
    ($($element:ty),* $(,)?) => {
        $(impl Slot for $element {
            fn read_all(json: &[u8]) -> serde_json::Result<Vec<Self>> {
                serde_json::from_slice(json)
            }
        })*
    };
}

slots!(
    Evidence,
    Freeze,
    Override,
    Option<(ReleaseName, Release)>,
    Option<(PromotionId, Promotion)>,
    Option<(ReleaseName, Withdrawn)>,
    Option<(ReleaseName, SoakClock)>,
    Option<(ReleaseName, Standing)>,
);
