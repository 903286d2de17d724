//! A pipeline's entries, one after the other, until the stream has lived long enough.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::Event;
use futures_util::Stream;
use liftlock_core::PipelineName;
use liftlock_store::LedgerEntry;
use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::Instant;

use crate::metrics::Gauged;
use crate::shared::Shared;

/// How many entries are read at once.
const PAGE: u32 = 256;

/// After how long a client is to connect again when a stream ends.
const RETRY: Duration = Duration::from_secs(2);

/// Where a stream is.
pub(super) struct Follow {
    shared: Shared,
    pipeline: PipelineName,
    /// The place in the ledger that is read next.
    next: u64,
    /// Where it ends, where somebody said so.
    end: Option<u64>,
    read: VecDeque<LedgerEntry>,
    head: watch::Receiver<u64>,
    /// When who asks is to be asked for again.
    until: Instant,
    greeted: bool,
    over: bool,
    _place: (OwnedSemaphorePermit, Gauged),
}

impl Follow {
    pub(super) fn new(
        shared: Shared,
        pipeline: PipelineName,
        (next, end): (u64, Option<u64>),
        place: OwnedSemaphorePermit,
    ) -> Self {
        let open = Gauged::new(&shared.metrics.http.streams);
        Self {
            head: shared.head.subscribe(),
            until: Instant::now() + shared.limits.event_stream_time,
            shared,
            pipeline,
            next,
            end,
            read: VecDeque::new(),
            greeted: false,
            over: false,
            _place: (place, open),
        }
    }

    /// The entries as events. A stream that cannot be read any more ends, and its client comes
    /// again with the last id it saw.
    pub(super) fn events(self) -> impl Stream<Item = Result<Event, Infallible>> + Send + 'static {
        futures_util::stream::unfold(self, |mut this| async move {
            let event = this.event().await?;
            Some((Ok(event), this))
        })
    }

    async fn event(&mut self) -> Option<Event> {
        if !self.greeted {
            self.greeted = true;
            return Some(Event::default().retry(RETRY).comment("follows"));
        }
        loop {
            if self.over || self.shared.shutdown.is_requested() || Instant::now() >= self.until {
                return None;
            }
            while let Some(entry) = self.read.pop_front() {
                self.next = entry.seq + 1;
                if entry.stream == self.pipeline.as_str() {
                    return event(&entry);
                }
            }
            if self.end.is_some_and(|end| self.next >= end) {
                self.over = true;
                let place = self.next.to_string();
                return Some(Event::default().event("reached").data(place));
            }
            // Before reading: what is appended meanwhile wakes the next wait at once.
            self.head.mark_unchanged();
            let page = self.shared.store.entries(self.next, self.page()).await;
            let page = page.inspect_err(|error| tracing::warn!(%error, "events cannot be read"));
            self.read = page.ok()?.into();
            if self.read.is_empty() {
                self.wait().await;
            }
        }
    }

    /// How many entries are read next.
    fn page(&self) -> u32 {
        let left = self
            .end
            .map_or(u64::MAX, |end| end.saturating_sub(self.next));
        u32::try_from(left).map_or(PAGE, |left| left.min(PAGE))
    }

    /// Until the ledger has grown, or it is time to end.
    async fn wait(&mut self) {
        tokio::select! {
            _ = self.head.changed() => {}
            () = self.shared.shutdown.requested() => {}
            () = tokio::time::sleep_until(self.until) => {}
        }
    }
}

#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(borrow)]
    event: Type<'a>,
}

#[derive(Deserialize)]
struct Type<'a> {
    #[serde(borrow, rename = "type")]
    name: &'a str,
}

/// An entry as an event; `None` where it is no text, which an entry of ours never is.
fn event(entry: &LedgerEntry) -> Option<Event> {
    let text = str::from_utf8(&entry.bytes).ok()?;
    let event = Event::default().id(entry.seq.to_string()).data(text);
    let kind = serde_json::from_str::<Kind<'_>>(text).ok();
    let kind = kind.map(|kind| kind.event.name);
    let is_word = |name: &&str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    match kind.filter(is_word) {
        Some(kind) => Some(event.event(kind)),
        None => Some(event),
    }
}
