//! What all requests share.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ipnet::IpNet;
use liftlock_core::access::ServerRoles;
use liftlock_engine::Pipelines;
use liftlock_ledger::SigningKey;
use liftlock_store::DatabaseStore;
use tokio::sync::Semaphore;

use crate::caller::Authenticate;
use crate::config::Config;
use crate::head::Head;
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::rate::Rates;
use crate::serve_error::ServeError;
use crate::shutdown::Shutdown;
use crate::tasks::Tasks;

/// What all requests share.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) store: DatabaseStore,
    pub(crate) log_key: SigningKey,
    pub(crate) authenticate: Arc<dyn Authenticate>,
    pub(crate) roles: Arc<ServerRoles>,
    pub(crate) pipelines: Arc<Pipelines>,
    pub(crate) metrics: Metrics,
    pub(crate) limits: Limits,
    pub(crate) trusted: Arc<[IpNet]>,
    pub(crate) shutdown: Shutdown,
    pub(crate) tasks: Tasks,
    pub(crate) by_address: Rates<IpAddr>,
    pub(crate) by_actor: Rates<String>,
    /// Places for requests that are at work.
    pub(crate) at_work: Arc<Semaphore>,
    /// Places for streams of events.
    pub(crate) streams: Arc<Semaphore>,
    /// How large the ledger is.
    pub(crate) head: Head,
    ids: RequestIds,
}

/// Ids that no other request of this or an earlier run has.
struct RequestIds {
    run: u64,
    next: AtomicU64,
}

impl Shared {
    pub(crate) fn new(
        config: &Config,
        (store, log_key, authenticate): (DatabaseStore, SigningKey, Arc<dyn Authenticate>),
        (roles, pipelines): (ServerRoles, Arc<Pipelines>),
        (tasks, metrics): (Tasks, Metrics),
    ) -> Result<Self, ServeError> {
        let limits = config.limits.clone();
        let run = getrandom::u64().map_err(|_| ServeError::Random)?;
        Ok(Self(Arc::new(Inner {
            store,
            log_key,
            authenticate,
            roles: Arc::new(roles),
            pipelines,
            trusted: config.trusted_proxies.as_slice().into(),
            shutdown: Shutdown::new(),
            tasks,
            metrics,
            by_address: Rates::new(limits.rate_per_address),
            by_actor: Rates::new(limits.rate_per_actor),
            at_work: Arc::new(Semaphore::new(limits.requests)),
            streams: Arc::new(Semaphore::new(limits.event_streams)),
            head: Head::new(),
            limits,
            ids: RequestIds {
                run,
                next: AtomicU64::new(0),
            },
        })))
    }

    /// A new request's id.
    pub(crate) fn request_id(&self) -> String {
        let next = self.0.ids.next.fetch_add(1, Ordering::Relaxed);
        format!("{:016x}-{next:08x}", self.0.ids.run)
    }
}

impl std::ops::Deref for Shared {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}
