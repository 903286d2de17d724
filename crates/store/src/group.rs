//! Writers that come while another one waits for the disk share the next transaction.
//!
//! A transaction's end waits until the disk has what was written, and until then nobody else can
//! append. So whoever has written leaves the transaction open and gets in line once more, to end it.
//! Who came in the meantime stands before and writes into the same transaction; the first to be
//! there again ends it for all of them. Nobody goes on before that, so what is said to be written
//! is. Whoever leaves in the midst of writing takes the whole transaction back, and the others
//! write again.

mod open;

use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use liftlock_engine::ports::StoreError;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMutexGuard};

pub(crate) use open::Open;

use crate::db::Db;
use crate::failure::Failure;

/// The transaction that the writers of one opened state share, while there is one.
#[derive(Clone, Default)]
pub(crate) struct Groups(Arc<Mutex<Option<Open>>>);

/// How a transaction ended.
#[derive(Debug, Clone)]
pub(crate) enum Ended {
    /// With all that was written.
    Kept,
    /// With nothing of it: another writer failed, or left.
    Undone,
    /// With an error, which says what is known.
    Failed(Arc<StoreError>),
}

/// What all who write in a transaction learn of its end.
type End = Arc<OnceLock<Ended>>;

/// A writer whose turn it is. One that is dropped without [`Self::written`] takes the transaction
/// back.
pub(crate) struct Turn(Option<OwnedMutexGuard<Option<Open>>>);

/// A writer who has written, and waits for the end.
pub(crate) struct Written {
    groups: Groups,
    end: End,
}

impl Groups {
    /// Waits for a turn to write, in a transaction that is begun where there is none. `None` where
    /// the state is only read.
    pub(crate) async fn enter(
        &self,
        db: &Db,
        place: &Arc<str>,
    ) -> Result<Option<Turn>, sqlx::Error> {
        let mut turn = Arc::clone(&self.0).lock_owned().await;
        if turn.is_none() {
            let Some(write) = db.begin_write().await? else {
                return Ok(None);
            };
            *turn = Some(Open::new(write, db.clone(), Arc::clone(place)));
        }
        Ok(Some(Turn(Some(turn))))
    }

    /// Ends the transaction that has this end, unless that was done.
    fn settle(self, end: End) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move {
            let mut place = self.0.lock_owned().await;
            // While it has not ended, it is the one that is open.
            if end.get().is_none()
                && let Some(open) = place.take()
            {
                open.close().await;
            }
        })
    }
}

impl Turn {
    /// The transaction.
    pub(crate) fn open(&mut self) -> Option<&mut Open> {
        self.0.as_mut().and_then(|place| place.as_mut())
    }

    /// All that was to be written was.
    pub(crate) fn written(mut self, groups: &Groups) -> Written {
        let end = self.open().map(|open| Arc::clone(&open.end));
        drop(self.0.take());
        Written {
            groups: groups.clone(),
            end: end.unwrap_or_else(|| Arc::new(Ended::Undone.into())),
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(open) = self.0.take().and_then(|mut place| place.take()) {
            open.undo();
        }
    }
}

impl Written {
    /// Waits for the end.
    pub(crate) async fn ended(self) -> Ended {
        // Others wait for it too: it comes to its end also where this one is waited for no more.
        let settling = tokio::spawn(self.groups.clone().settle(Arc::clone(&self.end)));
        _ = settling.await;
        self.end.get().cloned().unwrap_or(Ended::Undone)
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        if self.end.get().is_none()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(self.groups.clone().settle(Arc::clone(&self.end)));
        }
    }
}

impl Ended {
    /// Whether what was written is there: `false` where it can be written again.
    ///
    /// # Errors
    /// What the end failed with.
    pub(crate) fn is_kept(&self) -> Result<bool, StoreError> {
        match self {
            Self::Kept => Ok(true),
            Self::Undone => Ok(false),
            Self::Failed(error) => Err(Failure::again(error)),
        }
    }
}
