//! Binding and running.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use tokio::net::TcpListener;

use crate::app::App;
use crate::connections;
use crate::dispatch::answer;
use crate::faults::Faults;
use crate::limits::Limits;
use crate::observer::Observer;

/// How a registry is set up.
#[derive(Clone)]
pub struct ServerOptions {
    /// The folder that holds the repositories. It is made where it is missing.
    pub root: PathBuf,
    /// Where to listen; port 0 takes a free one.
    pub address: SocketAddr,
    /// Called for every answered request.
    pub observer: Option<Observer>,
    /// What is taken at most.
    pub limits: Limits,
    /// Whether a mount that names no repository finds the blob in any of them. Off by default:
    /// each such mount looks into all repositories.
    pub automatic_mount: bool,
    /// What goes wrong on purpose; nothing by default. Keep a clone to change it while the
    /// registry runs.
    pub faults: Faults,
}

impl ServerOptions {
    /// Without faults, with the limits of [`Limits::default`].
    pub fn new(root: impl Into<PathBuf>, address: SocketAddr) -> Self {
        Self {
            root: root.into(),
            address,
            observer: None,
            limits: Limits::default(),
            automatic_mount: false,
            faults: Faults::default(),
        }
    }
}

/// Why the registry does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The folder cannot be used.
    #[error("the registry's folder cannot be used: {path}: {source}")]
    Folder {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// Another process serves this folder.
    #[error("{root} is served by {holder}; stop it, or choose another folder")]
    InUse {
        /// The folder.
        root: PathBuf,
        /// The process, as far as it is known.
        holder: String,
    },
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {source}; choose another address or port")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The cause.
        #[source]
        source: io::Error,
    },
}

impl ServeError {
    pub(crate) fn in_use(root: &Path, process: Option<u32>) -> Self {
        Self::InUse {
            root: root.to_owned(),
            holder: match process {
                Some(id) => format!("another registry (process {id})"),
                None => "another registry".to_owned(),
            },
        }
    }
}

/// A registry that listens, and answers once it is run.
pub struct Server {
    app: Arc<App>,
    listener: TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Locks the folder, removes uploads that an earlier process left, and listens.
    pub async fn bind(options: ServerOptions) -> Result<Self, ServeError> {
        let wanted = options.address;
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
        connections::serve(self.listener, layers(router), &limits, shutdown).await;
        Ok(())
    }
}
