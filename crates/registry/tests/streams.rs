//! Blobs as streams, over connections that break.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod support;

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::response::Response;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use liftlock_engine::ports::RegistryError;
use liftlock_oci::{Descriptor, media_types};
use support::{Auth, TestRegistry, answer, with};

const LAYER: &[u8] = b"0123456789";

fn layer() -> Descriptor {
    Descriptor::of(media_types::OCI_LAYER, LAYER)
}

/// A body that says it has `length` bytes, sends `sent`, and breaks off.
fn broken(status: u16, sent: &'static [u8], length: usize) -> Response {
    let first = stream::once(async move { Ok(Bytes::from_static(sent)) });
    let cut = stream::once(async {
        // Lets what was sent go out before the connection goes.
        tokio::task::yield_now().await;
        Err(std::io::Error::other("cut"))
    });
    let mut response = Response::new(Body::from_stream(first.chain(cut)));
    *response.status_mut() = axum::http::StatusCode::from_u16(status).unwrap();
    let length = HeaderValue::from(length);
    response.headers_mut().insert("content-length", length);
    response
}

fn range(request: &Request) -> Option<&str> {
    request.headers().get("range")?.to_str().ok()
}

/// What is received of the layer from a registry that answers so; and how many requests it took.
async fn read(
    registry: &TestRegistry,
    fault: impl Fn(&Request) -> Option<Response> + Send + Sync + 'static,
) -> (Result<Vec<u8>, RegistryError>, usize) {
    registry.fail_with(fault);
    registry.take_log();
    let repository = registry.repository("app");
    let result = async {
        let mut blob = registry.client().open_blob(&repository, &layer()).await?;
        let mut bytes = Vec::new();
        while let Some(chunk) = blob.chunk().await? {
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    };
    (result.await, registry.take_log().len())
}

#[tokio::test]
async fn a_body_that_breaks_off_is_continued_where_it_broke_off() {
    let registry = TestRegistry::start(Auth::None).await;
    let by_range = |request: &Request| match range(request) {
        None => Some(broken(200, b"012", 10)),
        Some("bytes=3-") => {
            let rest = broken(206, b"3456", 7);
            Some(with(rest, "content-range", "bytes 3-9/10"))
        }
        Some("bytes=7-") => {
            let rest = answer(206, "789");
            Some(with(rest, "content-range", "bytes 7-9/10"))
        }
        Some(_) => Some(answer(400, "")),
    };
    let (bytes, requests) = read(&registry, by_range).await;
    assert_eq!(bytes.unwrap(), LAYER);
    assert_eq!(requests, 3);
}

#[tokio::test]
async fn what_a_registry_without_ranges_sends_again_is_left_out() {
    let registry = TestRegistry::start(Auth::None).await;
    let count = AtomicUsize::new(0);
    let from_the_start = move |_: &Request| match count.fetch_add(1, Ordering::SeqCst) {
        0 => Some(broken(200, b"01234", 10)),
        1 => Some(broken(200, b"012", 10)),
        _ => Some(answer(200, "0123456789")),
    };
    let (bytes, requests) = read(&registry, from_the_start).await;
    assert_eq!(bytes.unwrap(), LAYER);
    assert_eq!(requests, 3);
}

#[tokio::test]
async fn a_body_that_gets_no_further_is_given_up() {
    let registry = TestRegistry::start(Auth::None).await;
    let (bytes, requests) = read(&registry, |_| Some(broken(200, b"01", 10))).await;
    let error = bytes.unwrap_err();
    assert!(
        matches!(error, RegistryError::Unreachable { .. }),
        "{error}"
    );
    // The first, and three that brought nothing new.
    assert_eq!(requests, 4);
}

#[tokio::test]
async fn a_body_of_another_size_than_its_descriptor_is_refused() {
    let registry = TestRegistry::start(Auth::None).await;
    let without_length = |text: &'static [u8]| {
        let chunks = [Ok::<_, std::io::Error>(Bytes::from_static(text))];
        Response::new(Body::from_stream(stream::iter(chunks)))
    };
    for text in [&b"012345678"[..], b"01234567890"] {
        let sized = std::str::from_utf8(text).unwrap();
        let (bytes, _) = read(&registry, move |_| Some(answer(200, sized))).await;
        let error = bytes.unwrap_err().to_string();
        assert!(error.contains("10 bytes by its descriptor"), "{error}");
        let (bytes, _) = read(&registry, move |_| Some(without_length(text))).await;
        let error = bytes.unwrap_err();
        assert!(matches!(error, RegistryError::Content { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_continuation_at_another_place_is_refused() {
    let registry = TestRegistry::start(Auth::None).await;
    let elsewhere = |request: &Request| match range(request) {
        None => Some(broken(200, b"012", 10)),
        Some(_) => Some(with(answer(206, "56789"), "content-range", "bytes 5-9/10")),
    };
    let (bytes, _) = read(&registry, elsewhere).await;
    let error = bytes.unwrap_err().to_string();
    assert!(error.contains("another place"), "{error}");
}
