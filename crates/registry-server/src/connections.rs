//! Connections: accepting them, and answering on them until the registry ends.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::faults::Severed;
use crate::limits::Limits;

/// How long requests that have begun may go on once the registry ends.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);

/// How long nothing is accepted where the system has no more connections to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Accepts connections and answers their requests until `shutdown` is done. Requests that have
/// begun by then go on, for a while.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: &Limits,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(limits.connections_max));
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = &mut shutdown => break,
        };
        match accepted {
            Ok((stream, place)) => {
                let connection = answer_on(stream, router.clone(), limits);
                let connection = graceful.watch(connection);
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

fn answer_on(
    stream: TcpStream,
    router: Router,
    limits: &Limits,
) -> impl GracefulConnection + Send + 'static {
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
    hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.headers_timeout)
        .serve_connection(TokioIo::new(stream), service)
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}
