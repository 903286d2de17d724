//! Requests over HTTP to receivers on loopback that misbehave.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

use std::io::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::post;
use liftlock_hooks::outgoing::Outgoing;
use liftlock_hooks::sending::{Endpoint, EndpointSettings, Http, Transport as _, Tried};
use serde_json::{Value, json};

/// What a receiver got.
type Got = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

async fn receiver(answer: fn(&HeaderMap) -> Response) -> (String, Got) {
    let got = Got::default();
    let kept = Arc::clone(&got);
    let take = move |headers: HeaderMap, body: Bytes| async move {
        let answer = answer(&headers);
        kept.lock().unwrap().push((headers, body));
        answer
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/secret-path", listener.local_addr().unwrap());
    let app = Router::new().route("/secret-path", post(take));
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    (url, got)
}

fn endpoint(mut settings: Value) -> Endpoint {
    settings["name"] = json!("one");
    let settings: EndpointSettings = serde_json::from_value(settings).unwrap();
    settings.open().unwrap()
}

fn request() -> Outgoing {
    Outgoing {
        id: "msg_7".to_owned(),
        headers: vec![("content-type", "application/json".to_owned())],
        body: b"{}".to_vec(),
    }
}

async fn send(endpoint: &Endpoint) -> Tried {
    Http.send(endpoint, &request(), 1_614_265_330).await
}

fn failed(tried: Tried) -> (String, Option<Duration>, bool) {
    match tried {
        Tried::Failed {
            reason,
            retry_after,
            refused,
        } => (reason, retry_after, refused),
        Tried::Delivered => panic!("it was taken"),
    }
}

#[tokio::test]
async fn what_is_sent_is_signed_and_has_its_token() {
    let mut key = tempfile::NamedTempFile::new().unwrap();
    key.write_all(b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")
        .unwrap();
    let mut token = tempfile::NamedTempFile::new().unwrap();
    token.write_all(b"s3cret-token\n").unwrap();
    let (url, got) = receiver(|_| StatusCode::NO_CONTENT.into_response()).await;
    let endpoint = endpoint(json!({ "url": url, "format": "standard",
        "secrets": [{ "from_file": key.path() }], "token": { "from_file": token.path() } }));
    assert_eq!(send(&endpoint).await, Tried::Delivered);
    let got = got.lock().unwrap();
    let (headers, body) = &got[0];
    assert_eq!(body.as_ref(), b"{}");
    assert_eq!(headers["webhook-id"], "msg_7");
    assert_eq!(headers["webhook-timestamp"], "1614265330");
    assert!(
        headers["webhook-signature"]
            .to_str()
            .unwrap()
            .starts_with("v1,")
    );
    assert_eq!(headers["authorization"], "Bearer s3cret-token");
    assert_eq!(headers["content-type"], "application/json");
    let shown = format!("{endpoint:?}");
    for secret in ["s3cret", "MfKQ", "secret-path"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (url, got) = receiver(|_| Redirect::temporary("/secret-path").into_response()).await;
    let endpoint = endpoint(json!({ "url": url, "format": "slack" }));
    let (reason, _, refused) = failed(send(&endpoint).await);
    assert_eq!(reason, "status 307, a redirect, which is not followed");
    assert!(!refused);
    assert_eq!(got.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn what_a_receiver_asks_for_is_read() {
    let (url, _) = receiver(|_| {
        let busy = (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "90")]);
        (busy.0, busy.1, "slow\u{1b}[2J down").into_response()
    })
    .await;
    let busy = endpoint(json!({ "url": url, "format": "slack" }));
    let asked = Some(Duration::from_secs(90));
    let said = failed(send(&busy).await);
    assert_eq!(said, ("status 429: slow [2J down".to_owned(), asked, false));

    let (url, _) = receiver(|_| StatusCode::UNPROCESSABLE_ENTITY.into_response()).await;
    let refuses = endpoint(json!({ "url": url, "format": "slack" }));
    assert_eq!(
        failed(send(&refuses).await),
        ("status 422".to_owned(), None, true)
    );
}

#[tokio::test]
async fn a_receiver_that_says_a_secret_is_not_quoted() {
    let (url, _) =
        receiver(|_| (StatusCode::FORBIDDEN, "no access to /secret-path").into_response()).await;
    let endpoint = endpoint(json!({ "url": url, "format": "slack" }));
    let (reason, ..) = failed(send(&endpoint).await);
    assert_eq!(reason, "status 403: (not shown: a secret is in it)");
}

#[tokio::test]
async fn a_large_answer_is_cut_off() {
    let (url, _) = receiver(|_| {
        (
            StatusCode::INTERNAL_SERVER_ERROR,
            "x".repeat(8 * 1024 * 1024),
        )
            .into_response()
    })
    .await;
    let endpoint = endpoint(json!({ "url": url, "format": "slack" }));
    let (reason, ..) = failed(send(&endpoint).await);
    assert!(reason.len() < 200, "{}", reason.len());
}

#[tokio::test]
async fn who_does_not_answer_in_time_or_not_at_all_is_told_so() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let url = format!("http://{address}/secret-path");
    let endpoint = endpoint(json!({ "url": url, "format": "slack", "within": "1s" }));
    assert_eq!(failed(send(&endpoint).await).0, "no answer in time");
    drop(listener);
    let (reason, ..) = failed(send(&endpoint).await);
    assert!(
        reason.contains("refused") && !reason.contains("secret-path"),
        "{reason}"
    );
}
