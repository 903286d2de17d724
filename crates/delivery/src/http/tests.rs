use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;

const FAST: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(5));
const LONG: Span = Span::from_secs(300);

struct Server {
    url: String,
    requests: Arc<AtomicUsize>,
}

/// Answers the n-th connection with the n-th answer, and the last one for ever; then leaves
/// the connection open where `hang` says so.
async fn serve(answers: Vec<String>, hang: bool) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/health", listener.local_addr().unwrap());
    let requests = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&requests);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let at = count.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
            tokio::spawn(answer(stream, answers[at].clone(), hang));
        }
    });
    Server { url, requests }
}

async fn answer(mut stream: TcpStream, text: String, hang: bool) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await.unwrap());
    }
    // The client may have read enough and be gone.
    let _ = stream.write_all(text.as_bytes()).await;
    if hang {
        std::future::pending::<()>().await;
    }
}

fn status(status: u16, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

fn redirect(to: &str) -> String {
    format!("HTTP/1.1 302 X\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

fn wanted(contains: Option<&str>) -> Wanted<'_> {
    Wanted {
        status: 200,
        contains,
    }
}

#[tokio::test]
async fn it_is_tried_until_it_passes() {
    let server = serve(
        vec![status(500, ""), status(500, ""), status(200, "all good")],
        false,
    )
    .await;
    let outcome = check_at_pace(&server.url, wanted(Some("good")), LONG, FAST).await;
    assert!(outcome.passed, "{}", outcome.summary);
    assert!(
        outcome.summary.contains("answered 200, 3 tries in"),
        "{}",
        outcome.summary
    );
    assert_eq!(outcome.output, b"all good");
    assert_eq!(server.requests.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn it_fails_with_the_last_answer_when_the_time_is_over() {
    let server = serve(vec![status(500, "broken")], false).await;
    let outcome = check(&server.url, wanted(None), Span::from_secs(1)).await;
    assert!(!outcome.passed);
    let start = format!("GET {} answered 500, expected 200, ", server.url);
    assert!(outcome.summary.starts_with(&start), "{}", outcome.summary);
    assert_eq!(outcome.output, b"broken");
}

#[tokio::test]
async fn text_that_is_not_in_the_body_fails() {
    let server = serve(vec![status(200, "degraded")], false).await;
    let outcome = check_at_pace(&server.url, wanted(Some("ok")), Span::ZERO, FAST).await;
    assert!(!outcome.passed);
    // No time at all is not enough for an answer; a little is.
    let outcome = check(&server.url, wanted(Some("ok")), Span::from_secs(1)).await;
    assert!(!outcome.passed);
    assert!(
        outcome.summary.contains("without \"ok\" in its body"),
        "{}",
        outcome.summary
    );
}

#[tokio::test]
async fn redirects_are_followed_on_the_same_host_only() {
    let goal = serve(vec![status(200, "")], false).await;
    let near = serve(vec![redirect("/other"), status(200, "there")], false).await;
    let outcome = check_at_pace(&near.url, wanted(Some("there")), LONG, FAST).await;
    assert!(outcome.passed, "{}", outcome.summary);

    let far_url = goal.url.replace("127.0.0.1", "user:secret@localhost");
    let far = serve(vec![redirect(&far_url)], false).await;
    let outcome = check(&far.url, wanted(None), Span::from_secs(1)).await;
    assert!(!outcome.passed);
    assert!(
        outcome
            .summary
            .contains("answered 302 (a redirect to http://localhost:")
    );
    assert!(!outcome.summary.contains("secret"), "{}", outcome.summary);
    assert_eq!(goal.requests.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn redirects_end() {
    let server = serve(vec![redirect("/again")], false).await;
    let outcome = check(&server.url, wanted(None), Span::from_secs(1)).await;
    assert!(!outcome.passed);
    assert!(
        outcome.summary.contains("answered 302"),
        "{}",
        outcome.summary
    );
    assert_eq!(server.requests.load(Ordering::SeqCst), 6);
}

#[tokio::test]
async fn a_wanted_redirect_is_not_followed() {
    let server = serve(vec![redirect("/login")], false).await;
    let wanted = Wanted {
        status: 302,
        contains: None,
    };
    let outcome = check_at_pace(&server.url, wanted, LONG, FAST).await;
    assert!(outcome.passed, "{}", outcome.summary);
    assert_eq!(server.requests.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_body_that_does_not_end_is_no_answer() {
    let start = "HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\nok".to_owned();
    let server = serve(vec![start], true).await;
    let outcome = check(&server.url, wanted(Some("ok")), Span::from_secs(1)).await;
    assert!(!outcome.passed);
    assert!(
        outcome.summary.contains("status 200, then timed out"),
        "{}",
        outcome.summary
    );
}

#[tokio::test]
async fn a_huge_body_is_read_to_its_limit() {
    let huge = format!("start{}end", "x".repeat(3 * client::BODY_BYTES_MAX));
    let server = serve(vec![status(200, &huge)], false).await;
    let outcome = check_at_pace(&server.url, wanted(Some("start")), LONG, FAST).await;
    assert!(outcome.passed, "{}", outcome.summary);
    assert!(outcome.output.len() <= OUTPUT_BYTES_MAX);
    let outcome = check(&server.url, wanted(Some("end")), Span::from_secs(1)).await;
    assert!(!outcome.passed, "{}", outcome.summary);
}

#[tokio::test]
async fn what_cannot_be_asked_is_said() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://user:secret@{}/", listener.local_addr().unwrap());
    drop(listener);
    let outcome = check(&url, wanted(None), Span::from_secs(1)).await;
    assert!(!outcome.passed);
    assert!(
        outcome
            .summary
            .contains("got no answer (Connection refused"),
        "{}",
        outcome.summary
    );
    assert!(!outcome.summary.contains("secret"), "{}", outcome.summary);
    for url in ["ftp://example.com/", "health", ""] {
        assert!(!check(url, wanted(None), LONG).await.passed, "{url}");
    }
}
