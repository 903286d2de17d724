//! Snapshots of the state: written now and then, read first, and never believed over the events.

use liftlock_core::state::FOLD_VERSION;
use liftlock_core::{PipelineName, State};
use liftlock_oci::Digest;

use crate::ports::{Clock, Delivery, Registries, Snapshot, Store, StoredEntry};
use crate::{Engine, EngineError, Folded, decode};

/// After how many events more the next snapshot is written, where nothing else is said.
pub const SNAPSHOT_EVERY: u64 = 500;

/// A snapshot could not be found to be what its events come to.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotFault {
    /// It says something else.
    #[error(
        "the snapshot of {stream} after event {version} is not what its events come to: it was changed"
    )]
    Changed {
        /// The stream.
        stream: String,
        /// The event it says it was made after.
        version: u64,
    },
    /// The stream cannot be read or folded.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl<S: Store, R: Registries, D: Delivery, C: Clock> Engine<S, R, D, C> {
    /// Writes a snapshot where one is due. One that cannot be written is left: the events are there.
    pub(crate) async fn snapshot_if_due(&self, state: &State, appended: &[Vec<u8>]) {
        let before = self.folded.last_snapshot();
        if state.version < before.saturating_add(self.snapshot_every) {
            return;
        }
        self.folded.snapshot_was(state.version);
        if let (Ok(bytes), Some(last)) = (state.to_snapshot(), appended.last()) {
            let snapshot = Snapshot {
                version: state.version,
                fold: FOLD_VERSION,
                last: Digest::of(last),
                state: bytes,
            };
            let stream = self.pipeline.as_str();
            let _ = self.store.put_snapshot(stream, &snapshot).await;
        }
    }
}

impl Folded {
    /// The state of the last snapshot, and the entries after it, where there is one that can be
    /// used: of this version of the fold, and ending with an entry of this very stream.
    pub(crate) async fn of_snapshot<S: Store>(
        &self,
        store: &S,
        pipeline: &PipelineName,
    ) -> Result<Option<(State, Vec<StoredEntry>)>, EngineError> {
        let stream = pipeline.as_str();
        // A snapshot that cannot be read is one that is not there.
        let Some(snapshot) = store.snapshot(stream).await.ok().flatten() else {
            return Ok(None);
        };
        let Some(before) = snapshot.version.checked_sub(1) else {
            return Ok(None);
        };
        let Some(state) = read(&snapshot) else {
            return Ok(None);
        };
        let mut entries = store.load(stream, before).await?;
        if !entries.first().is_some_and(|last| ends(&snapshot, last)) {
            return Ok(None);
        }
        entries.remove(0);
        self.snapshot_was(state.version);
        Ok(Some((state, entries)))
    }
}

/// The state in a snapshot, where this version of the fold wrote it.
fn read(snapshot: &Snapshot) -> Option<State> {
    if snapshot.fold != FOLD_VERSION {
        return None;
    }
    let state = State::from_snapshot(&snapshot.state).ok()?;
    (state.version == snapshot.version).then_some(state)
}

/// Whether a snapshot ends with this entry.
fn ends(snapshot: &Snapshot, last: &StoredEntry) -> bool {
    last.version == snapshot.version && Digest::of(&last.bytes) == snapshot.last
}

/// Folds a stream from its first entry, and compares with its snapshot. How many events the
/// snapshot stands for; `None` where there is none that would be used.
///
/// # Errors
/// [`SnapshotFault`].
pub async fn check_snapshot<S: Store>(
    store: &S,
    stream: &str,
) -> Result<Option<u64>, SnapshotFault> {
    let found = store.snapshot(stream).await.ok().flatten();
    let Some(snapshot) = found.filter(|snapshot| snapshot.fold == FOLD_VERSION) else {
        return Ok(None);
    };
    let entries = store.load(stream, 0).await.map_err(EngineError::from)?;
    let (mut state, mut is_ours) = (State::default(), false);
    for stored in &entries {
        if stored.version > snapshot.version {
            break;
        }
        is_ours = ends(&snapshot, stored);
        let entry = decode(stream, stored.version, &stored.bytes).map_err(EngineError::from)?;
        let pipeline = stream.to_owned();
        let fault = |source| EngineError::Apply { pipeline, source };
        state.apply(&entry).map_err(fault)?;
    }
    if !is_ours {
        return Ok(None);
    }
    if read(&snapshot).is_some_and(|said| said == state) {
        return Ok(Some(snapshot.version));
    }
    Err(SnapshotFault::Changed {
        stream: stream.to_owned(),
        version: snapshot.version,
    })
}
