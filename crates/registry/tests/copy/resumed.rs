//! A copy that was broken off anywhere is run again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use liftlock_oci::media_types;

use crate::built::{LARGE, Source, expect_whole, repository, request, run};
use crate::support::{Auth, TestRegistry, answer};

#[tokio::test]
async fn broken_off_at_any_request_the_tag_is_untouched_and_the_next_run_completes() {
    let source = Source::new();
    let index = source.index(
        "app",
        &["linux/amd64", "linux/arm64"],
        media_types::OCI_INDEX,
    );
    source.tag(&index, "1");
    source.referrer(&index, "sbom");
    source.signature(&index, &["builder"]);
    let old = source.image("old", &[100]);
    source.tag(&old, "old");
    let mut stopped_at = 0;
    loop {
        let registry = TestRegistry::start(Auth::None).await;
        let to = repository(registry.client(), registry.repository("app"));
        run(&request(source.place(), "old", &[(&to, "live")]))
            .await
            .unwrap();
        let count = Arc::new(AtomicUsize::new(0));
        let limit = stopped_at;
        registry.fail_with(move |_| {
            let now = count.fetch_add(1, Ordering::Relaxed);
            (now >= limit).then(|| answer(403, "the connection is gone"))
        });
        let asked = request(source.place(), "1", &[(&to, "live")]);
        let result = run(&asked).await;
        registry.fail_with(|_| None);
        let name = "live".parse().unwrap();
        let tag = liftlock_registry::Name::Tag(&name);
        let now = to.manifest_digest(tag).await.unwrap().unwrap();
        if result.is_ok() {
            assert_eq!(now, index.digest());
            break;
        }
        // The write of the tag is the last but one; only its reading back may fail after it.
        if now != old.digest() {
            assert_eq!(now, index.digest());
        }
        let copied = run(&asked).await.unwrap();
        expect_whole(&to, "live", index.digest(), copied.blobs).await;
        stopped_at += 1;
        assert!(stopped_at < 200, "it never comes to its end");
    }
    assert!(stopped_at > 20, "only {stopped_at} requests");
}

#[tokio::test]
async fn layers_that_arrived_are_not_sent_again() {
    let source = Source::new();
    let image = source.image("app", &[LARGE, LARGE + 1, LARGE + 2]);
    source.tag(&image, "1");
    let registry = TestRegistry::start(Auth::None).await;
    let to = repository(registry.client(), registry.repository("app"));
    registry.fail_with(|request| {
        let manifest = request.uri().path().contains("/manifests/");
        (manifest && request.method() == "PUT").then(|| answer(403, "not now"))
    });
    let asked = request(source.place(), "1", &[(&to, "1")]);
    run(&asked).await.unwrap_err();
    registry.fail_with(|_| None);
    let copied = run(&asked).await.unwrap();
    assert_eq!(copied.destinations[0].present, 3);
    expect_whole(&to, "1", image.digest(), 4).await;
}
