use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use liftlock_core::Span;
use liftlock_core::policy::{SecretFrom, YamlPath};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::DeliveryOptions;

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

fn local() -> LocalDelivery {
    LocalDelivery::new(".".into(), DeliveryOptions::default())
}

fn wanted(url: &str, contains: Option<&str>, within: Span) -> HttpCheck {
    HttpCheck {
        contains: contains.map(str::to_owned),
        ..HttpCheck::new(url, within)
    }
}

async fn check(wanted: HttpCheck) -> CheckOutcome {
    super::check(&local(), &wanted).await
}

async fn check_fast(wanted: HttpCheck) -> CheckOutcome {
    check_at_pace(&local(), &wanted, FAST).await
}

#[tokio::test]
async fn it_is_tried_until_it_passes() {
    let server = serve(
        vec![status(500, ""), status(500, ""), status(200, "all good")],
        false,
    )
    .await;
    let outcome = check_fast(wanted(&server.url, Some("good"), LONG)).await;
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
    let outcome = check(wanted(&server.url, None, Span::from_secs(1))).await;
    assert!(!outcome.passed);
    let start = format!("GET {} answered 500, expected 200, ", server.url);
    assert!(outcome.summary.starts_with(&start), "{}", outcome.summary);
    assert_eq!(outcome.output, b"broken");
}

#[tokio::test]
async fn text_that_is_not_in_the_body_fails() {
    let server = serve(vec![status(200, "degraded")], false).await;
    let outcome = check_fast(wanted(&server.url, Some("ok"), Span::ZERO)).await;
    assert!(!outcome.passed);
    // No time at all is not enough for an answer; a little is.
    let outcome = check(wanted(&server.url, Some("ok"), Span::from_secs(1))).await;
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
    let outcome = check_fast(wanted(&near.url, Some("there"), LONG)).await;
    assert!(outcome.passed, "{}", outcome.summary);

    let far_url = goal.url.replace("127.0.0.1", "user:secret@localhost");
    let far = serve(vec![redirect(&far_url)], false).await;
    let outcome = check(wanted(&far.url, None, Span::from_secs(1))).await;
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
    let outcome = check(wanted(&server.url, None, Span::from_secs(1))).await;
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
    let wanted = HttpCheck {
        expect: 302,
        ..HttpCheck::new(&server.url, LONG)
    };
    let outcome = check_fast(wanted).await;
    assert!(outcome.passed, "{}", outcome.summary);
    assert_eq!(server.requests.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_body_that_does_not_end_is_no_answer() {
    let start = "HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\nok".to_owned();
    let server = serve(vec![start], true).await;
    let outcome = check(wanted(&server.url, Some("ok"), Span::from_secs(1))).await;
    assert!(!outcome.passed);
    assert!(
        outcome.summary.contains("status 200, then timed out"),
        "{}",
        outcome.summary
    );
}

#[tokio::test]
async fn a_huge_body_is_read_to_its_limit() {
    let huge = format!("start{}end", "x".repeat(3 * crate::web::BODY_BYTES_MAX));
    let server = serve(vec![status(200, &huge)], false).await;
    let outcome = check_fast(wanted(&server.url, Some("start"), LONG)).await;
    assert!(outcome.passed, "{}", outcome.summary);
    assert!(outcome.output.len() <= OUTPUT_BYTES_MAX);
    let outcome = check(wanted(&server.url, Some("end"), Span::from_secs(1))).await;
    assert!(!outcome.passed, "{}", outcome.summary);
}

#[tokio::test]
async fn what_cannot_be_asked_is_said() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://user:secret@{}/", listener.local_addr().unwrap());
    drop(listener);
    let outcome = check(wanted(&url, None, Span::from_secs(1))).await;
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
        assert!(!check(wanted(url, None, LONG)).await.passed, "{url}");
    }
}

fn with_headers(headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 200 X\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

#[tokio::test]
async fn headers_patterns_and_values_decide() {
    let body =
        r#"{"status":"ok","version":3,"db":[{"name":"main","up":true},{"name":"old","up":false}]}"#;
    let answer = with_headers("X-Release: 1.2.3\r\nX-Release: blue\r\n", body);
    let server = serve(vec![answer], false).await;
    let with = |change: &dyn Fn(&mut HttpCheck)| {
        let mut wanted = HttpCheck::new(&server.url, Span::from_secs(1));
        change(&mut wanted);
        check_at_pace_owned(wanted)
    };
    let json = |path: &str, value: &str| {
        let (path, value): (YamlPath, _) = (path.parse().unwrap(), value.to_owned());
        move |wanted: &mut HttpCheck| {
            drop(wanted.json.insert(YamlPath::clone(&path), value.clone()))
        }
    };
    let header = |value: &'static str| {
        move |wanted: &mut HttpCheck| drop(wanted.headers.insert("x-release".into(), value.into()))
    };
    let pattern =
        |text: &'static str| move |wanted: &mut HttpCheck| wanted.matches = Some(text.into());
    assert!(with(&header("blue")).await.passed);
    assert!(with(&pattern(r#""version":\s*[0-9]+"#)).await.passed);
    for (path, value) in [
        ("status", "ok"),
        ("version", "3"),
        ("db[name=main].up", "true"),
        ("db[1].name", "old"),
    ] {
        let outcome = with(&json(path, value)).await;
        assert!(outcome.passed, "{path}: {}", outcome.summary);
    }
    for (outcome, lacks) in [
        (
            with(&header("green")).await,
            "answered 200 without the header x-release: green",
        ),
        (
            with(&pattern("^[0-9]")).await,
            "without a match of \"^[0-9]\" in its body",
        ),
        (
            with(&json("db[name=old].up", "true")).await,
            "with \"false\" at db[name=old].up, expected \"true\"",
        ),
        (
            with(&json("release", "1")).await,
            "without a value at release, expected \"1\"",
        ),
        (with(&pattern("(")).await, "`matches` cannot be used"),
    ] {
        assert!(
            !outcome.passed && outcome.summary.contains(lacks),
            "{}",
            outcome.summary
        );
    }
    let text = serve(vec![status(200, "fine")], false).await;
    let mut wanted = HttpCheck::new(&text.url, Span::from_secs(1));
    json("status", "ok")(&mut wanted);
    let outcome = check_at_pace_owned(wanted).await;
    assert!(
        outcome.summary.contains("without JSON as its body"),
        "{}",
        outcome.summary
    );
}

async fn check_at_pace_owned(wanted: HttpCheck) -> CheckOutcome {
    check_at_pace(
        &local(),
        &wanted,
        (Duration::from_millis(1), Duration::from_millis(400)),
    )
    .await
}

#[tokio::test]
async fn it_passes_as_often_in_a_row_as_it_must() {
    let answers = [200, 200, 500, 200, 200, 200].map(|code| status(code, ""));
    let server = serve(answers.to_vec(), false).await;
    let mut wanted = HttpCheck::new(&server.url, LONG);
    wanted.times = 3;
    let outcome = check_fast(wanted).await;
    assert!(outcome.passed, "{}", outcome.summary);
    assert_eq!(server.requests.load(Ordering::SeqCst), 6);
    let mut wanted = HttpCheck::new(&server.url, Span::from_secs(1));
    wanted.times = 1000;
    let outcome = check(wanted).await;
    assert!(
        outcome.summary.contains("times in a row of 1000"),
        "{}",
        outcome.summary
    );
}

#[tokio::test]
async fn a_token_is_sent_only_where_nobody_listens() {
    let server = serve(vec![status(200, "")], false).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "t0k3n\n").unwrap();
    let token = |url: &str, from| HttpCheck {
        token: Some(from),
        ..HttpCheck::new(url, Span::from_secs(1))
    };
    let from_file = SecretFrom::File(file.display().to_string());
    let outcome = check(token(&server.url, from_file.clone())).await;
    assert!(outcome.passed, "{}", outcome.summary);
    let outcome = check(token("http://example.com/", from_file)).await;
    assert!(
        outcome.summary.contains("over https only"),
        "{}",
        outcome.summary
    );
    let unset = SecretFrom::Env("NOT_SET_ANYWHERE".to_owned());
    let outcome = check(token(&server.url, unset)).await;
    assert_eq!(
        outcome.summary,
        "the token's variable NOT_SET_ANYWHERE is not set here"
    );
    std::fs::write(&file, "two words").unwrap();
    let from_file = SecretFrom::File(file.display().to_string());
    let outcome = check(token(&server.url, from_file)).await;
    assert!(
        !outcome.passed && !outcome.summary.contains("two words"),
        "{}",
        outcome.summary
    );
}
