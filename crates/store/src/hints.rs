//! Which streams have changed: a hint to look, never a fact.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use sqlx::postgres::{PgListener, PgNotification, PgPool};
use tokio::runtime::Handle;
use tokio::sync::broadcast;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::database::DatabaseStore;
use crate::db::Db;
use crate::sql;

/// How many hints wait for one who is slow, before the oldest are dropped.
const WAITING_MAX: usize = 1024;

/// How often a file is looked at for what other processes appended.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long after the connection to PostgreSQL was lost it is made again.
const LISTEN_AGAIN: Duration = Duration::from_secs(1);

/// After how long without a notification it is asked whether the connection is still there.
const SILENCE_MAX: Duration = Duration::from_secs(15);

/// How long the answer to that may take.
const ALIVE_WITHIN: Duration = Duration::from_secs(5);

/// The most entries whose streams are told after a look at a file; after more, all streams are.
const TOLD_MAX: u32 = 256;

/// Hints that a stream has changed. What they say may be late, said twice, or not said at all, so
/// whoever waits for a change looks now and then without one.
#[derive(Debug)]
pub struct Hints {
    hints: broadcast::Receiver<Option<Arc<str>>>,
    _watching: Arc<Watching>,
}

/// What a hint says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// Something was appended to this stream.
    Stream(Arc<str>),
    /// Some hints were lost: any stream may have changed.
    Any,
}

impl Hints {
    /// The next hint; `None` once the state is closed.
    pub async fn next(&mut self) -> Option<Hint> {
        match self.hints.recv().await {
            Ok(Some(stream)) => Some(Hint::Stream(stream)),
            Ok(None) | Err(broadcast::error::RecvError::Lagged(_)) => Some(Hint::Any),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}

/// The hints of one opened state; nobody watches while nobody waits for one.
#[derive(Debug)]
pub(crate) struct Telling {
    send: broadcast::Sender<Option<Arc<str>>>,
    watching: Mutex<Weak<Watching>>,
}

/// A task that ends with the last who waits for what it says.
#[derive(Debug)]
struct Watching(JoinHandle<()>);

impl Drop for Watching {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Telling {
    pub(crate) fn new() -> Self {
        Self {
            send: broadcast::channel(WAITING_MAX).0,
            watching: Mutex::new(Weak::new()),
        }
    }

    /// Tells those who wait in this process.
    pub(crate) fn tell(&self, stream: Option<&str>) {
        // Nobody waits: fine.
        _ = self.send.send(stream.map(Arc::from));
    }
}

impl DatabaseStore {
    /// Whether the database itself tells of what other processes append, so that nobody has to
    /// look: PostgreSQL does.
    pub fn tells_of_changes(&self) -> bool {
        !self.db.hints_itself()
    }

    /// Hints of what changes from now on, in this process and in others: on PostgreSQL by its
    /// notifications, on a file by a look at it once a second.
    ///
    /// # Panics
    /// Outside a runtime of tokio.
    pub fn hints(&self) -> Hints {
        let hints = self.telling.send.subscribe();
        let kept = self.telling.watching.lock();
        let mut kept = kept.unwrap_or_else(PoisonError::into_inner);
        let watching = kept.upgrade().unwrap_or_else(|| {
            let task = match &self.db {
                Db::Sqlite { .. } => Handle::current().spawn(look(self.clone())),
                Db::Postgres { pool, .. } => {
                    Handle::current().spawn(listen(pool.clone(), self.telling.clone()))
                }
            };
            let watching = Arc::new(Watching(task));
            *kept = Arc::downgrade(&watching);
            watching
        });
        Hints {
            hints,
            _watching: watching,
        }
    }
}

/// Tells what others appended to a file.
async fn look(store: DatabaseStore) {
    let mut seen = store.ledger_head().await.ok().map(|head| head.size);
    loop {
        sleep(LOOK_EVERY).await;
        let Ok(head) = store.ledger_head().await else {
            continue;
        };
        if let Some(from) = seen.filter(|seen| head.size > *seen) {
            match store.entries(from, TOLD_MAX).await {
                Ok(entries) if entries.len() as u64 == head.size - from => {
                    let mut streams: Vec<String> =
                        entries.into_iter().map(|entry| entry.stream).collect();
                    streams.sort_unstable();
                    streams.dedup();
                    for stream in streams {
                        store.telling.tell(Some(&stream));
                    }
                }
                _ => store.telling.tell(None),
            }
        }
        seen = Some(head.size);
    }
}

/// The next notification; nothing where the connection is lost. Whether it is one on which nothing
/// comes any more, only a question tells.
async fn heard(listener: &mut PgListener) -> Option<PgNotification> {
    loop {
        match timeout(SILENCE_MAX, listener.try_recv()).await {
            Ok(said) => return said.ok()?,
            Err(_) => {
                let alive = sqlx::query(sql::ALIVE).execute(&mut *listener);
                timeout(ALIVE_WITHIN, alive).await.ok()?.ok()?;
            }
        }
    }
}

/// Passes PostgreSQL's notifications on. After a lost connection any stream may have changed.
async fn listen(pool: PgPool, hints: Arc<Telling>) {
    loop {
        if let Ok(mut listener) = PgListener::connect_with(&pool).await
            && listener.listen(sql::CHANNEL).await.is_ok()
        {
            hints.tell(None);
            while let Some(said) = heard(&mut listener).await {
                hints.tell(Some(said.payload()));
            }
            hints.tell(None);
        }
        if pool.is_closed() {
            return;
        }
        sleep(LISTEN_AGAIN).await;
    }
}
