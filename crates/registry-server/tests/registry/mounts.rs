//! Mounts: from a repository, from the repository itself, from any.

use liftlock_oci::Digest;
use liftlock_registry_server::ServerOptions;

use crate::support::{LOOPBACK, Running};

async fn status(registry: &Running, to: &str, digest: Digest, from: &str) -> u16 {
    let path = format!("/v2/{to}/blobs/uploads/?mount={digest}{from}");
    let answer = registry.send("POST", &path, "").await;
    if answer.status == 201 {
        let location = format!("/v2/{to}/blobs/{digest}");
        assert_eq!(answer.header("location"), location);
        assert_eq!(registry.send("HEAD", &location, "").await.status, 200);
    } else {
        assert!(answer.header("location").contains("/blobs/uploads/"));
    }
    answer.status
}

#[tokio::test]
async fn a_blob_is_mounted_from_the_repository_that_is_named() {
    let registry = Running::new().await;
    let digest = registry.push_blob("a", "blob").await;
    let missing = Digest::of(b"missing");
    assert_eq!(status(&registry, "b/c", digest, "&from=a").await, 201);
    assert_eq!(status(&registry, "b", digest, "&from=none").await, 202);
    assert_eq!(status(&registry, "b", missing, "&from=a").await, 202);
    assert_eq!(status(&registry, "b", digest, "").await, 202);
    // A refused mount makes no repository.
    assert_eq!(
        registry.send("GET", "/v2/b/tags/list", "").await.status,
        404
    );
}

#[tokio::test]
async fn a_mount_from_the_repository_itself_says_whether_the_blob_is_there() {
    let registry = Running::new().await;
    let digest = registry.push_blob("a", "blob").await;
    assert_eq!(status(&registry, "a", digest, "&from=a").await, 201);
    assert_eq!(
        status(&registry, "a", Digest::of(b"x"), "&from=a").await,
        202
    );
}

#[tokio::test]
async fn a_mount_from_anywhere_finds_the_blob_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = ServerOptions::new(folder.path(), LOOPBACK);
    options.automatic_mount = true;
    let registry = Running::start(options).await;
    registry.push_blob("other", "nothing").await;
    let digest = registry.push_blob("deep/in/there", "blob").await;
    assert_eq!(status(&registry, "b", digest, "").await, 201);
    assert_eq!(status(&registry, "b", Digest::of(b"x"), "").await, 202);
}

#[tokio::test]
async fn nonsense_is_refused() {
    let registry = Running::new().await;
    let digest = registry.push_blob("a", "blob").await;
    for (query, code) in [
        ("mount=x&from=a".to_owned(), "DIGEST_INVALID"),
        (format!("mount={digest}&from=../a"), "NAME_INVALID"),
    ] {
        let path = format!("/v2/b/blobs/uploads/?{query}");
        let answer = registry.send("POST", &path, "").await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (400, code),
            "{query}"
        );
    }
}
