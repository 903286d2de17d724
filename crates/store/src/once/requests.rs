//! How a request is begun, and what is known of one that is sent again.

use std::sync::Arc;

use liftlock_engine::ports::StoreError;
use liftlock_oci::Digest;

use super::open::OpenRequest;
use super::{GONE_US, KEPT_US, REQUEST_KEY_BYTES_MAX, REQUESTS_KEPT_MAX, sql};
use crate::database::DatabaseStore;
use crate::db::query;

/// How often is looked again where others change what was seen.
const LOOKS: u32 = 4;

/// How many make room at once where one who asks has as many as are kept.
const DROPPED_AT_ONCE: i64 = REQUESTS_KEPT_MAX as i64 / 10;

/// Nothing was recorded.
const NOTHING: i64 = -1;

/// Digest, holder, answer, place of the first entry, whether its holder was heard of.
type Columns = (String, String, String, i64, i64);

/// Which request: who asks, and the key that they gave it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestKey {
    /// Who asks.
    pub owner: String,
    /// The key, of 1 to [`REQUEST_KEY_BYTES_MAX`] bytes.
    pub key: String,
}

/// What is known of a request that is sent.
#[derive(Debug)]
pub enum Begun {
    /// It is carried out by whoever asked this: nothing of it was recorded before.
    Here(Arc<OpenRequest>),
    /// It was carried out, and answered with this.
    Answered(String),
    /// It is carried out, by this process or another.
    AtWork,
    /// Whoever carried it out is gone, and has recorded something.
    Left(LeftRequest),
    /// The key was given to another request.
    Other,
    /// As many of this owner are carried out as are kept.
    TooMany,
}

/// A request of which something was recorded by who is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftRequest {
    /// The place in the ledger of the first entry that was recorded.
    pub recorded: u64,
    key: RequestKey,
    holder: String,
}

impl DatabaseStore {
    /// Begins a request of that digest, or says what has become of it. Of several who begin it one
    /// gets [`Begun::Here`].
    ///
    /// # Errors
    /// [`StoreError`] where the state cannot be written, or the key has no or too many bytes.
    pub async fn begin_request(
        &self,
        key: &RequestKey,
        digest: &Digest,
    ) -> Result<Begun, StoreError> {
        let fail = self.fail("beginning a request");
        if !(1..=REQUEST_KEY_BYTES_MAX).contains(&key.key.len()) {
            let limits = format!("a request's key has 1 to {REQUEST_KEY_BYTES_MAX} bytes");
            return Err(fail.other(limits));
        }
        let holder = crate::postgres::holder().map_err(|e| fail.io(e))?;
        let digest = digest.to_string();
        let mut last = Begun::AtWork;
        for _ in 0..LOOKS {
            let begin = query(sql::BEGIN).bind(&key.owner).bind(&key.key);
            let begin = begin.bind(&digest).bind(&holder).bind(REQUESTS_KEPT_MAX);
            let begun = begin.execute(&mut self.writing()?).await;
            begun.map_err(|e| fail.sql(e))?;
            let find = query(sql::FIND).bind(&key.owner).bind(&key.key);
            let find = find.bind(GONE_US);
            let found = find.optional::<Columns>(&mut self.reading()).await;
            match found.map_err(|e| fail.sql(e))? {
                Some((_, by, ..)) if by == holder => return Ok(here(key, holder)),
                Some((asked, ..)) if asked != digest => return Ok(Begun::Other),
                Some((.., answer, _, _)) if !answer.is_empty() => {
                    return Ok(Begun::Answered(answer));
                }
                Some((.., 1..)) => return Ok(Begun::AtWork),
                Some((_, by, _, NOTHING, _)) => {
                    if self.take(key, (&by, &holder), NOTHING).await? {
                        return Ok(here(key, holder));
                    }
                    last = Begun::AtWork;
                }
                Some((_, holder, _, recorded, _)) => {
                    return Ok(Begun::Left(LeftRequest {
                        recorded: recorded.cast_unsigned(),
                        key: key.clone(),
                        holder,
                    }));
                }
                None => {
                    self.drop_oldest(key).await?;
                    last = Begun::TooMany;
                }
            }
        }
        Ok(last)
    }

    /// Takes over a request that was left, to carry it out again although something of it was
    /// recorded. `None` where another was faster.
    ///
    /// # Errors
    /// [`StoreError`] where the state cannot be written.
    pub async fn take_over_request(
        &self,
        left: &LeftRequest,
    ) -> Result<Option<Arc<OpenRequest>>, StoreError> {
        let holder = crate::postgres::holder();
        let holder = holder.map_err(|e| self.fail("taking over a request").io(e))?;
        let recorded = left.recorded.cast_signed();
        let taken = self.take(&left.key, (&left.holder, &holder), recorded);
        let taken = taken.await?;
        Ok(taken.then(|| OpenRequest::new(&left.key, holder, true)))
    }

    /// Forgets what was begun a day ago; how many.
    ///
    /// # Errors
    /// [`StoreError`] where the state cannot be written.
    pub async fn prune_requests(&self) -> Result<u64, StoreError> {
        let prune = query(sql::PRUNE).bind(KEPT_US).bind(GONE_US);
        let pruned = prune.execute(&mut self.writing()?).await;
        pruned.map_err(|e| self.fail("forgetting requests").sql(e))
    }

    async fn take(
        &self,
        key: &RequestKey,
        (from, to): (&str, &str),
        recorded: i64,
    ) -> Result<bool, StoreError> {
        let take = query(sql::TAKE).bind(&key.owner).bind(&key.key).bind(from);
        let take = take.bind(to).bind(recorded);
        self.changed_request(take, "taking over a request").await
    }

    async fn drop_oldest(&self, key: &RequestKey) -> Result<(), StoreError> {
        let drop = query(sql::DROP_OLDEST).bind(&key.owner);
        let dropped = drop.bind(DROPPED_AT_ONCE - 1);
        let dropped = dropped.execute(&mut self.writing()?).await;
        dropped
            .map(std::mem::drop)
            .map_err(|e| self.fail("forgetting requests").sql(e))
    }
}

fn here(key: &RequestKey, holder: String) -> Begun {
    Begun::Here(OpenRequest::new(key, holder, false))
}
