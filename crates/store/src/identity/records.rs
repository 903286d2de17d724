//! The port of who is asking: each operation is one statement, so that it is all or nothing, and
//! one of several replicas is the first.
//!
//! A statement whose connection to PostgreSQL is lost is run again. Where it had been carried out
//! already, it changes nothing the second time, and says so: a job's token counts as used then, and
//! the job asks for another. It is never the other way round.

use liftlock_engine::ports::StoreError;
use liftlock_identity::{
    RECORD_BYTES_MAX, RECORDS_PAGE_MAX, Record, RecordKind, Records, RecordsError, Time,
};

use crate::database::DatabaseStore;
use crate::db::{Connection, Query, query};
use crate::sql;

type Columns = (String, String, String, i64, i64, i64, i64);

impl Records for DatabaseStore {
    async fn insert(&self, record: &Record) -> Result<bool, RecordsError> {
        let doing = "keeping a record";
        if record.value.len() > RECORD_BYTES_MAX {
            let long = format!("it has more than {RECORD_BYTES_MAX} bytes");
            return Err(failed(doing)(self.fail(doing).other(long)));
        }
        let insert = query(sql::RECORD_INSERT)
            .bind(record.kind.word())
            .bind(&record.key)
            .bind(&record.owner)
            .bind(&record.value)
            .bind(record.made.us())
            .bind(record.expires.us())
            .bind(or_never(record.used))
            .bind(or_never(record.ended));
        Ok(self.change(insert, doing).await? > 0)
    }

    async fn get(&self, kind: RecordKind, key: &str) -> Result<Option<Record>, RecordsError> {
        let found = query(sql::RECORD).bind(kind.word()).bind(key);
        let mut found = self.find(found, kind, "reading a record").await?;
        Ok(found.pop())
    }

    async fn page(
        &self,
        kind: RecordKind,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Record>, RecordsError> {
        let page = query(sql::RECORDS_PAGE).bind(kind.word()).bind(after);
        let page = page.bind(limit.min(RECORDS_PAGE_MAX));
        self.find(page, kind, "listing records").await
    }

    async fn owned(&self, kind: RecordKind, owner: &str) -> Result<Vec<Record>, RecordsError> {
        let owned = query(sql::RECORDS_OWNED).bind(kind.word()).bind(owner);
        let owned = owned.bind(RECORDS_PAGE_MAX);
        self.find(owned, kind, "listing records").await
    }

    async fn count(&self, kind: RecordKind, now: Time) -> Result<u64, RecordsError> {
        let doing = "counting records";
        let count = query(sql::RECORDS_COUNT).bind(kind.word()).bind(now.us());
        let counted = count.one::<(i64,)>(&mut self.reading()).await;
        let (count,) = counted.map_err(|e| failed(doing)(self.fail(doing).sql(e)))?;
        Ok(count.unsigned_abs())
    }

    async fn end(&self, kind: RecordKind, key: &str, at: Time) -> Result<bool, RecordsError> {
        let end = query(sql::RECORD_END).bind(kind.word()).bind(key);
        Ok(self.change(end.bind(at.us()), "ending a record").await? > 0)
    }

    async fn touch(&self, kind: RecordKind, key: &str, at: Time) -> Result<(), RecordsError> {
        let touch = query(sql::RECORD_TOUCH).bind(kind.word()).bind(key);
        let touched = self.change(touch.bind(at.us()), "noting a record's use");
        touched.await.map(drop)
    }

    async fn prune(&self, kind: RecordKind, before: Time) -> Result<u64, RecordsError> {
        let prune = query(sql::RECORDS_PRUNE).bind(kind.word());
        self.change(prune.bind(before.us()), "forgetting records")
            .await
    }
}

impl DatabaseStore {
    async fn change(&self, query: Query<'_>, doing: &'static str) -> Result<u64, RecordsError> {
        let mut on: Connection = self.writing().map_err(failed(doing))?;
        let changed = query.execute(&mut on).await;
        changed.map_err(|e| failed(doing)(self.fail(doing).sql(e)))
    }

    async fn find(
        &self,
        query: Query<'_>,
        kind: RecordKind,
        doing: &'static str,
    ) -> Result<Vec<Record>, RecordsError> {
        let found = query.all::<Columns>(&mut self.reading()).await;
        let found = found.map_err(|e| failed(doing)(self.fail(doing).sql(e)))?;
        Ok(found
            .into_iter()
            .map(|columns| record(kind, columns))
            .collect())
    }
}

fn record(kind: RecordKind, columns: Columns) -> Record {
    let (key, owner, value, made, expires, used, ended) = columns;
    Record {
        kind,
        key,
        owner,
        value,
        made: Time::from_us(made),
        expires: Time::from_us(expires),
        used: unless_never(used),
        ended: unless_never(ended),
    }
}

fn or_never(at: Option<Time>) -> i64 {
    at.map_or(0, Time::us)
}

fn unless_never(us: i64) -> Option<Time> {
    (us != 0).then(|| Time::from_us(us))
}

fn failed(doing: &'static str) -> impl Fn(StoreError) -> RecordsError {
    move |source| RecordsError {
        doing,
        source: Box::new(source),
    }
}
