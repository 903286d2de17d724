//! Connections: accepting them, and answering on them until the registry ends.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::HOST;
use axum::http::{HeaderValue, Request};
use axum::response::Response;
use axum::{BoxError, Router};
use hyper::body::Incoming;
use hyper::rt::{Read, Write};
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::faults::Severed;
use crate::limits::Limits;
use crate::tls::Tls;

/// How long requests that have begun may go on once the registry ends.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);

/// How long nothing is accepted where the system has no more connections to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// How many bytes of one request's body come before more are asked for, with HTTP/2; its default
/// of 64 KiB keeps uploads slow.
const STREAM_WINDOW: u32 = 1024 * 1024;

/// The same for all requests of a connection together.
const CONNECTION_WINDOW: u32 = 4 * 1024 * 1024;

/// How many bytes of one answer wait to be sent, with HTTP/2.
const SEND_BUFFER: usize = 1024 * 1024;

/// What answers on every connection.
#[derive(Clone)]
pub(crate) struct Service {
    router: TowerToHyperService<Router>,
    tls: Option<Tls>,
    limits: Limits,
}

impl Service {
    pub(crate) fn new(router: Router, tls: Option<Tls>, limits: Limits) -> Self {
        let router = TowerToHyperService::new(router);
        Self {
            router,
            tls,
            limits,
        }
    }
}

/// Accepts connections and answers their requests until `shutdown` is done. Requests that have
/// begun by then go on, for a while.
pub(crate) async fn serve(
    listener: TcpListener,
    service: Service,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(service.limits.connections_max));
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = &mut shutdown => break,
        };
        match accepted {
            Ok((stream, place)) => {
                let connection = service.clone().answer_on(stream, graceful.watcher());
                tokio::spawn(async move {
                    // How a connection ended is its client's affair.
                    let _ = connection.await;
                    drop(place);
                });
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
    drop(listener);
    // What is left after that ends with the runtime.
    let _ = tokio::time::timeout(SHUTDOWN_TIMEOUT, graceful.shutdown()).await;
}

/// Waits for a connection, once there is a place for it.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await;
    let place = place.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, place))
}

impl Service {
    async fn answer_on(self, stream: TcpStream, watcher: Watcher) -> Result<(), BoxError> {
        // Small answers go out at once; where that is not to be had, they go out a little later.
        let _ = stream.set_nodelay(true);
        match &self.tls {
            None => {
                let connection = self.http_1(TokioIo::new(stream));
                watcher.watch(connection).await?;
            }
            Some(tls) => match tls.accept(stream).await? {
                (stream, true) => {
                    let connection = self.http_2(TokioIo::new(stream));
                    watcher.watch(connection).await?;
                }
                (stream, false) => {
                    let connection = self.http_1(TokioIo::new(stream));
                    watcher.watch(connection).await?;
                }
            },
        }
        Ok(())
    }

    fn http_1<I: Read + Write + Send + Unpin + 'static>(
        &self,
        stream: I,
    ) -> impl GracefulConnection<Error = hyper::Error> + Send + 'static {
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.headers_timeout)
            .serve_connection(stream, Answering(self.router.clone()))
    }

    fn http_2<I: Read + Write + Send + Unpin + 'static>(
        &self,
        stream: I,
    ) -> impl GracefulConnection<Error = hyper::Error> + Send + 'static {
        http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_send_buf_size(SEND_BUFFER)
            .keep_alive_interval(self.limits.headers_timeout)
            .serve_connection(stream, Answering(self.router.clone()))
    }
}

/// The registry, as the HTTP implementation calls it: an answer that a fault severs is none.
struct Answering(TowerToHyperService<Router>);

impl hyper::service::Service<Request<Incoming>> for Answering {
    type Response = Response;
    type Error = Severed;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Severed>> + Send>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        // HTTP/2 has it in the request's target alone.
        let host = request.uri().authority().map(ToString::to_string);
        let host = host.and_then(|host| HeaderValue::from_str(&host).ok());
        if let (Some(host), false) = (host, request.headers().contains_key(HOST)) {
            request.headers_mut().insert(HOST, host);
        }
        let answer = self.0.call(request.map(Body::new));
        Box::pin(async move {
            let Ok(response) = answer.await;
            match response.extensions().get::<Severed>() {
                Some(severed) => Err(*severed),
                None => Ok(response),
            }
        })
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
