//! Binding, running, and coming to an end.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::config::Config;
use crate::connections::Connections;
use crate::parts::{Parts, Task};
use crate::routes;
use crate::serve_error::ServeError;
use crate::shared::Shared;
use crate::shutdown::Shutdown;
use crate::tasks::Tasks;
use crate::tls::Tls;
use crate::{head, metrics};

/// A server that listens, and answers once it is run.
pub struct Server {
    shared: Shared,
    config: Config,
    tls: Option<Tls>,
    router: Router,
    listener: TcpListener,
    address: SocketAddr,
    /// The listener of figures.
    figures: Option<(TcpListener, SocketAddr)>,
    running: JoinSet<&'static str>,
}

/// How a server came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Whether requests were cut off because they went on for too long.
    pub cut_off: bool,
    /// How many tasks were.
    pub tasks_cut_off: usize,
}

impl Ended {
    /// Whether nothing was cut off.
    pub fn is_clean(&self) -> bool {
        !self.cut_off && self.tasks_cut_off == 0
    }
}

impl Server {
    /// Listens, and begins the tasks.
    ///
    /// # Errors
    /// [`ServeError`]: the address, the certificate, or an address that is not protected.
    pub async fn bind(config: Config, parts: Parts) -> Result<Self, ServeError> {
        config.expect_protection()?;
        let tls = config.tls.as_ref().map(Tls::open).transpose()?;
        let (listener, address) = listen(config.listen).await?;
        let figures = match config.metrics.listen {
            Some(wanted) => Some(listen(wanted).await?),
            None => None,
        };
        let metrics = parts.metrics;
        let tasks = Tasks::new(metrics.tasks_ended.clone());
        let of_requests = (parts.store, parts.log_key, parts.authenticate);
        let shared = Shared::new(
            &config,
            of_requests,
            (parts.roles, parts.pipelines.clone()),
            (tasks.clone(), metrics),
        )?;
        let mut all = parts.tasks;
        let following = shared.clone();
        all.push(Task::new("ledger head", |_| head::follow(following)));
        let head = shared.store.ledger_head().await.ok();
        let head = head.map(|head| head.size);
        let counting = metrics::follow(shared.clone(), parts.pipelines, head);
        all.push(Task::new("figures", |_| counting));
        let running = tasks.begin(all, &shared.shutdown);
        let router = routes::all(&shared, parts.routes, &config.metrics);
        Ok(Self {
            shared,
            config,
            tls,
            router,
            listener,
            address,
            figures,
            running,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens for who reads figures.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.figures.as_ref().map(|(_, address)| *address)
    }

    /// What ends it: also told to its tasks and streams.
    pub fn shutdown(&self) -> Shutdown {
        self.shared.shutdown.clone()
    }

    /// Answers requests until [`shutdown`](Self::shutdown) is requested. Then readiness says no,
    /// nothing more is accepted, what has begun may finish within
    /// [`Limits::shutdown_time`](crate::Limits::shutdown_time), and the store is closed.
    pub async fn run(self) -> Ended {
        let Self {
            shared,
            mut running,
            ..
        } = self;
        let stop = Shutdown::new();
        let limits = self.config.limits;
        let connections = Connections::new(
            self.router,
            self.tls,
            limits.clone(),
            &self.config.trusted_proxies,
        );
        let mut serving = JoinSet::new();
        serving.spawn(connections.serve(self.listener, stop.clone()));
        if let Some((listener, _)) = self.figures {
            let router = routes::metrics::bare(shared.metrics.clone());
            let connections = Connections::new(router, None, limits.clone(), &[]);
            serving.spawn(connections.serve(listener, stop.clone()));
        }
        shared.shutdown.requested().await;
        tracing::info!("the server ends");
        tokio::time::sleep(self.config.shutdown_delay).await;
        stop.request();
        let ended = end(&mut serving, &mut running, limits.shutdown_time).await;
        shared.store.clone().close().await;
        ended
    }
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ServeError> {
    let failed = |source| ServeError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let found = listener.local_addr().map_err(failed)?;
    Ok((listener, found))
}

/// Waits for requests and tasks together.
async fn end(
    serving: &mut JoinSet<()>,
    running: &mut JoinSet<&'static str>,
    time: Duration,
) -> Ended {
    let both = async {
        tokio::join!(
            async { while serving.join_next().await.is_some() {} },
            async { while running.join_next().await.is_some() {} },
        )
    };
    if tokio::time::timeout(time, both).await.is_ok() {
        return Ended {
            cut_off: false,
            tasks_cut_off: 0,
        };
    }
    let ended = Ended {
        cut_off: !serving.is_empty(),
        tasks_cut_off: running.len(),
    };
    tracing::warn!(
        requests = ended.cut_off,
        tasks = ended.tasks_cut_off,
        "what went on for too long was cut off"
    );
    serving.shutdown().await;
    running.shutdown().await;
    ended
}
