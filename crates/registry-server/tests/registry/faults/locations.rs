use liftlock_oci::Digest;
use reqwest::Url;
use reqwest::header::LOCATION;

use crate::support::Running;

#[tokio::test]
async fn a_location_can_be_missing() {
    let registry = Running::new().await;
    registry.fault("no-location");
    let opened = registry.send("POST", "/v2/a/blobs/uploads/", "").await;
    assert_eq!(opened.status, 202);
    assert!(!opened.headers.contains_key(LOCATION));
}

/// Pushes a blob through whatever locations are given.
async fn push(registry: &Running, open: &str, content: &str) -> Vec<String> {
    let base = Url::parse(&registry.base).unwrap();
    let mut at = base.join(open).unwrap();
    let mut given = Vec::new();
    let digest = Digest::of(content.as_bytes());
    for (method, body) in [("POST", ""), ("PATCH", content), ("PUT", "")] {
        if method == "PUT" {
            at.query_pairs_mut()
                .append_pair("digest", &digest.to_string());
        }
        let path = at.as_str().strip_prefix(&registry.base).unwrap();
        let answer = registry.send(method, path, body).await;
        assert!(answer.status < 300, "{method} {path}: {}", answer.status);
        given.push(answer.header(LOCATION.as_str()).to_owned());
        at = at.join(&given[given.len() - 1]).unwrap();
    }
    let blob = registry.send("GET", at.path(), "").await;
    assert_eq!(blob.body, content.as_bytes());
    given
}

#[tokio::test]
async fn locations_of_every_form_lead_to_the_upload() {
    let registry = Running::new().await;
    for open in ["/v2/a/blobs/uploads/", "/v2/a/blobs/uploads"] {
        registry.fault("relative-location");
        let given = push(&registry, open, &format!("relative {open}")).await;
        assert!(given.iter().all(|one| !one.starts_with('/')), "{given:?}");
        registry.fault("absolute-location");
        let given = push(&registry, open, &format!("absolute {open}")).await;
        let all = given.iter().all(|one| one.starts_with(&registry.base));
        assert!(all, "{given:?}");
        registry.fault("location-query");
        let given = push(&registry, open, &format!("query {open}")).await;
        assert!(
            given[0].ends_with("?_state=a%2Fb%3D%3D&part=1"),
            "{given:?}"
        );
    }
    registry.fault("relative-location");
    let digest = Digest::of(b"at once");
    let at_once = format!("/v2/a/blobs/uploads?digest={digest}");
    let answer = registry.send("POST", &at_once, "at once").await;
    assert_eq!(answer.header(LOCATION.as_str()), format!("./{digest}"));
}

#[tokio::test]
async fn a_locations_query_must_be_brought_back() {
    let registry = Running::new().await;
    registry.fault("location-query=state=x");
    let opened = registry.send("POST", "/v2/a/blobs/uploads/", "").await;
    let location = opened.header(LOCATION.as_str());
    let (path, query) = location.split_once('?').unwrap();
    assert_eq!(query, "state=x");
    assert_eq!(registry.send("PATCH", path, "x").await.status, 400);
    assert_eq!(registry.send("PATCH", location, "x").await.status, 202);
}
