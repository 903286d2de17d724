//! What hostile clients try, over real sockets.

use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use liftlock_server::{Limits, Rate};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::running::{Running, problem, start};

/// Reads bodies as a whole.
fn reading() -> Router {
    let read = |body: Bytes| async move { body.len().to_string() };
    Router::new().route("/read", post(read))
}

/// Says `request` on a connection of its own; what came back until the server closed it.
async fn say(server: &Running, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    // A server that closes early is no failure of the client.
    let _ = stream.write_all(request).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn quick(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits {
        headers_time: Duration::from_millis(300),
        body_idle: Duration::from_millis(200),
        answer_idle: Duration::from_millis(500),
        ..Limits::default()
    };
    change(&mut limits);
    limits
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_with_and_without_a_length() {
    let server = start(|setup, _| {
        setup.routes.open = reading();
        setup.config.limits.body_bytes = 1000;
    })
    .await;
    let send = |body: reqwest::Body| server.client.post(server.url("/read")).body(body).send();
    let fits = send("x".repeat(1000).into()).await.unwrap();
    assert_eq!(fits.text().await.unwrap(), "1000");
    let over = problem(send("x".repeat(1001).into()).await.unwrap()).await;
    assert_eq!(over, (413, "too-large".to_owned()));
    let chunks = (0..11).map(|_| Ok::<_, std::io::Error>("x".repeat(100)));
    let stream = futures_util::stream::iter(chunks);
    let over = problem(send(reqwest::Body::wrap_stream(stream)).await.unwrap()).await;
    assert_eq!(over, (413, "too-large".to_owned()));
}

#[tokio::test]
async fn a_body_or_headers_that_come_too_slowly_are_given_up() {
    let server = start(|setup, _| {
        setup.routes.open = reading();
        setup.config.limits = quick(|_| {});
    })
    .await;
    let started = "POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc";
    let answer = say(&server, started.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("\"code\":\"request-timeout\""), "{answer}");
    // In the midst of headers, and with none at all.
    for started in ["GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ", ""] {
        let answer = say(&server, started.as_bytes()).await;
        assert!(!answer.contains("200 OK"), "{answer}");
    }
}

#[tokio::test]
async fn headers_over_the_limit_are_refused() {
    let server = start(|setup, _| setup.config.limits.header_bytes = 8192).await;
    for header in [
        format!("X-Long: {}", "x".repeat(20_000)),
        "X: y\r\n".repeat(500),
    ] {
        let request = format!("GET /healthz HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n");
        let answer = say(&server, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    }
}

#[tokio::test]
async fn paths_lead_nowhere_but_where_they_say() {
    let server = start(|_, _| {}).await;
    server.append("shop", 0, 3).await;
    for path in [
        "/log/tile/../checkpoint",
        "/log/tile/%2e%2e/checkpoint",
        "/log/tile/0/..%2f..%2f..%2fetc%2fpasswd",
        "/log/tile/0/000.p/3%00",
        "/log/tile//0/000.p/3",
        "//log/checkpoint",
        "/log/checkpoint/",
        "/log/./checkpoint",
        "/LOG/checkpoint",
        "/api/v1/pipelines/%2e%2e/events",
        "/api/v1/pipelines/shop%2f..%2fshop/events",
        "http://localhost/log/../healthz",
    ] {
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let answer = say(&server, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 404 "), "{path}: {answer}");
    }
}

#[tokio::test]
async fn what_two_servers_could_read_differently_is_refused() {
    let server = start(|setup, _| setup.routes.open = reading()).await;
    let both =
        "POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde";
    assert!(
        say(&server, both.as_bytes())
            .await
            .starts_with("HTTP/1.1 400 ")
    );
    let chunked =
        "POST /read HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n";
    assert!(
        say(&server, chunked.as_bytes())
            .await
            .starts_with("HTTP/1.1 400 ")
    );
    assert!(
        say(&server, b"GET / HTTP/9.9\r\n\r\n")
            .await
            .starts_with("HTTP/1.1 400 ")
    );
    assert!(
        say(&server, b"\x16\x03\x01\x00\xa5 tls")
            .await
            .starts_with("HTTP/1.1 400 ")
    );
}

#[tokio::test]
async fn one_address_has_only_so_many_connections() {
    let server = start(|setup, _| setup.config.limits.connections_per_address = 2).await;
    let mut first = TcpStream::connect(server.address).await.unwrap();
    let second = TcpStream::connect(server.address).await.unwrap();
    let mut third = TcpStream::connect(server.address).await.unwrap();
    // Closed at once: nothing is to be read.
    let mut nothing = Vec::new();
    let read = third.read_to_end(&mut nothing).await;
    assert!(read.is_err() || nothing.is_empty());
    let request = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    first.write_all(request.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    first.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    drop(second);
    loop {
        let answer = say(&server, b"GET /healthz HTTP/1.0\r\n\r\n").await;
        if answer.contains("200 OK") {
            break;
        }
    }
}

#[tokio::test]
async fn who_asks_too_often_is_told_when_to_come_again() {
    let server = start(|setup, _| {
        setup.config.limits.rate_per_address = Rate {
            per_second: 1,
            burst: 3,
        };
    })
    .await;
    for _ in 0..3 {
        assert_eq!(server.get("/healthz").await.status(), 200);
    }
    let refused = server.get("/healthz").await;
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(
        problem(refused).await,
        (429, "too-many-requests".to_owned())
    );
}

#[tokio::test]
async fn an_actor_is_limited_from_wherever_they_ask() {
    let server = start(|setup, _| {
        setup.config.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        setup.config.limits.rate_per_actor = Rate {
            per_second: 1,
            burst: 2,
        };
    })
    .await;
    let mut codes = Vec::new();
    for n in 1..=3 {
        let request = server.client.get(server.url("/log/key"));
        let request = request.header("X-Forwarded-For", format!("192.0.2.{n}"));
        codes.push(request.send().await.unwrap().status().as_u16());
    }
    assert_eq!(codes, [200, 200, 429]);
}

#[tokio::test]
async fn a_client_that_takes_nothing_loses_its_connection() {
    let large = || async { vec![b'x'; 64 << 20] };
    let server = start(|setup, _| {
        setup.routes.open = Router::new().route("/large", axum::routing::get(large));
        setup.config.limits = quick(|_| {});
    })
    .await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let request = "GET /large HTTP/1.1\r\nHost: x\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    server.shutdown.request();
    // Nobody reads: the server ends all the same, long before it would cut requests off.
    assert!(server.ended.await.unwrap().is_clean());
}

#[tokio::test]
async fn a_handler_that_takes_too_long_is_given_up() {
    let never = || async {
        std::future::pending::<()>().await;
        "never"
    };
    let server = start(|setup, _| {
        setup.routes.open = Router::new().route("/never", axum::routing::get(never));
        setup.config.limits.handler_time = Duration::from_millis(50);
    })
    .await;
    let found = problem(server.get("/never").await).await;
    assert_eq!(found, (503, "timeout".to_owned()));
}
