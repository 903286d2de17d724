//! A state as bytes, so that a long stream need not be folded again. Not a public format: a
//! snapshot of another version of the fold is dropped, and the events are folded.

use super::State;
use super::index::Index;

/// The version of the fold. It rises whenever the same events come to another state, or the
/// state's parts change: then no snapshot of before is read any more.
pub const FOLD_VERSION: u32 = 1;

/// A snapshot cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[error("the snapshot cannot be used: {0}")]
pub struct SnapshotError(#[from] serde_json::Error);

impl State {
    /// The state as bytes, for [`Self::from_snapshot`] of the same [`FOLD_VERSION`].
    ///
    /// # Errors
    /// [`SnapshotError`] where a part cannot be written, which none of them should.
    pub fn to_snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        Ok(serde_json::to_vec(self)?)
    }

    /// The state that was written.
    ///
    /// # Errors
    /// [`SnapshotError`] where the bytes are none, or of another shape.
    pub fn from_snapshot(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let mut state: Self = serde_json::from_slice(bytes)?;
        state.frozen = state.last_freezes();
        let mut releases: Vec<_> = state.releases.values().collect();
        releases.sort_by_key(|release| release.number);
        let mut index = Index::default();
        for release in releases {
            index.release(release);
        }
        for (place, evidence) in state.evidence.iter().enumerate() {
            index.evidence(place, evidence);
        }
        for promotion in state.promotions.values() {
            index.promotion(promotion);
            if !promotion.is_open() {
                index.ended(promotion.request.id);
            }
        }
        state.index = index;
        Ok(state)
    }
}
