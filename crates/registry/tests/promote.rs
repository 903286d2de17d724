//! What a promotion does, against the embedded registry.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod support;

use bytes::Bytes;
use liftlock_engine::ports::{Registries, RegistryError, TagWrite, Untagged};
use liftlock_oci::{Digest, Platform, Reference};
use liftlock_registry::{BlobWrite, HttpRegistries, Layout, Name};
use support::content::{push_image, push_index, tag, tag_now};
use support::{Auth, TestRegistry, answer, options};

#[tokio::test]
async fn an_index_is_pushed_resolved_tagged_and_untagged() {
    let registry = TestRegistry::start(Auth::None).await;
    let repository = registry.repository("team/app");
    let client = registry.client();
    let one = push_index(&client, &repository, "one").await;
    let two = push_index(&client, &repository, "two").await;
    let (x, port) = (tag("x"), HttpRegistries::new(options()));

    let write = |digest: Digest, expected| {
        let (image, port, x) = (repository.pinned(digest), &port, &x);
        async move { port.write_tag(&image, x, expected).await.unwrap() }
    };
    assert_eq!(write(one.digest(), None).await, TagWrite::Written);
    assert_eq!(write(one.digest(), None).await, TagWrite::Unchanged);
    let found = Some(one.digest());
    assert_eq!(write(two.digest(), None).await, TagWrite::Moved { found });
    assert_eq!(write(two.digest(), found).await, TagWrite::Written);
    assert_eq!(
        port.tag_digest(&repository, &x).await.unwrap(),
        Some(two.digest())
    );

    let by_tag: Reference = format!("{repository}:x").parse().unwrap();
    let resolved = port.resolve(&by_tag).await.unwrap();
    assert_eq!(resolved.image.digest, two.digest());
    let platforms: Vec<String> = resolved
        .image
        .platforms
        .iter()
        .map(|(p, _)| p.to_string())
        .collect();
    assert_eq!(platforms, ["linux/amd64", "linux/arm64/v8"]);
    assert_eq!(resolved.tag_digest, None);
    let both: Reference = format!("{repository}:x@{}", one.digest()).parse().unwrap();
    let resolved = port.resolve(&both).await.unwrap();
    assert_eq!(resolved.image.digest, one.digest());
    assert_eq!(resolved.tag_digest, Some(two.digest()));

    let remove = |ours| port.remove_tag(&repository, &x, ours);
    assert_eq!(
        remove(one.digest()).await.unwrap(),
        Untagged::NotOurs(two.digest())
    );
    assert_eq!(remove(two.digest()).await.unwrap(), Untagged::Removed);
    assert_eq!(remove(two.digest()).await.unwrap(), Untagged::Absent);
    assert!(
        port.is_present(&repository.pinned(two.digest()))
            .await
            .unwrap()
    );
    assert!(
        !port
            .is_present(&repository.pinned(Digest::of(b"none")))
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn a_single_images_platform_is_in_its_configuration() {
    let registry = TestRegistry::start(Auth::None).await;
    let repository = registry.repository("app");
    let client = registry.client();
    let image = push_image(&client, &repository, "linux/arm/v7", "").await;
    let reference: Reference = format!("{repository}@{}", image.digest()).parse().unwrap();
    let resolved = client.resolve(&reference).await.unwrap();
    let platform: Platform = "linux/arm/v7".parse().unwrap();
    assert_eq!(resolved.image.platforms, [(platform, image.digest())]);
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let registry = TestRegistry::start(Auth::None).await;
    let repository = registry.repository("app");
    let client = registry.client();
    let index = push_index(&client, &repository, "one").await;
    let child = push_image(&client, &repository, "linux/amd64", "one")
        .await
        .digest();
    client
        .delete_manifest(&repository, Name::Digest(child))
        .await
        .unwrap();

    let pinned: Reference = format!("{repository}@{}", index.digest()).parse().unwrap();
    let error = client.resolve(&pinned).await.unwrap_err();
    assert!(matches!(error, RegistryError::Content { .. }), "{error}");
    assert!(error.to_string().contains(&child.to_string()), "{error}");
    assert!(error.to_string().contains("linux/amd64"), "{error}");

    let bare: Reference = repository.to_string().parse().unwrap();
    let error = client.resolve(&bare).await.unwrap_err();
    assert!(
        error.to_string().contains("neither a tag nor a digest"),
        "{error}"
    );
    let absent: Reference = format!("{repository}:absent").parse().unwrap();
    let error = client.resolve(&absent).await.unwrap_err();
    assert!(matches!(error, RegistryError::NotFound { .. }), "{error}");
    let nowhere = repository.pinned(Digest::of(b"nowhere"));
    let error = client
        .write_tag(&nowhere, &tag("x"), None)
        .await
        .unwrap_err();
    assert!(matches!(error, RegistryError::NotFound { .. }), "{error}");
    assert_eq!(tag_now(&client, &repository, &tag("x")).await, None);
}

#[tokio::test]
async fn a_write_that_someone_else_overwrites_is_reported_as_lost() {
    let registry = TestRegistry::start(Auth::None).await;
    let repository = registry.repository("app");
    let client = registry.client();
    let ours = push_index(&client, &repository, "ours").await;
    let theirs = push_index(&client, &repository, "theirs").await;
    let competitor = Layout::open(&registry.layout_folder("app")).unwrap();
    let (log, their_manifest) = (std::sync::Arc::clone(&registry.log), theirs.clone());
    registry.take_log();
    registry.fail_with(move |request| {
        let written = log
            .lock()
            .unwrap()
            .iter()
            .any(|line| line.starts_with("PUT"));
        if request.method() == "HEAD" && written {
            competitor
                .put_manifest(&their_manifest, Some(&tag("x")))
                .unwrap();
        }
        None
    });
    let image = repository.pinned(ours.digest());
    let result = client.write_tag(&image, &tag("x"), None).await.unwrap();
    let found = Some(theirs.digest());
    assert_eq!(result, TagWrite::Lost { found });
}

#[tokio::test]
async fn a_write_of_which_no_answer_came_is_looked_for_before_it_is_repeated() {
    let registry = TestRegistry::start(Auth::None).await;
    let repository = registry.repository("app");
    let client = registry.client();
    let ours = push_index(&client, &repository, "ours").await;
    let backdoor = Layout::open(&registry.layout_folder("app")).unwrap();
    let manifest = ours.clone();
    registry.take_log();
    registry.fail_with(move |request| {
        (request.method() == "PUT").then(|| {
            backdoor.put_manifest(&manifest, Some(&tag("x"))).unwrap();
            answer(502, "")
        })
    });
    let image = repository.pinned(ours.digest());
    let result = client.write_tag(&image, &tag("x"), None).await.unwrap();
    assert_eq!(result, TagWrite::Written);
    let log = registry.take_log();
    assert_eq!(
        log.iter().filter(|line| line.starts_with("PUT")).count(),
        1,
        "{log:?}"
    );

    registry.fail_with(|request| (request.method() == "PUT").then(|| answer(503, "")));
    let error = client.write_tag(&image, &tag("y"), None).await.unwrap_err();
    assert!(
        matches!(error, RegistryError::Status { status: 503, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_stale_answer_just_after_a_write_is_waited_out() {
    let registry = TestRegistry::start(Auth::None).await;
    let repository = registry.repository("app");
    let client = registry.client();
    let ours = push_index(&client, &repository, "ours").await;
    registry.take_log();
    let log = std::sync::Arc::clone(&registry.log);
    registry.fail_with(move |request| {
        let log = log.lock().unwrap();
        let written = log.iter().position(|line| line.starts_with("PUT"));
        let stale = written.is_some_and(|at| log.len() - at < 3);
        (request.method() == "HEAD" && stale).then(|| answer(404, ""))
    });
    let image = repository.pinned(ours.digest());
    let result = client.write_tag(&image, &tag("x"), None).await.unwrap();
    assert_eq!(result, TagWrite::Written);
}

#[tokio::test]
async fn a_registry_that_cannot_delete_a_tag_alone_keeps_it() {
    let registry = TestRegistry::start(Auth::None).await;
    let repository = registry.repository("app");
    let client = registry.client();
    let ours = push_index(&client, &repository, "ours").await;
    let image = repository.pinned(ours.digest());
    client.write_tag(&image, &tag("x"), None).await.unwrap();
    for status in [400, 405] {
        registry
            .fail_with(move |request| (request.method() == "DELETE").then(|| answer(status, "")));
        let result = client
            .remove_tag(&repository, &tag("x"), ours.digest())
            .await;
        assert_eq!(result.unwrap(), Untagged::Unsupported);
    }
    assert_eq!(
        tag_now(&client, &repository, &tag("x")).await,
        Some(ours.digest())
    );
    let log = registry.take_log();
    assert!(
        !log.iter()
            .any(|line| line.starts_with("DELETE") && line.contains("sha256")),
        "{log:?}"
    );
}

#[tokio::test]
async fn a_manifest_that_went_with_its_tag_is_put_back() {
    let registry = TestRegistry::start(Auth::None).await;
    let repository = registry.repository("app");
    let client = registry.client();
    let ours = push_index(&client, &repository, "ours").await;
    let image = repository.pinned(ours.digest());
    client.write_tag(&image, &tag("x"), None).await.unwrap();
    let backdoor = Layout::open(&registry.layout_folder("app")).unwrap();
    registry.fail_with(move |request| {
        (request.method() == "DELETE").then(|| {
            backdoor.delete_manifest(image.digest).unwrap();
            answer(202, "")
        })
    });
    let result = client
        .remove_tag(&repository, &tag("x"), ours.digest())
        .await;
    assert_eq!(result.unwrap(), Untagged::Removed);
    let name = Name::Digest(ours.digest());
    assert_eq!(
        client.manifest_digest(&repository, name).await.unwrap(),
        Some(ours.digest())
    );
}

#[tokio::test]
async fn immutable_tags_are_told_from_other_refusals() {
    let registry = TestRegistry::start(Auth::None).await;
    let repository = registry.repository("app");
    let client = registry.client();
    let ours = push_index(&client, &repository, "ours").await;
    let image = repository.pinned(ours.digest());
    let body = r#"{"errors":[{"code":"TAG_INVALID","message":"the tag is \u001b[31mimmutable"}]}"#;
    for status in [400, 403, 405, 412] {
        registry
            .fail_with(move |request| (request.method() == "PUT").then(|| answer(status, body)));
        let error = client.write_tag(&image, &tag("x"), None).await.unwrap_err();
        assert!(
            matches!(error, RegistryError::Immutable { .. }),
            "{status}: {error}"
        );
        assert!(!error.to_string().contains('\u{1b}'), "{error:?}");
    }
}

#[tokio::test]
async fn tags_are_listed_over_several_pages() {
    let registry = TestRegistry::start(Auth::None).await;
    let repository = registry.repository("a/b/c");
    let client = registry.client();
    let image = push_image(&client, &repository, "linux/amd64", "").await;
    let names = ["a", "b.1", "C", "d-2", "e_3"];
    for name in names {
        client
            .put_manifest(&repository, Name::Tag(&tag(name)), &image)
            .await
            .unwrap();
    }
    registry.take_log();
    let listed = client.tags_by(&repository, 2).await.unwrap();
    assert_eq!(listed, names.map(tag));
    assert_eq!(registry.take_log().len(), 3);
    assert_eq!(client.tags(&repository).await.unwrap().len(), 5);
}

#[tokio::test]
async fn blobs_are_mounted_where_that_works() {
    let registry = TestRegistry::start(Auth::None).await;
    let (a, b) = (registry.repository("a"), registry.repository("b"));
    let client = registry.client();
    let push = |to, from| client.push_blob(to, Bytes::from_static(b"layer"), from);
    // Not there yet: the upload that the registry opens instead is used.
    assert_eq!(push(&a, Some(&b)).await.unwrap(), BlobWrite::Uploaded);
    assert_eq!(push(&b, Some(&a)).await.unwrap(), BlobWrite::Mounted);
    assert_eq!(push(&b, None).await.unwrap(), BlobWrite::Present);
    let digest = Digest::of(b"layer");
    assert_eq!(client.blob(&b, digest, 5).await.unwrap(), b"layer");
    let error = client.blob(&b, digest, 4).await.unwrap_err();
    assert!(error.to_string().contains("limit of 4 bytes"), "{error}");
}
