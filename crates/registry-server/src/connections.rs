//! Connections: accepting them, and answering on them until the registry ends.

use std::future::Future;
use std::io;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};

use crate::faults::Severed;

/// How long requests that have begun may go on once the registry ends.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);

/// How long nothing is accepted where the system has no more connections to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// How long a connection may go without the headers of a request, idle or in their midst. Longer
/// than clients keep an idle connection (90 seconds are common), so that they close it first: a
/// request that meets a closing connection fails.
const HEADERS_TIMEOUT: Duration = Duration::from_secs(120);

/// Accepts connections and answers their requests until `shutdown` is done. Requests that have
/// begun by then go on, for a while.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    let graceful = GracefulShutdown::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        match accepted {
            Ok((stream, _)) => answer_on(stream, router.clone(), &graceful),
            Err(error) if is_of_one_connection(&error) => {}
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
    drop(listener);
    // What is left after that ends with the runtime.
    let _ = tokio::time::timeout(SHUTDOWN_TIMEOUT, graceful.shutdown()).await;
}

fn answer_on(stream: TcpStream, router: Router, graceful: &GracefulShutdown) {
    // Small answers go out at once; where that is not to be had, they go out a little later.
    let _ = stream.set_nodelay(true);
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |request: Request<Incoming>| {
        let answer = router.call(request.map(Body::new));
        async move {
            let Ok(response) = answer.await;
            match response.extensions().get::<Severed>() {
                Some(severed) => Err(*severed),
                None => Ok(response),
            }
        }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service);
    let connection = graceful.watch(connection);
    // How a connection ended is its client's affair.
    tokio::spawn(async move {
        let _ = connection.await;
    });
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}
