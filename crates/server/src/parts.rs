//! What the server is put together from.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use liftlock_core::access::ServerRoles;
use liftlock_engine::Pipelines;
use liftlock_ledger::SigningKey;
use liftlock_store::DatabaseStore;

use crate::caller::{Authenticate, Nobody};
use crate::metrics::Metrics;
use crate::shutdown::Shutdown;

/// What the server is put together from.
pub struct Parts {
    /// The state.
    pub store: DatabaseStore,
    /// What checkpoints are signed with.
    pub log_key: SigningKey,
    /// Who is asking.
    pub authenticate: Arc<dyn Authenticate>,
    /// Who may do what over all pipelines.
    pub roles: ServerRoles,
    /// Routes of others.
    pub routes: Routes,
    /// What pipelines' streams come to, shared with all who act.
    pub pipelines: Arc<Pipelines>,
    /// Figures, to which others add theirs.
    pub metrics: Metrics,
    /// What works beside the requests: it is begun with the server and waited for at its end.
    pub tasks: Vec<Task>,
}

impl Parts {
    /// Nobody is known, and there are no routes and tasks but the server's own.
    pub fn new(store: DatabaseStore, log_key: SigningKey) -> Self {
        Self {
            store,
            log_key,
            authenticate: Arc::new(Nobody),
            roles: ServerRoles::default(),
            routes: Routes::default(),
            pipelines: Arc::default(),
            metrics: Metrics::new(),
            tasks: Vec::new(),
        }
    }
}

/// Routes of others, with their state in them.
#[derive(Default)]
pub struct Routes {
    /// Reached only by a caller who is known.
    pub guarded: Router,
    /// Reached by anyone: what has credentials of its own (logins, webhooks).
    pub open: Router,
}

/// Work beside the requests, which ends soon after [`Shutdown`] is requested. One that ends before
/// makes the server not ready.
pub struct Task {
    /// Its name, in logs and in `/readyz`.
    pub name: &'static str,
    /// Begins it.
    pub begin: Begin,
}

/// Begins a task.
pub type Begin = Box<dyn FnOnce(Shutdown) -> Working + Send>;

/// A task at work.
pub type Working = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Task {
    /// A task by its name and what it does.
    pub fn new<F>(name: &'static str, begin: impl FnOnce(Shutdown) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self {
            name,
            begin: Box::new(move |shutdown| Box::pin(begin(shutdown))),
        }
    }
}
