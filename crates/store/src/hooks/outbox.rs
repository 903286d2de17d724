//! The ledger as the outbox of webhooks.

use liftlock_engine::ports::StoreError;
use liftlock_hooks::outbox::{
    DeadLetter, Lane, Outbox, OutboxError, PAGE_MAX, Recorded, Settled, Standing,
};

use super::sql;
use crate::database::DatabaseStore;
use crate::db::query;
use crate::read::{check_leaf, integer};

/// Version, place, entry, leaf.
type Columns = (i64, i64, Vec<u8>, Vec<u8>);

fn outbox<T>(result: Result<T, StoreError>) -> Result<T, OutboxError> {
    result.map_err(|error| OutboxError(Box::new(error)))
}

impl Outbox for DatabaseStore {
    async fn size(&self) -> Result<u64, OutboxError> {
        let head = outbox(self.ledger_head().await)?;
        Ok(head.size)
    }

    async fn entries(&self, from: u64) -> Result<Vec<Recorded>, OutboxError> {
        let entries = outbox(self.entries(from, PAGE_MAX).await)?.into_iter();
        let recorded = entries.map(|entry| Recorded {
            seq: entry.seq,
            pipeline: entry.stream,
            n: entry.version,
            bytes: entry.bytes,
        });
        Ok(recorded.collect())
    }

    async fn stream(&self, pipeline: &str, after: u64) -> Result<Vec<Recorded>, OutboxError> {
        outbox(self.stream_page(pipeline, after).await)
    }

    async fn begin(&self, endpoint: &str, place: u64) -> Result<u64, OutboxError> {
        outbox(self.begin_endpoint(endpoint, place).await)
    }

    async fn route(
        &self,
        endpoint: &str,
        from: u64,
        to: u64,
        lanes: &[Lane],
    ) -> Result<bool, OutboxError> {
        outbox(self.route_endpoint(endpoint, (from, to), lanes).await)
    }

    async fn due(&self, endpoint: &str, now_us: i64) -> Result<Vec<Lane>, OutboxError> {
        outbox(self.due_lanes(endpoint, now_us).await)
    }

    async fn next_due(&self, endpoint: &str, now_us: i64) -> Result<Option<i64>, OutboxError> {
        outbox(self.next_lane(endpoint, now_us).await)
    }

    async fn settle(
        &self,
        endpoint: &str,
        lane: &Lane,
        settled: &Settled,
        dead: Option<&DeadLetter>,
    ) -> Result<bool, OutboxError> {
        outbox(self.settle_lane(endpoint, lane, settled, dead).await)
    }

    async fn again(&self, endpoint: &str) -> Result<Vec<DeadLetter>, OutboxError> {
        outbox(self.dead_again(endpoint).await)
    }

    async fn sent_again(
        &self,
        letter: &DeadLetter,
        failed: Option<&str>,
    ) -> Result<(), OutboxError> {
        outbox(self.dead_sent(letter, failed).await)
    }

    async fn standings(&self) -> Result<Vec<Standing>, OutboxError> {
        outbox(self.endpoint_standings().await)
    }

    async fn dead_letters(
        &self,
        endpoint: &str,
        after: Option<u64>,
    ) -> Result<Vec<DeadLetter>, OutboxError> {
        outbox(self.dead_after(endpoint, after).await)
    }

    async fn resend(&self, endpoint: &str, seq: Option<u64>) -> Result<u64, OutboxError> {
        outbox(self.change_dead(sql::DEAD_RESEND, endpoint, seq).await)
    }

    async fn drop_dead(&self, endpoint: &str, seq: Option<u64>) -> Result<u64, OutboxError> {
        outbox(self.change_dead(sql::DEAD_DROP, endpoint, seq).await)
    }
}

impl DatabaseStore {
    async fn stream_page(&self, stream: &str, after: u64) -> Result<Vec<Recorded>, StoreError> {
        let fail = self.fail("reading a stream");
        let page = query(sql::STREAM_PAGE)
            .bind(stream)
            .bind(integer(after, fail)?)
            .bind(PAGE_MAX);
        let rows = page.all::<Columns>(&mut self.reading()).await;
        let mut recorded = Vec::new();
        for (version, seq, bytes, leaf) in rows.map_err(|e| fail.sql(e))? {
            let (n, seq) = (version.cast_unsigned(), seq.cast_unsigned());
            check_leaf(&bytes, &leaf, seq, fail)?;
            recorded.push(Recorded {
                seq,
                pipeline: stream.to_owned(),
                n,
                bytes,
            });
        }
        Ok(recorded)
    }
}
