//! A request that is carried out here, and what becomes of it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use liftlock_engine::ports::{AppendError, StoreError};

use super::requests::RequestKey;
use super::{REQUEST_ANSWER_BYTES_MAX, sql};
use crate::database::DatabaseStore;
use crate::db::{Connection, Query, Sql, query};
use crate::failure::Failure;
use crate::read::integer;

/// A request that is carried out here, and nowhere else.
pub struct OpenRequest {
    key: RequestKey,
    holder: String,
    /// Whether it is noted that something was recorded.
    noted: AtomicBool,
}

impl OpenRequest {
    pub(super) fn new(key: &RequestKey, holder: String, noted: bool) -> Arc<Self> {
        Arc::new(Self {
            key: key.clone(),
            holder,
            noted: AtomicBool::new(noted),
        })
    }

    fn statement(&self, sql: Sql) -> Query<'_> {
        let statement = query(sql).bind(&self.key.owner).bind(&self.key.key);
        statement.bind(&self.holder)
    }

    /// Notes that the ledger's next entry is its first. Once another has taken it over nothing is
    /// appended any more.
    pub(crate) async fn note(
        &self,
        write: &mut Connection,
        seq: u64,
        fail: Failure<'_>,
    ) -> Result<(), AppendError> {
        if self.noted.load(Ordering::Acquire) {
            return Ok(());
        }
        let note = self.statement(sql::NOTE).bind(integer(seq, fail)?);
        match note.execute(write).await.map_err(|e| fail.sql(e))? {
            1 => Ok(()),
            _ => Err(AppendError::Fenced {
                name: format!("of the request {}", self.key.key),
            }),
        }
    }

    /// That the append which noted it is there.
    pub(crate) fn is_noted(&self) {
        self.noted.store(true, Ordering::Release);
    }
}

impl fmt::Debug for OpenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenRequest({})", self.key.key)
    }
}

impl DatabaseStore {
    /// The same state; what is appended through it is of this request.
    pub fn for_request(&self, request: &Arc<OpenRequest>) -> Self {
        let mut store = self.clone();
        store.request = Some(Arc::clone(request));
        store
    }

    /// Says that it is still carried out; to be said every
    /// [`REQUEST_RENEWAL_MS`](super::REQUEST_RENEWAL_MS). `false` where another has taken it over.
    ///
    /// # Errors
    /// [`StoreError`] where the state cannot be written.
    pub async fn renew_request(&self, request: &OpenRequest) -> Result<bool, StoreError> {
        let renew = request.statement(sql::RENEW);
        self.changed_request(renew, "renewing a request").await
    }

    /// Keeps what it was answered with, for who sends it again. `false` where another has taken it
    /// over.
    ///
    /// # Errors
    /// [`StoreError`] where the state cannot be written, or the answer has more than
    /// [`REQUEST_ANSWER_BYTES_MAX`] bytes.
    pub async fn answer_request(
        &self,
        request: &OpenRequest,
        answer: &str,
    ) -> Result<bool, StoreError> {
        let doing = "keeping an answer";
        if !(1..=REQUEST_ANSWER_BYTES_MAX).contains(&answer.len()) {
            let limits = format!("an answer has 1 to {REQUEST_ANSWER_BYTES_MAX} bytes");
            return Err(self.fail(doing).other(limits));
        }
        let keep = request.statement(sql::ANSWER).bind(answer);
        self.changed_request(keep, doing).await
    }

    /// Forgets a request of which nothing was recorded: it may be carried out anew. Else it is left
    /// as what nobody carries out any more, and the answer is `false`.
    ///
    /// # Errors
    /// [`StoreError`] where the state cannot be written.
    pub async fn forget_request(&self, request: &OpenRequest) -> Result<bool, StoreError> {
        let doing = "forgetting a request";
        let forget = request.statement(sql::FORGET);
        if self.changed_request(forget, doing).await? {
            return Ok(true);
        }
        let leave = request.statement(sql::LEAVE);
        self.changed_request(leave, doing).await?;
        Ok(false)
    }

    pub(super) async fn changed_request(
        &self,
        change: Query<'_>,
        doing: &'static str,
    ) -> Result<bool, StoreError> {
        let changed = change.execute(&mut self.writing()?).await;
        let changed = changed.map_err(|e| self.fail(doing).sql(e))?;
        Ok(changed == 1)
    }
}
