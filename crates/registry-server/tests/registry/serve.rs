//! The registry over loopback, as any client sees it.

use std::sync::{Arc, Mutex};

use liftlock_oci::{Digest, media_types};
use liftlock_registry_server::{ServeError, Server, ServerOptions};
use reqwest::header::{CONTENT_RANGE, LOCATION};

use crate::support::{LOOPBACK, Running, image, read};

#[tokio::test]
async fn a_blob_is_uploaded_in_chunks_which_must_be_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Running::in_folder(folder.path()).await;
    let opened = registry.send("POST", "/v2/a/b/blobs/uploads/", "").await;
    assert_eq!(opened.status, 202);
    let session = opened.header(LOCATION.as_str()).to_owned();
    let patch = |range: &'static str, body: &'static str| {
        let request = registry
            .request("PATCH", &session)
            .header(CONTENT_RANGE, range);
        read(request.body(body))
    };
    assert_eq!(patch("3-5", "def").await.status, 416);
    let first = patch("0-2", "abc").await;
    assert_eq!((first.status, first.header("range")), (202, "0-2"));
    let again = patch("0-2", "abc").await;
    assert_eq!((again.status, again.header("range")), (416, "0-2"));
    assert_eq!(patch("3-9", "def").await.status, 416);
    assert_eq!(patch("x", "def").await.status, 400);
    assert_eq!(patch("3-5", "def").await.status, 202);
    let status = registry.send("GET", &session, "").await;
    assert_eq!((status.status, status.header("range")), (204, "0-5"));
    let digest = Digest::of(b"abcdefg");
    let done = registry
        .send("PUT", &format!("{session}?digest={digest}"), "g")
        .await;
    assert_eq!(done.status, 201);
    let blob = registry
        .send("GET", done.header(LOCATION.as_str()), "")
        .await;
    assert_eq!(blob.body, b"abcdefg");
    assert_eq!(
        registry.send("GET", &session, "").await.code(),
        "BLOB_UPLOAD_UNKNOWN"
    );
    let head = registry
        .send("HEAD", &format!("/v2/a/b/blobs/{digest}"), "")
        .await;
    assert_eq!((head.status, head.header("content-length")), (200, "7"));
    assert_eq!(
        registry
            .send("DELETE", &format!("/v2/a/b/blobs/{digest}"), "")
            .await
            .status,
        202
    );
    assert_eq!(
        registry
            .send("HEAD", &format!("/v2/a/b/blobs/{digest}"), "")
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn bytes_that_are_not_what_was_promised_are_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Running::in_folder(folder.path()).await;
    let digest = Digest::of(b"promised");
    let path = format!("/v2/a/blobs/uploads/?digest={digest}");
    let answer = registry.send("POST", &path, "sent").await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (400, "DIGEST_INVALID")
    );
    assert_eq!(
        registry
            .send("HEAD", &format!("/v2/a/blobs/{digest}"), "")
            .await
            .status,
        404
    );
    let left = std::fs::read_dir(folder.path().join(".liftlock-uploads")).unwrap();
    assert_eq!(left.count(), 0);
}

#[tokio::test]
async fn limits_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = ServerOptions::new(folder.path(), LOOPBACK);
    (options.blob_bytes_max, options.uploads_max) = (10, 1);
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

#[tokio::test]
async fn a_manifest_is_taken_when_its_parts_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Running::in_folder(folder.path()).await;
    let manifest = image(Digest::of(b"{}"), None);
    let early = registry.put_manifest("a", "x", &manifest).await;
    assert_eq!(
        (early.status, early.code().as_str()),
        (400, "MANIFEST_BLOB_UNKNOWN")
    );
    let tags = registry.send("GET", "/v2/a/tags/list", "").await;
    assert_eq!(tags.code(), "NAME_UNKNOWN");
    registry.push_blob("a", "{}").await;
    assert_eq!(registry.put_manifest("a", "x", &manifest).await.status, 201);
    let other = Digest::of(b"other").to_string();
    assert_eq!(
        registry.put_manifest("a", &other, &manifest).await.code(),
        "DIGEST_INVALID"
    );
    assert_eq!(
        registry.put_manifest("a", "x", "{").await.code(),
        "MANIFEST_INVALID"
    );
    let got = registry.send("GET", "/v2/a/manifests/x", "").await;
    assert_eq!(got.body, manifest.as_bytes());
    assert_eq!(got.header("content-type"), media_types::OCI_MANIFEST);
    let digest = Digest::of(manifest.as_bytes());
    assert_eq!(got.header("docker-content-digest"), digest.to_string());

    assert_eq!(
        registry
            .send("DELETE", "/v2/a/manifests/x", "")
            .await
            .status,
        202
    );
    assert_eq!(
        registry.send("GET", "/v2/a/manifests/x", "").await.status,
        404
    );
    let by_digest = format!("/v2/a/manifests/{digest}");
    assert_eq!(registry.send("GET", &by_digest, "").await.status, 200);
    assert_eq!(registry.send("DELETE", &by_digest, "").await.status, 202);
    assert_eq!(registry.send("GET", &by_digest, "").await.status, 404);
}

#[tokio::test]
async fn referrers_are_found_by_their_subject() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Running::in_folder(folder.path()).await;
    let config = registry.push_blob("a", "{}").await;
    let subject = Digest::of(b"not here yet");
    let referrer = image(config, Some(subject));
    let put = registry.put_manifest("a", "x", &referrer).await;
    assert_eq!(put.header("oci-subject"), subject.to_string());
    registry.put_manifest("a", "y", &image(config, None)).await;
    let list = async |query: &str| {
        let path = format!("/v2/a/referrers/{subject}{query}");
        let answer = registry.send("GET", &path, "").await;
        let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        (answer, body["manifests"].as_array().unwrap().clone())
    };
    let (answer, found) = list("").await;
    assert_eq!(answer.header("content-type"), media_types::OCI_INDEX);
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0]["digest"],
        Digest::of(referrer.as_bytes()).to_string()
    );
    assert_eq!(found[0]["artifactType"], "application/x.config");
    let (answer, found) = list("?artifactType=other").await;
    assert_eq!(
        (answer.header("oci-filters-applied"), found.len()),
        ("artifactType", 0)
    );
    let nowhere = registry
        .send("GET", &format!("/v2/none/referrers/{subject}"), "")
        .await;
    assert_eq!(nowhere.status, 200);
}

#[tokio::test]
async fn one_process_a_folder_and_what_was_pushed_stays() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Running::in_folder(folder.path()).await;
    let digest = registry.push_blob("a", "kept").await;
    registry.send("POST", "/v2/a/blobs/uploads/", "").await;
    let options = ServerOptions::new(folder.path(), LOOPBACK);
    let Err(error) = Server::bind(options).await else {
        panic!("two registries serve one folder");
    };
    assert!(matches!(error, ServeError::InUse { .. }), "{error}");
    let process = format!("process {}", std::process::id());
    assert!(error.to_string().contains(&process), "{error}");
    registry.stop().await;

    std::fs::write(folder.path().join(".liftlock-uploads/stale"), "x").unwrap();
    let registry = Running::in_folder(folder.path()).await;
    assert!(!folder.path().join(".liftlock-uploads/stale").exists());
    let blob = registry
        .send("GET", &format!("/v2/a/blobs/{digest}"), "")
        .await;
    assert_eq!(blob.body, b"kept");
}

#[tokio::test]
async fn nothing_outside_the_folder_is_reached() {
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    liftlock_registry::Layout::create(&outside.path().join("a")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(outside.path(), folder.path().join("link")).unwrap();
    let failures = Arc::new(Mutex::new(Vec::new()));
    let mut options = ServerOptions::new(folder.path(), LOOPBACK);
    let seen = Arc::clone(&failures);
    options.observer = Some(Arc::new(move |line| {
        seen.lock().unwrap().extend(line.failure.clone())
    }));
    let registry = Running::start(options).await;
    #[cfg(unix)]
    {
        let answer = registry.send("GET", "/v2/link/a/tags/list", "").await;
        assert_eq!(answer.status, 500);
        assert!(!String::from_utf8_lossy(&answer.body).contains("link"));
        assert!(failures.lock().unwrap()[0].contains("link"));
    }
    for path in ["/v2/a%2f..%2fb/tags/list", "/v2/A/tags/list"] {
        let answer = registry.send("GET", path, "").await;
        assert_eq!(answer.code(), "NAME_INVALID", "{path}");
    }
    assert_eq!(registry.send("GET", "/", "").await.status, 404);
    assert_eq!(registry.send("POST", "/v2/", "").await.status, 405);
    let bad_digest = registry.send("GET", "/v2/a/blobs/sha256:zz", "").await;
    assert_eq!(bad_digest.code(), "DIGEST_INVALID");
}

#[tokio::test]
async fn a_refusal_leaves_the_connection_usable() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let folder = tempfile::tempdir().unwrap();
    let registry = Running::in_folder(folder.path()).await;
    let opened = registry.send("POST", "/v2/a/blobs/uploads/", "").await;
    let session = opened.header(LOCATION.as_str());
    let body = vec![b'x'; 2 * 1024 * 1024];
    let length = body.len();
    let address = registry.base.strip_prefix("http://").unwrap();
    let mut connection = tokio::net::TcpStream::connect(address).await.unwrap();
    let refused = format!(
        "PATCH {session} HTTP/1.1\r\nhost: x\r\ncontent-range: 5-9\r\ncontent-length: {length}\r\n\r\n"
    );
    connection.write_all(refused.as_bytes()).await.unwrap();
    connection.write_all(&body).await.unwrap();
    let next = "GET /v2/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    connection.write_all(next.as_bytes()).await.unwrap();
    let mut answers = String::new();
    connection.read_to_string(&mut answers).await.unwrap();
    assert!(answers.starts_with("HTTP/1.1 416 "), "{answers}");
    assert!(answers.contains("HTTP/1.1 200 OK"), "{answers}");
}
