//! Pipelines' states at the entries that are told of.

use std::collections::BTreeMap;

use liftlock_core::state::ApplyError;
use liftlock_core::{Entry, State};

use crate::outbox::{Outbox, OutboxError};
use crate::outgoing::Message;

/// The most pipelines of an endpoint whose states are held.
const HISTORIES_MAX: usize = 128;

/// A pipeline's state, and the last entry in it.
#[derive(Default)]
pub(super) struct History {
    state: State,
    last: Option<Entry>,
}

/// Those of an endpoint's pipelines that were told of lately.
#[derive(Default)]
pub(super) struct Histories(BTreeMap<String, History>);

/// Why an entry cannot be told of.
#[derive(Debug, thiserror::Error)]
pub(super) enum HistoryError {
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    #[error("event {n} of {pipeline} cannot be read by this version of Liftlock ({source})")]
    Entry {
        pipeline: String,
        n: u64,
        #[source]
        source: serde_json::Error,
    },
    #[error("the events of {pipeline} do not fit together ({source}); run `liftlock log verify`")]
    Fold {
        pipeline: String,
        #[source]
        source: ApplyError,
    },
    #[error("{pipeline} has no event {n}")]
    Missing { pipeline: String, n: u64 },
}

impl Histories {
    pub(super) fn take(&mut self, pipeline: &str) -> History {
        self.0.remove(pipeline).unwrap_or_default()
    }

    pub(super) fn put_back(&mut self, pipeline: &str, history: History) {
        if self.0.len() >= HISTORIES_MAX {
            // Any: it is folded again when it is wanted.
            self.0.pop_first();
        }
        self.0.insert(pipeline.to_owned(), history);
    }
}

impl History {
    /// What is told of an entry; `None` for what is told to nobody.
    pub(super) async fn message(
        &mut self,
        outbox: &impl Outbox,
        pipeline: &str,
        (seq, n): (u64, u64),
    ) -> Result<Option<Message>, HistoryError> {
        if self.state.version > n {
            *self = Self::default();
        }
        while self.state.version < n {
            let before = self.state.version;
            for recorded in outbox.stream(pipeline, before).await? {
                if recorded.n > n {
                    break;
                }
                self.apply(pipeline, recorded.n, &recorded.bytes)?;
            }
            if self.state.version == before {
                let pipeline = pipeline.to_owned();
                return Err(HistoryError::Missing { pipeline, n });
            }
        }
        let entry = self.last.as_ref();
        Ok(entry.and_then(|entry| Message::of(entry, seq, &self.state)))
    }

    fn apply(&mut self, pipeline: &str, n: u64, bytes: &[u8]) -> Result<(), HistoryError> {
        let pipeline = || pipeline.to_owned();
        let entry = Entry::read(bytes).map_err(|source| HistoryError::Entry {
            pipeline: pipeline(),
            n,
            source,
        })?;
        if let Err(source) = self.state.apply(&entry) {
            // A state that refused an entry is of no more use.
            *self = Self::default();
            let pipeline = pipeline();
            return Err(HistoryError::Fold { pipeline, source });
        }
        self.last = Some(entry);
        Ok(())
    }
}
