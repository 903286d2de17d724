use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{Running, connect, raw};

async fn with_blob() -> (Running, String) {
    let registry = Running::new().await;
    let digest = registry.push_blob("a", "0123456789").await;
    (registry, format!("/v2/a/blobs/{digest}"))
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n")
}

fn after_headers(answer: &[u8]) -> (String, String) {
    let text = String::from_utf8(answer.to_vec()).unwrap();
    let (headers, body) = text.split_once("\r\n\r\n").unwrap();
    (headers.to_lowercase(), body.to_owned())
}

#[tokio::test]
async fn a_truncated_body_promises_more_than_is_sent() {
    let (registry, path) = with_blob().await;
    for (fault, sent) in [
        ("truncate", "01234"),
        ("truncate=3", "012"),
        ("truncate=0", ""),
    ] {
        registry.fault(fault);
        let answer = raw(&registry, &get(&path)).await;
        let (headers, body) = after_headers(&answer);
        assert!(headers.contains("content-length: 10"), "{headers}");
        assert_eq!(body, sent, "{fault}");
        let response = registry.request("GET", &path).send().await.unwrap();
        assert!(response.bytes().await.is_err(), "{fault}");
    }
}

#[tokio::test]
async fn a_corrupted_body_has_the_right_length() {
    let (registry, path) = with_blob().await;
    for (fault, expected) in [
        ("corrupt", "0123446789"),
        ("corrupt=0", "1123456789"),
        ("corrupt=99", "0123456788"),
    ] {
        registry.fault(fault);
        let answer = registry.send("GET", &path, "").await;
        assert_eq!(answer.header("content-length"), "10");
        assert_eq!(String::from_utf8(answer.body).unwrap(), expected, "{fault}");
    }
}

#[tokio::test]
async fn a_slow_body_comes_whole() {
    let (registry, path) = with_blob().await;
    registry.fault("drip=1000");
    let answer = registry.send("GET", &path, "").await;
    assert_eq!(answer.body, b"0123456789");
}

#[tokio::test]
async fn a_body_that_stalls_neither_ends_nor_closes() {
    let (registry, path) = with_blob().await;
    registry.fault("stall=4");
    let mut connection = connect(&registry).await;
    connection.write_all(get(&path).as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n0123") {
        assert_ne!(connection.read_buf(&mut answer).await.unwrap(), 0);
    }
    let more = tokio::time::timeout(Duration::from_millis(200), connection.read_u8()).await;
    assert!(more.is_err(), "{more:?}");
}

#[tokio::test]
async fn bodies_of_any_kind_are_meant() {
    let (registry, _) = with_blob().await;
    registry.fault("truncate,on=tags");
    let answer = raw(&registry, &get("/v2/a/tags/list")).await;
    let (headers, body) = after_headers(&answer);
    assert!(headers.contains("content-length: 22"), "{headers}");
    assert_eq!(body.len(), 11);
}
