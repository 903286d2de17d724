//! An endpoint follows the ledger: each entry is looked at once, and where it is told there, its
//! pipeline gets a lane.

use std::collections::BTreeSet;

use liftlock_core::{Entry, Time};

use super::Endpoint;
use crate::outbox::{Lane, Outbox, OutboxError, Recorded};
use crate::outgoing::Kind;

/// Follows the ledger to its end. The endpoint's place after it.
pub(super) async fn follow(
    outbox: &impl Outbox,
    endpoint: &Endpoint,
    now: Time,
) -> Result<u64, OutboxError> {
    let start = match endpoint.from_start {
        true => 0,
        false => outbox.size().await?,
    };
    let mut place = outbox.begin(&endpoint.name, start).await?;
    loop {
        let page = outbox.entries(place).await?;
        let Some(last) = page.last() else {
            return Ok(place);
        };
        let to = last.seq + 1;
        let lanes = lanes(endpoint, &page, now);
        if !outbox.route(&endpoint.name, place, to, &lanes).await? {
            // Another sender was faster: go on from where it is.
            place = outbox.begin(&endpoint.name, start).await?;
            continue;
        }
        place = to;
    }
}

/// The first entry of each pipeline that is told there.
fn lanes(endpoint: &Endpoint, page: &[Recorded], now: Time) -> Vec<Lane> {
    let mut opened = BTreeSet::new();
    let told = page.iter().filter(|recorded| endpoint.wants(recorded));
    let first = told.filter(|recorded| opened.insert(&recorded.pipeline));
    first
        .map(|recorded| Lane {
            pipeline: recorded.pipeline.clone(),
            seq: recorded.seq,
            n: recorded.n,
            tries: 0,
            since_us: None,
            due_us: now.us(),
            reason: None,
        })
        .collect()
}

impl Endpoint {
    /// Whether an entry may be told there. Its environment is not looked at yet: that takes the
    /// state. What cannot be read is not passed over either: it waits for a version that can.
    pub(super) fn wants(&self, recorded: &Recorded) -> bool {
        let pipelines = &self.filter.pipelines;
        let named =
            |pipeline: &liftlock_core::PipelineName| *pipeline.as_str() == recorded.pipeline;
        if !pipelines.is_empty() && !pipelines.iter().any(named) {
            return false;
        }
        match Entry::read(&recorded.bytes) {
            Err(_) => true,
            Ok(entry) => Kind::of(&entry.event).is_some_and(|kind| {
                self.filter.kinds.is_empty() || self.filter.kinds.contains(&kind)
            }),
        }
    }
}
