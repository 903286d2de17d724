//! A state as bytes, so that a long stream need not be folded again. Not a public format: a
//! snapshot of another version of the fold is dropped, and the events are folded.
//!
//! First comes what every command looks at, as JSON, after its length. Then, in the order of
//! [`State::each_part`], what grows with the history: for a list its length, the length of each
//! chunk and the chunks; for places their number and the pairs. Numbers are little endian, lengths
//! of chunks and the halves of pairs in four bytes, all others in eight.

mod read;
mod write;

use std::sync::Arc;

use serde::Serialize;

use super::places::Places;
use super::slot::Slot;
use super::{EnvironmentState, Kept, Series, State};

/// The version of the fold. It rises whenever the same events come to another state, or the
/// state's parts change: then no snapshot of before is read any more.
pub const FOLD_VERSION: u32 = 7;

/// A snapshot cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// A part is not what it should be as JSON.
    #[error("the snapshot cannot be used: {0}")]
    Json(#[from] serde_json::Error),
    /// Its bytes are of another shape.
    #[error("the snapshot cannot be used: {0}")]
    Shape(&'static str),
}

/// An element of a list in a snapshot.
pub(super) trait Element: Serialize + Slot + PartialEq {}

impl<T: Serialize + Slot + PartialEq> Element for T {}

/// Who goes through the parts that grow with the history.
trait Parts {
    fn series<T: Element>(&mut self, series: &mut Series<T>) -> Result<(), SnapshotError>;

    fn places(&mut self, places: &mut Places) -> Result<(), SnapshotError>;

    fn number(&mut self, number: &mut usize) -> Result<(), SnapshotError>;

    fn kept<K, V>(&mut self, kept: &mut Kept<K, V>) -> Result<(), SnapshotError>
    where
        Option<(K, V)>: Element,
    {
        let (slots, places, len) = kept.parts();
        self.series(slots)?;
        self.places(places)?;
        self.number(len)
    }
}

impl State {
    /// The state as bytes, for [`Self::from_snapshot`] of the same [`FOLD_VERSION`]. What was in a
    /// snapshot before and has not changed is not written anew, but copied.
    ///
    /// # Errors
    /// [`SnapshotError`] where a part cannot be written, or is not read as it is written, which is
    /// so for none of them.
    pub fn to_snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        let mut writer = write::Writer::new(self)?;
        self.clone().each_part(&mut writer)?;
        Ok(writer.finish())
    }

    /// The state that was written. What grows with the history is read only when it is looked at.
    ///
    /// # Errors
    /// [`SnapshotError`] where the bytes are none, or of another shape. Where that only shows
    /// later, [`Self::is_intact`] says so.
    pub fn from_snapshot(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let whole: Arc<[u8]> = bytes.into();
        let (mut state, mut reader) = read::Reader::new(&whole)?;
        state.each_part(&mut reader)?;
        reader.finish()?;
        Ok(state)
    }

    /// Whether everything that was looked at so far could be read. What is decided by a state that
    /// is not intact is worth nothing: its events have to be folded.
    pub fn is_intact(&self) -> bool {
        self.clone().each_part(&mut Intact).is_ok()
    }

    /// All parts that are not written as JSON, always in the same order. A list or map that is
    /// added to the state is added here too.
    fn each_part(&mut self, parts: &mut impl Parts) -> Result<(), SnapshotError> {
        parts.kept(&mut self.releases)?;
        parts.series(&mut self.evidence)?;
        parts.kept(&mut self.promotions)?;
        parts.series(&mut self.overrides)?;
        parts.series(&mut self.freezes)?;
        parts.places(&mut self.index.holding)?;
        parts.places(&mut self.index.about)?;
        parts.places(&mut self.index.asked)?;
        parts.places(&mut self.index.overriding)?;
        let environments = self.environments.values_mut();
        environments
            .into_iter()
            .try_for_each(|environment| environment.each_part(parts))
    }
}

impl EnvironmentState {
    fn each_part(&mut self, parts: &mut impl Parts) -> Result<(), SnapshotError> {
        parts.kept(&mut self.verified.0)?;
        parts.kept(&mut self.withdrawn)?;
        parts.kept(&mut self.soak)
    }
}

/// Looks for what could not be read.
struct Intact;

impl Parts for Intact {
    fn series<T: Element>(&mut self, series: &mut Series<T>) -> Result<(), SnapshotError> {
        if series.chunks().all(super::chunk::Chunk::is_intact) {
            return Ok(());
        }
        Err(SnapshotError::Shape("a chunk cannot be read"))
    }

    fn places(&mut self, _: &mut Places) -> Result<(), SnapshotError> {
        Ok(())
    }

    fn number(&mut self, _: &mut usize) -> Result<(), SnapshotError> {
        Ok(())
    }
}
