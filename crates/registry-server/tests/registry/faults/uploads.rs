use liftlock_oci::Digest;
use reqwest::header::LOCATION;

use crate::support::Running;

#[tokio::test]
async fn mounts_can_be_refused_in_each_way() {
    let registry = Running::new().await;
    let digest = registry.push_blob("a", "blob").await;
    let path = format!("/v2/b/blobs/uploads/?mount={digest}&from=a");
    for (fault, status) in [
        ("no-mount", 202),
        ("no-mount=400", 400),
        ("no-mount=401", 401),
        ("no-mount=403", 403),
        ("no-mount=405", 405),
    ] {
        registry.fault(fault);
        let answer = registry.send("POST", &path, "").await;
        assert_eq!(answer.status, status, "{fault}");
        if status == 202 {
            let session = answer.header(LOCATION.as_str());
            let done = format!("{session}?digest={digest}");
            assert_eq!(registry.send("PUT", &done, "blob").await.status, 201);
        }
        let plain = registry.send("POST", "/v2/b/blobs/uploads/", "").await;
        assert_eq!(plain.status, 202, "{fault}");
    }
    registry.faults.clear();
    assert_eq!(registry.send("POST", &path, "").await.status, 201);
}

#[tokio::test]
async fn a_post_with_a_body_can_be_no_more_than_an_opening() {
    let registry = Running::new().await;
    registry.fault("no-single-post");
    let digest = Digest::of(b"blob");
    let path = format!("/v2/a/blobs/uploads/?digest={digest}");
    let opened = registry.send("POST", &path, "blob").await;
    assert_eq!(opened.status, 202);
    let done = format!("{}?digest={digest}", opened.header(LOCATION.as_str()));
    assert_eq!(registry.send("PUT", &done, "blob").await.status, 201);
}
