//! Dead letters.

use liftlock_engine::ports::StoreError;
use liftlock_hooks::outbox::{DeadLetter, LANES_PAGE_MAX, PAGE_MAX};

use super::sql;
use crate::database::DatabaseStore;
use crate::db::{Connection, Sql, query};
use crate::failure::Failure;
use crate::read::integer;

/// Place, pipeline, place in the stream, tries, when, reason, whether again.
type Columns = (i64, String, i64, i64, i64, String, i64);

pub(super) async fn put(
    write: &mut Connection,
    letter: &DeadLetter,
    fail: Failure<'_>,
) -> Result<(), StoreError> {
    let put = query(sql::DEAD_PUT)
        .bind(&letter.endpoint)
        .bind(integer(letter.seq, fail)?)
        .bind(&letter.pipeline)
        .bind(integer(letter.n, fail)?)
        .bind(letter.tries)
        .bind(letter.at_us)
        .bind(&letter.reason);
    put.execute(write).await.map_err(|e| fail.sql(e))?;
    Ok(())
}

impl DatabaseStore {
    pub(super) async fn dead_again(&self, endpoint: &str) -> Result<Vec<DeadLetter>, StoreError> {
        let fail = self.fail("reading dead letters");
        let again = query(sql::DEAD_AGAIN).bind(endpoint).bind(LANES_PAGE_MAX);
        let rows = again.all(&mut self.reading()).await;
        Ok(letters(endpoint, rows.map_err(|e| fail.sql(e))?))
    }

    pub(super) async fn dead_after(
        &self,
        endpoint: &str,
        after: Option<u64>,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        let fail = self.fail("reading dead letters");
        let after = match after {
            Some(after) => integer(after, fail)?,
            None => -1,
        };
        let page = query(sql::DEAD).bind(endpoint).bind(after).bind(PAGE_MAX);
        let rows = match page.all(&mut self.reading()).await {
            Err(error) if fail.lacks_table(&error) => Vec::new(),
            rows => rows.map_err(|e| fail.sql(e))?,
        };
        Ok(letters(endpoint, rows))
    }

    pub(super) async fn dead_sent(
        &self,
        letter: &DeadLetter,
        failed: Option<&str>,
    ) -> Result<(), StoreError> {
        let fail = self.fail("keeping a dead letter");
        let seq = integer(letter.seq, fail)?;
        let change = match failed {
            None => query(sql::DEAD_DROP)
                .bind(&letter.endpoint)
                .bind(seq)
                .bind(seq),
            Some(reason) => query(sql::DEAD_FAILED)
                .bind(&letter.endpoint)
                .bind(seq)
                .bind(reason),
        };
        let changed = change.execute(&mut self.writing()?).await;
        changed.map(drop).map_err(|e| fail.sql(e))
    }

    /// Changes those of one entry, or all.
    pub(super) async fn change_dead(
        &self,
        statement: Sql,
        endpoint: &str,
        seq: Option<u64>,
    ) -> Result<u64, StoreError> {
        let fail = self.fail("changing dead letters");
        let (first, last) = match seq {
            Some(seq) => (integer(seq, fail)?, integer(seq, fail)?),
            None => (0, i64::MAX),
        };
        let change = query(statement).bind(endpoint).bind(first).bind(last);
        let changed = change.execute(&mut self.writing()?).await;
        changed.map_err(|e| fail.sql(e))
    }
}

fn letters(endpoint: &str, rows: Vec<Columns>) -> Vec<DeadLetter> {
    let letter = |(seq, pipeline, n, tries, at_us, reason, again): Columns| DeadLetter {
        endpoint: endpoint.to_owned(),
        pipeline,
        seq: seq.cast_unsigned(),
        n: n.cast_unsigned(),
        tries: u32::try_from(tries).unwrap_or(u32::MAX),
        at_us,
        reason,
        again: again == 1,
    };
    rows.into_iter().map(letter).collect()
}
