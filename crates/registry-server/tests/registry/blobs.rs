//! Blobs: uploads in one piece and in several, ranges, what is not kept.

use liftlock_oci::Digest;
use liftlock_registry_server::ServerOptions;
use reqwest::header::{CONTENT_RANGE, IF_NONE_MATCH, LOCATION, RANGE};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{LOOPBACK, Running, connect, read};

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
async fn a_refusal_leaves_the_connection_usable() {
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

#[tokio::test]
async fn every_way_of_uploading_leads_to_the_same_blob() {
    let registry = Running::new().await;
    let digest = Digest::of(b"blob");
    let path = format!("/v2/a/blobs/{digest}");
    let open = || async { registry.send("POST", "/v2/a/blobs/uploads/", "").await };
    let place = |opened: &crate::support::Answer| opened.header(LOCATION.as_str()).to_owned();
    for way in ["post", "post-put", "stream", "stream-put"] {
        let done = match way {
            "post" => {
                let at_once = format!("/v2/a/blobs/uploads/?digest={digest}");
                registry.send("POST", &at_once, "blob").await
            }
            "post-put" => {
                let put = format!("{}?digest={digest}", place(&open().await));
                registry.send("PUT", &put, "blob").await
            }
            _ => {
                // A PATCH without Content-Range goes on where the last one ended.
                let session = place(&open().await);
                let (first, last) = if way == "stream" {
                    ("blob", "")
                } else {
                    ("bl", "ob")
                };
                assert_eq!(registry.send("PATCH", &session, first).await.status, 202);
                let put = format!("{session}?digest={digest}");
                registry.send("PUT", &put, last).await
            }
        };
        assert_eq!(done.status, 201, "{way}");
        assert_eq!(done.header("docker-content-digest"), digest.to_string());
        assert_eq!(registry.send("GET", &path, "").await.body, b"blob", "{way}");
        assert_eq!(registry.send("DELETE", &path, "").await.status, 202);
    }
}

#[tokio::test]
async fn a_part_of_a_blob_can_be_read() {
    let registry = Running::new().await;
    let digest = registry.push_blob("a", "0123456789").await;
    let path = format!("/v2/a/blobs/{digest}");
    let get = async |range: &str| read(registry.request("GET", &path).header(RANGE, range)).await;
    for (range, body, content_range) in [
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-2", "89", "bytes 8-9/10"),
        ("bytes=0-99", "0123456789", "bytes 0-9/10"),
    ] {
        let answer = get(range).await;
        assert_eq!(answer.status, 206, "{range}");
        assert_eq!(answer.header("content-range"), content_range);
        assert_eq!(answer.header("content-length"), body.len().to_string());
        assert_eq!(answer.body, body.as_bytes(), "{range}");
    }
    let beyond = get("bytes=10-").await;
    assert_eq!(
        (beyond.status, beyond.header("content-range")),
        (416, "bytes */10")
    );
    let several = get("bytes=0-1,4-5").await;
    assert_eq!((several.status, several.body.len()), (200, 10));
    registry.fault("no-range");
    let ignored = get("bytes=2-4").await;
    assert_eq!((ignored.status, ignored.body.len()), (200, 10));
}

#[tokio::test]
async fn a_blob_larger_than_any_buffer_comes_back_as_it_was() {
    let registry = Running::new().await;
    let bytes: Vec<u8> = (0..3_000_001_u32).map(|n| (n % 251) as u8).collect();
    let digest = Digest::of(&bytes);
    let path = format!("/v2/a/blobs/uploads/?digest={digest}");
    let put = read(registry.request("POST", &path).body(bytes.clone())).await;
    assert_eq!(put.status, 201);
    let path = format!("/v2/a/blobs/{digest}");
    assert_eq!(registry.send("GET", &path, "").await.body, bytes);
    let tail = registry
        .request("GET", &path)
        .header(RANGE, "bytes=1000000-");
    assert_eq!(read(tail).await.body, &bytes[1_000_000..]);
}

#[tokio::test]
async fn what_a_client_has_is_not_sent_again() {
    let registry = Running::new().await;
    let digest = registry.push_blob("a", "blob").await;
    let path = format!("/v2/a/blobs/{digest}");
    let tag = registry
        .send("HEAD", &path, "")
        .await
        .header("etag")
        .to_owned();
    let get =
        async |tag: &str| read(registry.request("GET", &path).header(IF_NONE_MATCH, tag)).await;
    let known = get(&tag).await;
    assert_eq!((known.status, known.body.len()), (304, 0));
    assert_eq!(get("\"other\"").await.status, 200);
}

#[tokio::test]
async fn what_arrived_before_a_connection_was_lost_is_kept() {
    let registry = Running::new().await;
    let opened = registry.send("POST", "/v2/a/blobs/uploads/", "").await;
    let session = opened.header(LOCATION.as_str());
    let mut connection = connect(&registry).await;
    let patch = format!("PATCH {session} HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n01234");
    connection.write_all(patch.as_bytes()).await.unwrap();
    drop(connection);
    let status = loop {
        // Until the registry has seen that the connection is gone.
        let status = registry.send("GET", session, "").await;
        if status.status != 409 && status.header("range") != "0-0" {
            break status;
        }
    };
    assert_eq!((status.status, status.header("range")), (204, "0-4"));
    let digest = Digest::of(b"0123456789");
    let rest = registry
        .request("PATCH", session)
        .header(CONTENT_RANGE, "5-9");
    assert_eq!(read(rest.body("56789")).await.status, 202);
    let put = format!("{session}?digest={digest}");
    assert_eq!(registry.send("PUT", &put, "").await.status, 201);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_on_a_connection_that_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = ServerOptions::new(folder.path(), LOOPBACK);
    options.limits.blob_bytes_max = 1000;
    let registry = Running::start(options).await;
    let body = "x".repeat(3_000_000);
    let length = body.len();
    let mut connection = connect(&registry).await;
    let put = format!(
        "POST /v2/a/blobs/uploads/?digest={} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n{body}\
         GET /v2/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        Digest::of(body.as_bytes())
    );
    connection.write_all(put.as_bytes()).await.unwrap();
    let mut answers = String::new();
    connection.read_to_string(&mut answers).await.unwrap();
    assert!(answers.starts_with("HTTP/1.1 413 "), "{answers}");
    assert!(answers.contains("HTTP/1.1 200 OK"), "{answers}");
}
