use liftlock_oci::Digest;
use reqwest::header::LOCATION;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{Running, connect};

#[tokio::test]
async fn statuses_come_with_an_error_body_and_the_headers_asked_for() {
    let registry = Running::new().await;
    for (fault, status, code, retry_after) in [
        ("status=500", 500, "UNKNOWN", ""),
        ("status=502", 502, "UNKNOWN", ""),
        ("status", 503, "UNKNOWN", ""),
        ("status=504", 504, "UNKNOWN", ""),
        ("too-many", 429, "TOOMANYREQUESTS", ""),
        ("too-many=7", 429, "TOOMANYREQUESTS", "7"),
        ("unauthorized", 401, "UNAUTHORIZED", ""),
    ] {
        registry.fault(fault);
        let answer = registry.send("GET", "/v2/", "").await;
        assert_eq!(answer.status, status, "{fault}");
        assert_eq!(answer.code(), code, "{fault}");
        assert_eq!(answer.header("retry-after"), retry_after, "{fault}");
    }
    registry.fault("too-many=date:5");
    let answer = registry.send("GET", "/v2/", "").await;
    let date = answer.header("retry-after");
    assert!(date.ends_with(" GMT"), "{date}");
}

#[tokio::test]
async fn a_401_in_mid_upload_comes_once_part_of_the_body_was_read() {
    let registry = Running::new().await;
    let opened = registry.send("POST", "/v2/a/blobs/uploads/", "").await;
    let session = opened.header(LOCATION.as_str()).to_owned();
    registry.fault("unauthorized=5,method=PUT");
    let mut connection = connect(&registry).await;
    let digest = Digest::of(b"0123456789");
    let put = format!(
        "PUT {session}?digest={digest} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 10\r\n\r\n"
    );
    connection.write_all(put.as_bytes()).await.unwrap();
    connection.write_all(b"01234").await.unwrap();
    connection.write_all(b"56789").await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    assert!(answer.contains("www-authenticate: Basic"), "{answer}");
    // The upload is as it was, and can go on.
    let status = registry.send("GET", &session, "").await;
    assert_eq!((status.status, status.header("range")), (204, "0-0"));
    registry.faults.clear();
    let done = format!("{session}?digest={digest}");
    assert_eq!(registry.send("PUT", &done, "0123456789").await.status, 201);
}
