//! Blobs on their way into a repository, and what they cost in requests.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod support;

use std::io::Error;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use liftlock_engine::ports::RegistryError;
use liftlock_oci::{Descriptor, Repository, media_types};
use liftlock_registry::{Begun, BlobWrite, Client, POST_BYTES_MAX, upload_body};
use support::{Auth, TestRegistry, answer, with};
use tokio::sync::mpsc;

const KNOWN: &str = r#"{"auth":"dXNlcjpwYXNzd29yZA=="}"#;
const LAYER: Bytes = Bytes::from_static(b"the layer");

fn layer() -> Descriptor {
    Descriptor::of(media_types::OCI_LAYER, &LAYER)
}

async fn start() -> (TestRegistry, Client, Repository) {
    let registry = TestRegistry::start(Auth::None).await;
    let (client, repository) = (registry.client(), registry.repository("app"));
    (registry, client, repository)
}

/// The methods of the requests since the last call, and their answers.
fn requests(registry: &TestRegistry) -> Vec<String> {
    let log = registry.take_log();
    let short = |line: &String| {
        let parts: Vec<&str> = line.split(' ').collect();
        format!("{} {}", parts[0], parts[2])
    };
    log.iter().map(short).collect()
}

async fn begin(client: &Client, to: &Repository, from: Option<&Repository>) -> Begun {
    client.begin_upload(to, &layer(), from).await.unwrap()
}

#[tokio::test]
async fn whether_a_blob_is_there_and_where_to_upload_it_are_one_request() {
    let (registry, client, app) = start().await;
    let Begun::Upload(session) = begin(&client, &app, None).await else {
        panic!("nothing is there yet");
    };
    let body = LAYER.into();
    client
        .finish_upload(&app, session, &layer(), body)
        .await
        .unwrap();
    assert_eq!(requests(&registry), ["POST 202", "PUT 201"]);
    let again = begin(&client, &app, None).await;
    assert!(matches!(again, Begun::There(BlobWrite::Present)));
    let other = registry.repository("other");
    let mounted = begin(&client, &other, Some(&app)).await;
    assert!(matches!(mounted, Begun::There(BlobWrite::Mounted)));
    assert_eq!(requests(&registry), ["POST 201", "POST 201"]);
}

#[tokio::test]
async fn a_refused_mount_is_followed_by_an_upload() {
    for status in [400, 401, 403, 404, 405] {
        let (registry, client, app) = start().await;
        let other = registry.repository("other");
        registry.fail_with(move |request| {
            let is_mount = request.uri().query().is_some_and(|q| q.contains("mount="));
            is_mount.then(|| answer(status, ""))
        });
        let write = client.push_blob(&app, LAYER, Some(&other)).await.unwrap();
        assert_eq!(write, BlobWrite::Uploaded);
        let refused = format!("POST {status}");
        assert_eq!(
            requests(&registry),
            [refused.as_str(), "POST 202", "PUT 201"]
        );
    }
}

#[tokio::test]
async fn both_scopes_of_a_mount_are_asked_for_together() {
    let registry = TestRegistry::start(Auth::Bearer).await;
    let (a, b) = (registry.repository("a"), registry.repository("b"));
    let config = registry.docker_config(KNOWN);
    let first = registry.client_with(&config);
    first.push_blob(&a, LAYER, None).await.unwrap();
    registry.take_log();
    let cold = registry.client_with(&config);
    let write = cold.push_blob(&b, LAYER, Some(&a)).await.unwrap();
    assert_eq!(write, BlobWrite::Mounted);
    assert_eq!(requests(&registry), ["POST 401", "GET 200", "POST 201"]);
}

#[tokio::test]
async fn no_token_for_the_other_repository_is_no_reason_not_to_upload() {
    let registry = TestRegistry::start(Auth::Bearer).await;
    let (a, b) = (registry.repository("a"), registry.repository("secret"));
    let refused = "repository:secret:pull".to_owned();
    registry.tokens.lock().unwrap().refused_scope = Some(refused);
    let client = registry.client_with(&registry.docker_config(KNOWN));
    let write = client.push_blob(&a, LAYER, Some(&b)).await.unwrap();
    assert_eq!(write, BlobWrite::Uploaded);
}

#[tokio::test]
async fn a_small_blob_is_one_request() {
    let (registry, client, app) = start().await;
    let write = client.post_blob(&app, &layer(), LAYER).await.unwrap();
    assert_eq!(write, BlobWrite::Uploaded);
    assert_eq!(requests(&registry), ["POST 201"]);
    assert!(client.has_blob(&app, layer().digest).await.unwrap());
    registry.take_log();
    let large = Bytes::from(vec![0; POST_BYTES_MAX + 1]);
    let blob = Descriptor::of(media_types::OCI_LAYER, &large);
    client.post_blob(&app, &blob, large).await.unwrap();
    assert_eq!(requests(&registry), ["POST 202", "PUT 201"]);
}

#[tokio::test]
async fn bytes_are_sent_in_vain_once_at_most() {
    for status in [202, 400, 405] {
        let (registry, client, app) = start().await;
        let location = format!("http://{}/v2/app/blobs/uploads/here", registry.host);
        registry.fail_with(move |request| match request.method().as_str() {
            "POST" if request.uri().query().is_some_and(|q| q.contains("mount=")) => {
                Some(with(answer(202, ""), "location", &location))
            }
            "POST" => Some(with(answer(status, ""), "location", &location)),
            _ => Some(answer(201, "")),
        });
        let blob = layer();
        let post = || client.post_blob(&app, &blob, LAYER);
        assert_eq!(post().await.unwrap(), BlobWrite::Uploaded);
        let log = requests(&registry);
        assert_eq!(log.len(), if status == 202 { 2 } else { 3 }, "{log:?}");
        assert_eq!(post().await.unwrap(), BlobWrite::Uploaded);
        assert_eq!(requests(&registry), ["POST 202", "PUT 201"]);
    }
}

/// Uploads what `chunks` say as the layer.
async fn stream(
    client: &Client,
    app: &Repository,
    chunks: Vec<Result<Bytes, Error>>,
) -> Result<(), RegistryError> {
    let Begun::Upload(session) = begin(client, app, None).await else {
        panic!("nothing is there yet");
    };
    let (sender, receiver) = mpsc::channel(1);
    let feed = tokio::spawn(async move {
        for chunk in chunks {
            if sender.send(chunk).await.is_err() {
                return;
            }
        }
    });
    let body = upload_body(layer().size, receiver);
    let sent = client.finish_upload(app, session, &layer(), body).await;
    feed.await.unwrap();
    sent
}

#[tokio::test]
async fn a_stream_is_uploaded_whole_or_not_at_all() {
    let (registry, client, app) = start().await;
    let part = |text: &'static str| Ok(Bytes::from_static(text.as_bytes()));
    for (broken, said) in [
        (vec![part("the "), part("lay")], "2 bytes too early"),
        (
            vec![part("the "), Err(Error::other("the disk"))],
            "the disk",
        ),
        (vec![part("the "), part("layers")], "more bytes than said"),
    ] {
        let error = stream(&client, &app, broken).await.unwrap_err();
        let is = matches!(error, RegistryError::Unreachable { .. });
        assert!(is && error.to_string().contains(said), "{error}");
        assert!(!client.has_blob(&app, layer().digest).await.unwrap());
    }
    registry.take_log();
    let whole = vec![part("the "), part("layer")];
    stream(&client, &app, whole).await.unwrap();
    assert_eq!(requests(&registry), ["POST 202", "PUT 201"]);
    assert!(client.has_blob(&app, layer().digest).await.unwrap());
}

#[tokio::test]
async fn a_token_refused_in_mid_upload_ends_a_stream_and_the_next_one_works() {
    let registry = TestRegistry::start(Auth::Bearer).await;
    let client = registry.client_with(&registry.docker_config(KNOWN));
    let app = registry.repository("app");
    let refused = AtomicBool::new(false);
    let challenge = format!(r#"Bearer realm="http://{}/token""#, registry.host);
    registry.fail_with(move |request| {
        let now = request.method() == "PUT" && !refused.swap(true, Ordering::SeqCst);
        now.then(|| with(answer(401, ""), "www-authenticate", &challenge))
    });
    let whole = || vec![Ok(LAYER)];
    let error = stream(&client, &app, whole()).await.unwrap_err();
    let passing = matches!(error, RegistryError::Status { status: 401, .. });
    assert!(
        passing && error.to_string().contains("upload it again"),
        "{error}"
    );
    registry.take_log();
    stream(&client, &app, whole()).await.unwrap();
    assert_eq!(requests(&registry), ["GET 200", "POST 202", "PUT 201"]);
}

#[tokio::test]
async fn bytes_in_memory_outlive_a_token_refused_in_mid_upload() {
    let registry = TestRegistry::start(Auth::Bearer).await;
    let client = registry.client_with(&registry.docker_config(KNOWN));
    let app = registry.repository("app");
    let refused = AtomicBool::new(false);
    let challenge = format!(r#"Bearer realm="http://{}/token""#, registry.host);
    registry.fail_with(move |request| {
        let now = request.method() == "PUT" && !refused.swap(true, Ordering::SeqCst);
        now.then(|| with(answer(401, ""), "www-authenticate", &challenge))
    });
    client.push_blob(&app, LAYER, None).await.unwrap();
    let log = requests(&registry);
    assert_eq!(log[3..], ["PUT 401", "GET 200", "PUT 201"], "{log:?}");
}

#[tokio::test]
async fn an_upload_that_broke_off_is_begun_anew() {
    for (status, size) in [(503, 9), (404, 9), (500, POST_BYTES_MAX + 1)] {
        let (registry, client, app) = start().await;
        let failed = AtomicBool::new(false);
        registry.fail_with(move |request| {
            let now = request.method() == "PUT" && !failed.swap(true, Ordering::SeqCst);
            now.then(|| answer(status, ""))
        });
        let bytes = Bytes::from(vec![b'x'; size]);
        client.push_blob(&app, bytes, None).await.unwrap();
        let failed = format!("PUT {status}");
        let log = requests(&registry);
        assert_eq!(log, ["POST 202", failed.as_str(), "POST 202", "PUT 201"]);
    }
}

#[tokio::test]
async fn an_upload_that_is_refused_is_not_begun_anew() {
    let (registry, client, app) = start().await;
    registry.fail_with(|request| (request.method() == "PUT").then(|| answer(400, "")));
    let error = client.push_blob(&app, LAYER, None).await.unwrap_err();
    assert!(
        matches!(error, RegistryError::Status { status: 400, .. }),
        "{error}"
    );
    // A look whether it is there in spite of it.
    let log = requests(&registry);
    assert_eq!(log, ["POST 202", "PUT 400", "HEAD 404"]);
}

#[tokio::test]
async fn a_repository_that_is_not_there_is_not_asked_for_again_and_again() {
    let (registry, client, app) = start().await;
    registry.fail_with(|_| Some(answer(404, "")));
    let error = client.push_blob(&app, LAYER, None).await.unwrap_err();
    assert!(matches!(error, RegistryError::NotFound { .. }), "{error}");
    assert_eq!(requests(&registry), ["POST 404", "POST 404"]);
}

/// A blob that is only said to be large.
fn large(bytes: &'static [u8]) -> Descriptor {
    let mut blob = Descriptor::of(media_types::OCI_LAYER, bytes);
    blob.size = 64 * 1024 * 1024;
    blob
}

/// Opens a session for every mount, and finds nothing.
fn no_mounts(request: &Request) -> Option<Response> {
    let is_mount = request.uri().query().is_some_and(|q| q.contains("mount="));
    let location = "/v2/app/blobs/uploads/here";
    is_mount.then(|| with(answer(202, ""), "location", location))
}

#[tokio::test]
async fn large_blobs_are_found_on_registries_that_mount_nothing() {
    let (registry, client, app) = start().await;
    for layer in ["one", "two"] {
        client.push_blob(&app, layer.into(), None).await.unwrap();
    }
    let cold = registry.client();
    registry.fail_with(no_mounts);
    registry.take_log();
    let there = |blob| {
        let (client, app) = (cold.clone(), app.clone());
        async move {
            let begun = client.begin_upload(&app, &blob, None).await.unwrap();
            matches!(begun, Begun::There(BlobWrite::Present))
        }
    };
    assert!(there(large(b"one")).await);
    assert_eq!(requests(&registry), ["POST 202", "HEAD 200"]);
    // Now that is known, and a mount is not asked for what is there.
    assert!(there(large(b"two")).await);
    assert_eq!(requests(&registry), ["HEAD 200"]);
    assert!(!there(large(b"three")).await);
    assert_eq!(requests(&registry), ["HEAD 404", "POST 202"]);
    assert!(!there(layer()).await);
    assert_eq!(requests(&registry), ["POST 202"]);
}

#[tokio::test]
async fn a_new_repository_costs_one_look_however_many_large_blobs() {
    let (registry, client, app) = start().await;
    for blob in [&b"one"[..], b"two", b"three"] {
        let begun = client.begin_upload(&app, &large(blob), None).await.unwrap();
        assert!(matches!(begun, Begun::Upload(_)));
    }
    let log = requests(&registry);
    assert_eq!(log, ["POST 202", "HEAD 404", "POST 202", "POST 202"]);
}

#[tokio::test]
async fn bytes_that_are_refused_because_they_are_there_are_there() {
    let (registry, client, app) = start().await;
    client.push_blob(&app, LAYER, None).await.unwrap();
    registry.fail_with(|request| match request.method().as_str() {
        "PUT" => Some(answer(400, r#"{"errors":[{"code":"LAYER_EXISTS"}]}"#)),
        _ => no_mounts(request),
    });
    let write = client.push_blob(&app, LAYER, None).await.unwrap();
    assert_eq!(write, BlobWrite::Uploaded);
}
