//! Reading a stream, and what it comes to.

use std::sync::Arc;

use liftlock_core::event::Entry;
use liftlock_core::{PipelineName, State};

use crate::ports::{Store, StoredEntry};
use crate::{EngineError, Folded, decode};

impl Folded {
    /// The state of `pipeline` as it is stored now, for which this is. What was folded before is
    /// not loaded again.
    ///
    /// # Errors
    /// [`EngineError`] where the stream cannot be read, or not folded.
    pub async fn read<S: Store>(
        &self,
        store: &S,
        pipeline: &PipelineName,
    ) -> Result<Arc<State>, EngineError> {
        let mut cache = self.state.lock().await;
        let kept = match cache.version {
            0 => self.of_snapshot(store, pipeline).await?,
            _ => None,
        };
        let entries = match kept {
            Some((state, entries)) => {
                *cache = Arc::new(state);
                entries
            }
            None => store.load(pipeline.as_str(), cache.version).await?,
        };
        if !entries.is_empty() {
            let state = Arc::make_mut(&mut cache);
            let folded = fold_stored(state, &entries, pipeline);
            match state.is_intact() {
                true => folded?,
                false => *state = self.anew(store, pipeline).await?,
            }
        }
        Ok(Arc::clone(&cache))
    }

    /// Folds the stream from its first entry: its snapshot turned out to be unreadable in part, and
    /// the next one is due at once.
    pub(crate) async fn anew<S: Store>(
        &self,
        store: &S,
        pipeline: &PipelineName,
    ) -> Result<State, EngineError> {
        self.snapshot_was(0);
        let mut state = State::default();
        let entries = store.load(pipeline.as_str(), 0).await?;
        fold_stored(&mut state, &entries, pipeline)?;
        Ok(state)
    }
}

fn fold_stored(
    state: &mut State,
    entries: &[StoredEntry],
    pipeline: &PipelineName,
) -> Result<(), EngineError> {
    entries.iter().try_for_each(|stored| {
        let entry = decode(pipeline.as_str(), stored.version, &stored.bytes)?;
        fold(state, &entry, pipeline)
    })
}

/// One entry more.
pub(crate) fn fold(
    state: &mut State,
    entry: &Entry,
    pipeline: &PipelineName,
) -> Result<(), EngineError> {
    let pipeline = pipeline.to_string();
    state
        .apply(entry)
        .map_err(|source| EngineError::Apply { pipeline, source })
}
