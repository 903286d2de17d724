//! Manifests and their tags.

use liftlock_oci::{Digest, media_types};
use reqwest::header::IF_NONE_MATCH;

use crate::support::{Running, image, read};

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
async fn a_push_by_digest_writes_the_tags_it_names() {
    let registry = Running::new().await;
    let config = registry.push_blob("a", "{}").await;
    let manifest = image(config, None);
    let digest = Digest::of(manifest.as_bytes());
    let put = |query: &'static str| {
        let reference = format!("{digest}?{query}");
        let (registry, manifest) = (&registry, &manifest);
        async move { registry.put_manifest("a", &reference, manifest).await }
    };
    let answer = put("tag=1.2&tag=1&tag=latest").await;
    assert_eq!(answer.status, 201);
    let confirmed = answer.headers.get_all("oci-tag").iter();
    let confirmed: Vec<&str> = confirmed.map(|v| v.to_str().unwrap()).collect();
    assert_eq!(confirmed, ["1.2", "1", "latest"]);
    for tag in ["1.2", "1", "latest"] {
        let head = registry
            .send("HEAD", &format!("/v2/a/manifests/{tag}"), "")
            .await;
        assert_eq!(head.header("docker-content-digest"), digest.to_string());
        assert_eq!(head.header("content-length"), manifest.len().to_string());
    }
    assert_eq!(put("tag=ok&tag=no/tag").await.code(), "TAG_INVALID");
    assert_eq!(
        registry.send("HEAD", "/v2/a/manifests/ok", "").await.status,
        404
    );
    registry.fault("no-tag-query");
    let ignored = put("tag=ignored").await;
    assert_eq!((ignored.status, ignored.header("oci-tag")), (201, ""));
    registry.faults.clear();
    assert_eq!(
        registry
            .send("HEAD", "/v2/a/manifests/ignored", "")
            .await
            .status,
        404
    );
    // By tag, the query means nothing.
    let by_tag = registry.put_manifest("a", "x?tag=y", &manifest).await;
    assert_eq!((by_tag.status, by_tag.header("oci-tag")), (201, ""));
    assert_eq!(
        registry.send("HEAD", "/v2/a/manifests/y", "").await.status,
        404
    );
}

#[tokio::test]
async fn an_index_is_taken_when_its_manifests_are_there() {
    let registry = Running::new().await;
    let config = registry.push_blob("a", "{}").await;
    let manifest = image(config, None);
    let child = Digest::of(manifest.as_bytes());
    let index = serde_json::json!({
        "schemaVersion": 2, "mediaType": media_types::OCI_INDEX,
        "manifests": [{
            "mediaType": media_types::OCI_MANIFEST, "digest": child, "size": manifest.len(),
        }],
    })
    .to_string();
    let put = async || {
        let request = registry.request("PUT", "/v2/a/manifests/x");
        let request = request.header("content-type", media_types::OCI_INDEX);
        read(request.body(index.clone())).await
    };
    let early = put().await;
    assert_eq!(
        (early.status, early.code().as_str()),
        (400, "MANIFEST_BLOB_UNKNOWN")
    );
    let by_digest = child.to_string();
    assert_eq!(
        registry
            .put_manifest("a", &by_digest, &manifest)
            .await
            .status,
        201
    );
    assert_eq!(put().await.status, 201);
    let got = registry.send("GET", "/v2/a/manifests/x", "").await;
    assert_eq!(got.header("content-type"), media_types::OCI_INDEX);
    let child = registry
        .send("HEAD", &format!("/v2/a/manifests/{child}"), "")
        .await;
    assert_eq!(child.header("content-type"), media_types::OCI_MANIFEST);
}

#[tokio::test]
async fn a_manifest_that_a_client_has_is_not_sent_again() {
    let registry = Running::new().await;
    let config = registry.push_blob("a", "{}").await;
    let put = registry.put_manifest("a", "x", &image(config, None)).await;
    let tag = format!("W/\"{}\"", put.header("docker-content-digest"));
    let get = registry.request("GET", "/v2/a/manifests/x");
    assert_eq!(read(get.header(IF_NONE_MATCH, &tag)).await.status, 304);
    registry
        .put_manifest("a", "x", &image(config, Some(Digest::of(b"s"))))
        .await;
    let get = registry.request("GET", "/v2/a/manifests/x");
    assert_eq!(read(get.header(IF_NONE_MATCH, &tag)).await.status, 200);
}
