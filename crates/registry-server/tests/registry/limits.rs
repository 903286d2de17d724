//! What is over a limit is refused, and the rest goes on.

use std::time::Duration;

use liftlock_oci::Digest;
use liftlock_registry_server::{Limits, ServerOptions};
use reqwest::header::LOCATION;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{LOOPBACK, Running, connect, image};

#[tokio::test]
async fn limits_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = ServerOptions::new(folder.path(), LOOPBACK);
    (options.limits.blob_bytes_max, options.limits.uploads_max) = (10, 1);
    let registry = Running::start(options).await;
    let digest = Digest::of(b"eleven bytes");
    let path = format!("/v2/a/blobs/uploads/?digest={digest}");
    let answer = registry.send("POST", &path, "eleven bytes").await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (413, "SIZE_INVALID")
    );
    let first = registry.send("POST", "/v2/a/blobs/uploads/", "").await;
    let second = registry.send("POST", "/v2/a/blobs/uploads/", "").await;
    assert_eq!(
        (second.status, second.code().as_str()),
        (429, "TOOMANYREQUESTS")
    );
    let session = first.header(LOCATION.as_str());
    // An upload belongs to its repository.
    assert_eq!(
        registry
            .send("DELETE", &session.replace("/a/", "/b/"), "")
            .await
            .status,
        404
    );
    assert_eq!(registry.send("DELETE", session, "").await.status, 204);
    assert_eq!(
        registry
            .send("POST", "/v2/a/blobs/uploads/", "")
            .await
            .status,
        202
    );
    let large = " ".repeat(4 * 1024 * 1024 + 1);
    assert_eq!(registry.put_manifest("a", "x", &large).await.status, 413);
}

async fn with_limits(limits: Limits) -> (Running, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut options = ServerOptions::new(folder.path(), LOOPBACK);
    options.limits = limits;
    (Running::start(options).await, folder)
}

#[tokio::test]
async fn a_repository_has_so_many_tags_and_manifests() {
    let (registry, _folder) = with_limits(Limits {
        tags_max: 2,
        manifests_max: 3,
        ..Limits::default()
    })
    .await;
    let config = registry.push_blob("a", "{}").await;
    let manifest = |n: &str| image(config, Some(Digest::of(n.as_bytes())));
    let put = async |reference: &str, n: &str| {
        let answer = registry.put_manifest("a", reference, &manifest(n)).await;
        (answer.status == 507)
            .then(|| answer.code())
            .ok_or(answer.status)
    };
    let digest = |n: &str| Digest::of(manifest(n).as_bytes()).to_string();
    let denied = Ok("DENIED".to_owned());
    assert_eq!(put("a", "1").await, Err(201));
    assert_eq!(put("b", "1").await, Err(201));
    assert_eq!(put("c", "1").await, denied);
    // A tag that is there can move.
    assert_eq!(put("b", "2").await, Err(201));
    let two = format!("{}?tag=a&tag=d", digest("1"));
    assert_eq!(put(&two, "1").await, denied);
    assert_eq!(put(&digest("3"), "3").await, Err(201));
    assert_eq!(put(&digest("4"), "4").await, denied);
    assert_eq!(put(&digest("3"), "3").await, Err(201));
    assert_eq!(
        registry
            .send("DELETE", "/v2/a/manifests/a", "")
            .await
            .status,
        202
    );
    assert_eq!(put("c", "1").await, Err(201));
}

#[tokio::test]
async fn a_manifest_has_so_many_bytes() {
    let (registry, _folder) = with_limits(Limits {
        manifest_bytes_max: 300,
        ..Limits::default()
    })
    .await;
    let config = registry.push_blob("a", "{}").await;
    assert_eq!(
        registry
            .put_manifest("a", "x", &image(config, None))
            .await
            .status,
        201
    );
    let large = registry
        .put_manifest("a", "x", &image(config, Some(config)))
        .await;
    assert_eq!((large.status, large.code().as_str()), (413, "SIZE_INVALID"));
}

#[tokio::test]
async fn an_upload_that_nothing_is_sent_to_is_given_up() {
    let (registry, folder) = with_limits(Limits {
        uploads_max: 1,
        upload_idle_max: Duration::ZERO,
        ..Limits::default()
    })
    .await;
    for _ in 0..3 {
        let opened = registry.send("POST", "/v2/a/blobs/uploads/", "").await;
        assert_eq!(opened.status, 202);
    }
    let files = std::fs::read_dir(folder.path().join(".liftlock-uploads")).unwrap();
    assert_eq!(files.count(), 1);
}

#[tokio::test]
async fn a_body_that_does_not_go_on_is_given_up() {
    let (registry, _folder) = with_limits(Limits {
        body_timeout: Duration::from_millis(20),
        ..Limits::default()
    })
    .await;
    let opened = registry.send("POST", "/v2/a/blobs/uploads/", "").await;
    let session = opened.header(LOCATION.as_str());
    for (method, path) in [("PATCH", session), ("PUT", "/v2/a/manifests/x")] {
        let mut connection = connect(&registry).await;
        let request =
            format!("{method} {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nabc");
        connection.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 400 "), "{method}: {answer}");
    }
    let status = registry.send("GET", session, "").await;
    assert_eq!((status.status, status.header("range")), (204, "0-2"));
}

#[tokio::test]
async fn headers_that_do_not_come_close_the_connection() {
    let (registry, _folder) = with_limits(Limits {
        headers_timeout: Duration::from_millis(20),
        ..Limits::default()
    })
    .await;
    let mut connection = connect(&registry).await;
    connection
        .write_all(b"GET /v2/ HTTP/1.1\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).await.unwrap();
}

#[tokio::test]
async fn a_connection_too_many_waits_for_its_turn() {
    let (registry, _folder) = with_limits(Limits {
        connections_max: 1,
        ..Limits::default()
    })
    .await;
    let get = b"GET /v2/ HTTP/1.1\r\nhost: x\r\n\r\n";
    let mut first = connect(&registry).await;
    first.write_all(get).await.unwrap();
    first.read_u8().await.unwrap();
    let mut second = connect(&registry).await;
    second.write_all(get).await.unwrap();
    let early = tokio::time::timeout(Duration::from_millis(100), second.read_u8()).await;
    assert!(early.is_err(), "{early:?}");
    drop(first);
    assert_eq!(second.read_u8().await.unwrap(), b'H');
}
