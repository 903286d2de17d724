use liftlock_oci::Digest;

use crate::support::{Running, image};

async fn with_two() -> (Running, [String; 2]) {
    let registry = Running::new().await;
    let config = registry.push_blob("a", "{}").await;
    let two = [None, Some(Digest::of(b"subject"))].map(|subject| image(config, subject));
    (registry, two)
}

/// The tag's digest in so many reads; the status where there is none.
async fn reads(registry: &Running, reference: &str, count: usize) -> Vec<String> {
    let path = format!("/v2/a/manifests/{reference}");
    let mut seen = Vec::new();
    for at in 0..count {
        let method = if at % 2 == 0 { "HEAD" } else { "GET" };
        let answer = registry.send(method, &path, "").await;
        seen.push(match answer.status {
            200 => answer.header("docker-content-digest").to_owned(),
            status => status.to_string(),
        });
    }
    seen
}

fn digest(manifest: &str) -> String {
    Digest::of(manifest.as_bytes()).to_string()
}

#[tokio::test]
async fn the_first_reads_after_a_write_can_show_what_was_there() {
    let (registry, [one, two]) = with_two().await;
    registry.fault("stale-tags=2");
    assert_eq!(registry.put_manifest("a", "x", &one).await.status, 201);
    let expected = ["404".to_owned(), "404".to_owned(), digest(&one)];
    assert_eq!(reads(&registry, "x", 3).await, expected);
    assert_eq!(registry.put_manifest("a", "x", &two).await.status, 201);
    let expected = [digest(&one), digest(&one), digest(&two)];
    assert_eq!(reads(&registry, "x", 3).await, expected);
    let path = "/v2/a/manifests/x";
    assert_eq!(registry.send("DELETE", path, "").await.status, 202);
    let expected = [digest(&two), digest(&two), "404".to_owned()];
    assert_eq!(reads(&registry, "x", 3).await, expected);
}

#[tokio::test]
async fn the_first_reads_after_a_write_can_show_nothing() {
    let (registry, [one, two]) = with_two().await;
    assert_eq!(registry.put_manifest("a", "x", &one).await.status, 201);
    registry.fault("stale-missing=1");
    assert_eq!(registry.put_manifest("a", "x", &two).await.status, 201);
    assert_eq!(
        reads(&registry, "x", 2).await,
        ["404".to_owned(), digest(&two)]
    );
    assert_eq!(reads(&registry, &digest(&two), 1).await, [digest(&two)]);
}

#[tokio::test]
async fn a_write_that_was_refused_makes_nothing_stale() {
    let (registry, [one, _]) = with_two().await;
    assert_eq!(registry.put_manifest("a", "x", &one).await.status, 201);
    registry.fault("stale-missing=1");
    assert_eq!(registry.put_manifest("a", "x", "{").await.status, 400);
    assert_eq!(reads(&registry, "x", 1).await, [digest(&one)]);
}
