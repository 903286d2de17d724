//! Binding and running.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use tokio::net::TcpListener;

use crate::app::App;
use crate::connections::{self, Service};
use crate::dispatch::answer;
use crate::options::ServerOptions;
use crate::serve_error::ServeError;
use crate::tls::Tls;

/// A registry that listens, and answers once it is run.
pub struct Server {
    app: Arc<App>,
    listener: TcpListener,
    tls: Option<Tls>,
    address: SocketAddr,
}

impl Server {
    /// Locks the folder, removes uploads that an earlier process left, and listens.
    pub async fn bind(options: ServerOptions) -> Result<Self, ServeError> {
        options.expect_protection()?;
        let wanted = options.address;
        let tls = options.tls.as_ref().map(Tls::open).transpose()?;
        let app = Arc::new(App::open(options)?);
        let listen = |source| ServeError::Listen {
            address: wanted,
            source,
        };
        let listener = TcpListener::bind(wanted).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        Ok(Self {
            app,
            listener,
            tls,
            address,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers requests until `shutdown` is done, and then those that have begun.
    pub async fn run(
        self,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeError> {
        self.run_with(shutdown, |router| router).await
    }

    /// As [`run`](Self::run), with layers of the caller around the registry: authentication, or
    /// the faults of a test.
    pub async fn run_with(
        self,
        shutdown: impl Future<Output = ()> + Send + 'static,
        layers: impl FnOnce(Router) -> Router,
    ) -> Result<(), ServeError> {
        let limits = self.app.limits.clone();
        // One fallback for all: repository names have slashes, which no route pattern allows.
        let router = Router::new()
            .fallback(|State(app): State<Arc<App>>, request: Request| async move {
                answer(&app, request).await
            })
            .with_state(self.app);
        let service = Service::new(layers(router), self.tls, limits);
        connections::serve(self.listener, service, shutdown).await;
        Ok(())
    }
}
