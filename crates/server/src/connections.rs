//! Connections: accepting them, and answering on them until the server ends.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use axum::response::Response;
use axum::{BoxError, Router};
use hyper::body::Incoming;
use hyper::rt::{Read, Write};
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use ipnet::IpNet;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;

use crate::address::is_trusted;
use crate::idle_io::IdleIo;
use crate::limits::Limits;
use crate::places::Places;
use crate::shutdown::Shutdown;
use crate::tls::Tls;

/// How long nothing is accepted where the system has no more connections to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// How long a handshake may take.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);

/// How many bytes of one answer wait to be sent, with HTTP/2.
const SEND_BUFFER: usize = 128 * 1024;

/// The other end of a connection: an extension of each of its requests.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer {
    pub(crate) address: IpAddr,
    pub(crate) tls: bool,
}

/// What answers on every connection of one listener.
#[derive(Clone)]
pub(crate) struct Connections {
    router: Router,
    tls: Option<Tls>,
    limits: Limits,
    trusted: Arc<[IpNet]>,
    places: Arc<Semaphore>,
    by_address: Places,
}

impl Connections {
    pub(crate) fn new(router: Router, tls: Option<Tls>, limits: Limits, trusted: &[IpNet]) -> Self {
        Self {
            router,
            tls,
            places: Arc::new(Semaphore::new(limits.connections)),
            limits,
            trusted: trusted.into(),
            by_address: Places::default(),
        }
    }

    /// Accepts connections and answers their requests until the server is to end, and then those
    /// that have begun, for as long as they go on.
    pub(crate) async fn serve(self, listener: TcpListener, stop: Shutdown) {
        let graceful = GracefulShutdown::new();
        loop {
            let accepted = tokio::select! {
                accepted = self.accept(&listener) => accepted,
                () = stop.requested() => break,
            };
            match accepted {
                Ok((stream, from, place)) => self.begin(stream, from, place, graceful.watcher()),
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "no connection can be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        drop(listener);
        graceful.shutdown().await;
    }

    /// Waits for a connection, once there is a place for it.
    async fn accept(
        &self,
        listener: &TcpListener,
    ) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(io::Error::other)?;
        let (stream, from) = listener.accept().await?;
        Ok((stream, from, place))
    }

    /// Answers on a connection, unless its address has too many.
    fn begin(
        &self,
        stream: TcpStream,
        from: SocketAddr,
        place: OwnedSemaphorePermit,
        watcher: Watcher,
    ) {
        let address = from.ip().to_canonical();
        let max = match is_trusted(address, &self.trusted) {
            true => self.limits.connections,
            false => self.limits.connections_per_address,
        };
        let Some(own) = self.by_address.take(address, max) else {
            tracing::debug!(%address, "too many connections from one address");
            return;
        };
        let this = self.clone();
        tokio::spawn(async move {
            if let Err(error) = this.answer_on(stream, address, watcher).await {
                tracing::debug!(%address, error, "a connection ended");
            }
            drop((place, own));
        });
    }

    async fn answer_on(
        self,
        stream: TcpStream,
        address: IpAddr,
        watcher: Watcher,
    ) -> Result<(), BoxError> {
        // Small answers go out at once; where that is not to be had, they go out a little later.
        let _ = stream.set_nodelay(true);
        let stream = IdleIo::new(stream, self.limits.answer_idle);
        let tls = self.tls.is_some();
        let answering = Answering {
            router: TowerToHyperService::new(self.router),
            peer: Peer { address, tls },
        };
        let Some(tls) = self.tls else {
            let connection = answering.http_1(TokioIo::new(stream), &self.limits);
            return Ok(watcher.watch(connection).await?);
        };
        let acceptor = TlsAcceptor::from(tls.current());
        let stream = tokio::time::timeout(HANDSHAKE_TIME, acceptor.accept(stream)).await??;
        match stream.get_ref().1.alpn_protocol() {
            Some(b"h2") => {
                let connection = answering.http_2(TokioIo::new(stream), &self.limits);
                watcher.watch(connection).await?;
            }
            _ => {
                let connection = answering.http_1(TokioIo::new(stream), &self.limits);
                watcher.watch(connection).await?;
            }
        }
        Ok(())
    }
}

/// The routes, as the HTTP implementation calls them.
struct Answering {
    router: TowerToHyperService<Router>,
    peer: Peer,
}

impl Answering {
    fn http_1<I: Read + Write + Send + Unpin + 'static>(
        self,
        stream: I,
        limits: &Limits,
    ) -> impl GracefulConnection<Error = hyper::Error> + Send + 'static {
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.headers_time)
            .max_buf_size(limits.header_bytes.max(HTTP_1_BUFFER_MIN))
            .serve_connection(stream, self)
    }

    fn http_2<I: Read + Write + Send + Unpin + 'static>(
        self,
        stream: I,
        limits: &Limits,
    ) -> impl GracefulConnection<Error = hyper::Error> + Send + 'static {
        http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_concurrent_streams(limits.streams_per_connection)
            .max_header_list_size(u32::try_from(limits.header_bytes).unwrap_or(u32::MAX))
            .max_send_buf_size(SEND_BUFFER)
            .keep_alive_interval(limits.headers_time)
            .serve_connection(stream, self)
    }
}

/// hyper does not take a smaller buffer for a request's headers.
const HTTP_1_BUFFER_MIN: usize = 8192;

impl hyper::service::Service<Request<Incoming>> for Answering {
    type Response = Response;
    type Error = std::convert::Infallible;
    type Future = <TowerToHyperService<Router> as hyper::service::Service<Request<Body>>>::Future;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(self.peer);
        self.router.call(request.map(Body::new))
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}
