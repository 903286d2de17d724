//! What registries in the wild get wrong.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod support;

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use axum::http::HeaderValue;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use liftlock_engine::ports::RegistryError;
use liftlock_oci::{Digest, Repository};
use liftlock_registry::{Client, Name};
use support::content::{push_index, tag, tag_now};
use support::{Auth, TestRegistry, answer, with};

const KNOWN: &str = r#"{"auth":"dXNlcjpwYXNzd29yZA=="}"#;

async fn with_layer(registry: &TestRegistry) -> (Client, Repository, Digest) {
    let client = registry.client_with(&registry.docker_config(KNOWN));
    let repository = registry.repository("app");
    let layer = Bytes::from_static(b"the layer");
    client.push_blob(&repository, layer, None).await.unwrap();
    registry.take_log();
    (client, repository, Digest::of(b"the layer"))
}

#[tokio::test]
async fn a_redirect_is_followed_without_authorization() {
    let storage = TestRegistry::start(Auth::None).await;
    storage.fail_with(|request| {
        let leaked = request.headers().contains_key("authorization");
        Some(answer(200, if leaked { "leaked" } else { "the layer" }))
    });
    let registry = TestRegistry::start(Auth::Basic).await;
    let (client, repository, digest) = with_layer(&registry).await;
    let target = format!("http://{}/signed?secret=1", storage.host);
    registry.fail_with(move |_| Some(with(answer(307, ""), "location", &target)));
    let bytes = client.blob(&repository, digest, 100).await.unwrap();
    assert_eq!(bytes, b"the layer");
    assert_eq!(storage.take_log(), ["GET /signed 200"]);
}

#[tokio::test]
async fn redirects_end_and_never_leave_tls_for_a_stranger() {
    let registry = TestRegistry::start(Auth::None).await;
    let (client, repository, digest) = with_layer(&registry).await;
    registry.fail_with(|_| Some(with(answer(302, ""), "location", "/again")));
    let error = client.blob(&repository, digest, 100).await.unwrap_err();
    assert!(
        error.to_string().contains("more than 5 redirects"),
        "{error}"
    );
    assert_eq!(registry.take_log().len(), 6);
    registry.fail_with(|_| {
        Some(with(
            answer(302, ""),
            "location",
            "http://cdn.example.com/x",
        ))
    });
    let error = client.blob(&repository, digest, 100).await.unwrap_err();
    assert!(error.to_string().contains("may not be followed"), "{error}");
}

#[tokio::test]
async fn corrupt_bodies_are_content_errors() {
    let registry = TestRegistry::start(Auth::None).await;
    let (client, repository, digest) = with_layer(&registry).await;
    let index = push_index(&client, &repository, "one").await.digest();
    registry.fail_with(|_| Some(answer(200, "{}")));
    let error = client.blob(&repository, digest, 100).await.unwrap_err();
    assert!(matches!(error, RegistryError::Content { .. }), "{error}");
    let error = client
        .manifest(&repository, Name::Digest(index))
        .await
        .unwrap_err();
    assert!(matches!(error, RegistryError::Content { .. }), "{error}");
    assert!(error.to_string().contains(&index.to_string()), "{error}");
    let stated = index.to_string();
    registry.fail_with(move |_| Some(with(answer(200, "{}"), "docker-content-digest", &stated)));
    let error = client
        .manifest(&repository, Name::Tag(&tag("x")))
        .await
        .unwrap_err();
    assert!(matches!(error, RegistryError::Content { .. }), "{error}");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_noticed() {
    let registry = TestRegistry::start(Auth::None).await;
    let (client, repository, digest) = with_layer(&registry).await;
    registry.fail_with(|_| {
        let chunks = [
            Ok(Bytes::from_static(b"the")),
            Err(std::io::Error::other("cut")),
        ];
        let mut response = Response::new(Body::from_stream(stream::iter(chunks)));
        let length = HeaderValue::from_static("9");
        response.headers_mut().insert("content-length", length);
        Some(response)
    });
    let error = client.blob(&repository, digest, 100).await.unwrap_err();
    assert!(
        matches!(error, RegistryError::Unreachable { .. }),
        "{error}"
    );
    assert!(error.to_string().contains(&registry.host), "{error}");
}

#[tokio::test]
async fn a_body_without_end_is_cut_at_the_limit() {
    let registry = TestRegistry::start(Auth::None).await;
    let (client, repository, digest) = with_layer(&registry).await;
    registry.fail_with(|_| {
        let endless =
            stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from(vec![b' '; 65536])));
        Some(Response::new(Body::from_stream(endless)))
    });
    let error = client.blob(&repository, digest, 100).await.unwrap_err();
    assert!(error.to_string().contains("limit of 100 bytes"), "{error}");
    let error = client
        .manifest(&repository, Name::Tag(&tag("x")))
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("limit of 4194304 bytes"),
        "{error}"
    );
    assert!(client.tags(&repository).await.is_err());
}

#[tokio::test]
async fn a_missing_location_is_an_error_that_says_so() {
    let registry = TestRegistry::start(Auth::None).await;
    let (client, repository, _) = with_layer(&registry).await;
    registry.fail_with(|request| (request.method() == "POST").then(|| answer(202, "")));
    let other = Bytes::from_static(b"other");
    let error = client
        .push_blob(&repository, other, None)
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("without the Location header"),
        "{error}"
    );
}

#[tokio::test]
async fn locations_may_be_relative_or_absolute_and_keep_their_query() {
    let registry = TestRegistry::start(Auth::None).await;
    let (client, repository, _) = with_layer(&registry).await;
    let base = format!("http://{}/v2/app/blobs/uploads/", registry.host);
    for location in [format!("{base}1?state=a%2Fb"), "2?state=a%2Fb".to_owned()] {
        registry.fail_with(move |request| match request.method().as_str() {
            "POST" => Some(with(answer(202, ""), "location", &location)),
            "PUT" => {
                let query = request.uri().query().unwrap_or_default();
                let kept = query.starts_with("state=a%2Fb&digest=sha256");
                Some(answer(if kept { 201 } else { 400 }, ""))
            }
            _ => None,
        });
        let other = Bytes::from_static(b"other");
        client.push_blob(&repository, other, None).await.unwrap();
    }
}

#[tokio::test]
async fn passing_failures_are_tried_again_and_lasting_ones_reported() {
    let registry = TestRegistry::start(Auth::None).await;
    let (client, repository, _) = with_layer(&registry).await;
    let index = push_index(&client, &repository, "one").await;
    client
        .put_manifest(&repository, Name::Tag(&tag("x")), &index)
        .await
        .unwrap();
    for status in [429, 502, 503, 504] {
        registry.take_log();
        let count = AtomicUsize::new(0);
        registry.fail_with(move |_| {
            let failing = count.fetch_add(1, Ordering::SeqCst) < 2;
            failing.then(|| with(answer(status, ""), "retry-after", "0"))
        });
        assert_eq!(
            tag_now(&client, &repository, &tag("x")).await,
            Some(index.digest())
        );
        assert_eq!(registry.take_log().len(), 3);
    }
    registry.fail_with(|_| {
        Some(answer(
            503,
            r#"{"errors":[{"code":"X","message":"tired"}]}"#,
        ))
    });
    let error = client.tags(&repository).await.unwrap_err();
    assert!(
        matches!(&error, RegistryError::Status { status: 503, .. }),
        "{error}"
    );
    assert!(error.to_string().contains("tired"), "{error}");
    assert_eq!(registry.take_log().len(), 4);
    registry.fail_with(|_| Some(with(answer(429, ""), "retry-after", "3600")));
    let error = client.tags(&repository).await.unwrap_err();
    assert!(
        matches!(&error, RegistryError::Status { status: 429, .. }),
        "{error}"
    );
    assert_eq!(registry.take_log().len(), 1);
}

#[tokio::test]
async fn a_head_without_a_digest_is_followed_by_a_get() {
    let registry = TestRegistry::start(Auth::None).await;
    let (client, repository, _) = with_layer(&registry).await;
    let index = push_index(&client, &repository, "one").await;
    client
        .put_manifest(&repository, Name::Tag(&tag("x")), &index)
        .await
        .unwrap();
    registry.fail_with(|request| (request.method() == "HEAD").then(|| answer(200, "")));
    assert_eq!(
        tag_now(&client, &repository, &tag("x")).await,
        Some(index.digest())
    );
}

#[tokio::test]
async fn pages_that_never_end_or_lead_elsewhere_are_not_followed() {
    let registry = TestRegistry::start(Auth::None).await;
    let (client, repository, _) = with_layer(&registry).await;
    let body = r#"{"tags":["a"]}"#;
    registry.fail_with(move |_| {
        Some(with(
            answer(200, body),
            "link",
            "</v2/app/tags/list>; rel=next",
        ))
    });
    let error = client.tags(&repository).await.unwrap_err();
    assert!(error.to_string().contains("1000 pages"), "{error}");
    registry.take_log();
    let elsewhere = "<https://other.example.com/x>; rel=next";
    registry.fail_with(move |_| Some(with(answer(200, body), "link", elsewhere)));
    let error = client.tags(&repository).await.unwrap_err();
    assert!(error.to_string().contains("not at the registry"), "{error}");
    assert_eq!(registry.take_log().len(), 1);
}
