//! Follows the ledger: what was recorded is counted, whoever recorded it.

use std::collections::BTreeMap;
use std::sync::Arc;

use liftlock_core::{PipelineName, State};
use liftlock_engine::ports::{Store as _, StoreError};
use liftlock_engine::{Pipelines, decode};
use liftlock_store::LedgerEntry;
use tokio::sync::watch;

use super::Metrics;
use super::labels::PAIRS_MAX;
use crate::shared::Shared;
use crate::telemetry::{self, Traced};

/// How many entries are read at once.
const PAGE: u32 = 256;

/// Where the following is.
struct Follow {
    shared: Shared,
    pipelines: Arc<Pipelines>,
    head: watch::Receiver<u64>,
    next: u64,
    traced: Traced,
}

/// Counts what is recorded from now on, until the server ends. Other servers on the same state
/// count the same. `from` is the head of the ledger when the server began, where it could be read.
pub(crate) async fn follow(shared: Shared, pipelines: Arc<Pipelines>, from: Option<u64>) {
    let head = shared.head.subscribe();
    let mut this = Follow {
        shared,
        pipelines,
        head,
        next: 0,
        traced: Traced::new(),
    };
    if let Err(error) = this.begin(from).await {
        tracing::warn!(%error, "figures begin without what stands now");
    }
    while !this.shared.shutdown.is_requested() {
        this.head.mark_unchanged();
        match this.page().await {
            Ok(true) => {}
            Ok(false) => this.wait().await,
            Err(error) => {
                tracing::warn!(%error, "the ledger cannot be followed for figures");
                this.wait().await;
            }
        }
    }
}

impl Follow {
    /// Starts at the head, with what stands there.
    async fn begin(&mut self, from: Option<u64>) -> Result<(), StoreError> {
        let store = &self.shared.store;
        self.next = match from {
            Some(size) => size,
            None => store.ledger_head().await?.size,
        };
        for stream in store.streams().await?.into_iter().take(PAIRS_MAX) {
            if self.shared.shutdown.is_requested() {
                break;
            }
            if let Ok(pipeline) = stream.parse() {
                self.state(&pipeline).await;
            }
        }
        Ok(())
    }

    /// Counts up to a page of entries; whether there were any.
    async fn page(&mut self) -> Result<bool, StoreError> {
        let page = self.shared.store.entries(self.next, PAGE).await?;
        let metrics = self.shared.metrics.clone();
        let Some(last) = page.last() else {
            metrics.entries.set(self.next.cast_signed());
            return Ok(false);
        };
        let next = last.seq + 1;
        let mut states = BTreeMap::new();
        for stored in &page {
            self.count(stored, &metrics, &mut states).await;
        }
        self.next = next;
        metrics.entries.set(next.cast_signed());
        Ok(true)
    }

    async fn count(
        &self,
        stored: &LedgerEntry,
        metrics: &Metrics,
        states: &mut BTreeMap<PipelineName, Option<Arc<State>>>,
    ) {
        let Ok(entry) = decode(&stored.stream, stored.version, &stored.bytes) else {
            metrics.unread.inc();
            return;
        };
        // Read once a page, and then it holds at least what the page says.
        if !states.contains_key(&entry.pipeline) {
            let state = self.state(&entry.pipeline).await;
            states.insert(entry.pipeline.clone(), state);
        }
        if let Some(Some(state)) = states.get(&entry.pipeline) {
            metrics.promotions.count(&entry, state);
            telemetry::log(stored.seq, &entry, state);
            self.traced.entry(&entry, state);
        }
    }

    /// A pipeline's state, of which the figures say what stands now.
    async fn state(&self, pipeline: &PipelineName) -> Option<Arc<State>> {
        let folded = self.pipelines.of(pipeline);
        let state = folded.read(&self.shared.store, pipeline).await;
        let state = state.inspect_err(|error| {
            tracing::warn!(%error, %pipeline, "a pipeline cannot be read for figures");
        });
        let state = state.ok()?;
        let promotions = &self.shared.metrics.promotions;
        promotions.standing.set(&promotions.known, pipeline, &state);
        Some(state)
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.head.changed() => {}
            () = self.shared.shutdown.requested() => {}
        }
    }
}
