use liftlock_oci::{Digest, media_types};
use reqwest::header::ACCEPT;

use crate::support::{Running, image, read};

async fn with_manifest() -> (Running, String) {
    let registry = Running::new().await;
    let config = registry.push_blob("a", "{}").await;
    let manifest = image(config, None);
    assert_eq!(registry.put_manifest("a", "x", &manifest).await.status, 201);
    (registry, manifest)
}

#[tokio::test]
async fn a_head_can_say_another_length_than_the_get() {
    let (registry, manifest) = with_manifest().await;
    registry.fault("head-length=7");
    let head = registry.send("HEAD", "/v2/a/manifests/x", "").await;
    assert_eq!(head.header("content-length"), "7");
    let get = registry.send("GET", "/v2/a/manifests/x", "").await;
    assert_eq!(get.header("content-length"), manifest.len().to_string());
    registry.fault("no-digest");
    let head = registry.send("HEAD", "/v2/a/manifests/x", "").await;
    assert_eq!(
        (head.status, head.header("docker-content-digest")),
        (200, "")
    );
}

#[tokio::test]
async fn an_oci_manifest_can_need_its_accept() {
    let (registry, manifest) = with_manifest().await;
    registry.fault("needs-accept");
    for (accept, status) in [
        ("*/*", 404),
        (media_types::DOCKER_MANIFEST, 404),
        (media_types::OCI_MANIFEST, 200),
    ] {
        for method in ["GET", "HEAD"] {
            let request = registry.request(method, "/v2/a/manifests/x");
            let answer = read(request.header(ACCEPT, accept)).await;
            assert_eq!(answer.status, status, "{method} {accept}");
        }
    }
    let several = format!("text/x, {};q=0.9", media_types::OCI_MANIFEST);
    let request = registry.request("GET", "/v2/a/manifests/x");
    let answer = read(request.header(ACCEPT, several)).await;
    assert_eq!(answer.body, manifest.as_bytes());
}

#[tokio::test]
async fn a_tag_that_is_there_can_be_immutable_in_each_registrys_way() {
    let (registry, manifest) = with_manifest().await;
    let other = image(Digest::of(b"{}"), Some(Digest::of(b"subject")));
    for (name, status, code) in [
        ("ecr", 400, "TAG_INVALID"),
        ("zot", 403, "DENIED"),
        ("acr", 405, "UNSUPPORTED"),
        ("harbor", 412, "PRECONDITION"),
    ] {
        registry.fault(&format!("immutable={name}"));
        for body in [&manifest, &other] {
            let answer = registry.put_manifest("a", "x", body).await;
            assert_eq!((answer.status, answer.code().as_str()), (status, code));
        }
        assert_eq!(registry.put_manifest("a", name, &other).await.status, 201);
        let digest = Digest::of(other.as_bytes()).to_string();
        assert_eq!(
            registry.put_manifest("a", &digest, &other).await.status,
            201
        );
    }
    let now = registry.send("HEAD", "/v2/a/manifests/x", "").await;
    let digest = Digest::of(manifest.as_bytes()).to_string();
    assert_eq!(now.header("docker-content-digest"), digest);
}
