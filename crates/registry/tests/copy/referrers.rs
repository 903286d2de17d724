//! What refers to an image comes along, and nothing that a place has of its own is lost.

use liftlock_oci::media_types;
use liftlock_registry::Name;

use crate::built::{LARGE, Source, cosign_tag, repository, request, run};
use crate::support::{Auth, TestRegistry};

#[tokio::test]
async fn referrers_of_referrers_and_of_platforms_come_along() {
    let source = Source::new();
    let index = source.index(
        "app",
        &["linux/amd64", "linux/arm64"],
        media_types::OCI_INDEX,
    );
    source.tag(&index, "1");
    let content: liftlock_oci::Index = serde_json::from_slice(index.bytes()).unwrap();
    let child = content.manifests[0].digest;
    let child = source.layout.manifest(child).unwrap().unwrap();
    let sbom = source.referrer(&child, "sbom of a platform");
    let of_sbom = source.referrer(&sbom, "signature of the sbom");
    let registry = TestRegistry::start(Auth::None).await;
    let to = repository(registry.client(), registry.repository("app"));
    run(&request(source.place(), "1", &[(&to, "1")]))
        .await
        .unwrap();
    let digests = |listed: Vec<liftlock_oci::Descriptor>| -> Vec<_> {
        listed.into_iter().map(|entry| entry.digest).collect()
    };
    let of_child = to.referrers(child.digest()).await.unwrap();
    assert_eq!(digests(of_child), [sbom.digest()]);
    let of_it = to.referrers(sbom.digest()).await.unwrap();
    assert_eq!(digests(of_it), [of_sbom.digest()]);
}

#[tokio::test]
async fn what_was_added_later_comes_along_the_next_time() {
    let source = Source::new();
    let image = source.image("app", &[LARGE]);
    source.tag(&image, "1");
    let registry = TestRegistry::start(Auth::None).await;
    let to = repository(registry.client(), registry.repository("app"));
    let asked = request(source.place(), "1", &[(&to, "1")]);
    run(&asked).await.unwrap();
    source.referrer(&image, "later");
    source.signature(&image, &["later"]);
    let copied = run(&asked).await.unwrap();
    assert_eq!(copied.destinations[0].manifests, 2);
    assert_eq!(to.referrers(image.digest()).await.unwrap().len(), 1);
    let copied = run(&asked).await.unwrap();
    assert!(copied.destinations[0].is_unchanged());
}

#[tokio::test]
async fn signatures_of_the_destination_are_not_lost() {
    let source = Source::new();
    let image = source.image("app", &[LARGE]);
    source.tag(&image, "1");
    let (_, tag) = source.signature(&image, &["by the builder"]);
    let registry = TestRegistry::start(Auth::None).await;
    let to = repository(registry.client(), registry.repository("app"));
    let asked = request(source.place(), "1", &[(&to, "1")]);
    run(&asked).await.unwrap();

    // The destination gets one more: it has all that the source has.
    let theirs = Source::new();
    let (more, _) = theirs.signature(&image, &["by the builder", "by production"]);
    let mut sign = request(theirs.place(), cosign_tag(&image).as_str(), &[(&to, "x")]);
    sign.to[0].tags = vec![tag.clone()];
    run(&sign).await.unwrap();
    let copied = run(&asked).await.unwrap();
    assert!(copied.destinations[0].kept.is_empty());
    let now = || to.manifest_digest(Name::Tag(&tag));
    assert_eq!(now().await.unwrap(), Some(more.digest()));

    // Then the source gets one that the destination lacks: neither is overwritten.
    source.signature(&image, &["by the builder", "by the auditor"]);
    let copied = run(&asked).await.unwrap();
    assert_eq!(copied.destinations[0].kept, [tag.to_string()]);
    assert_eq!(now().await.unwrap(), Some(more.digest()));
}

#[tokio::test]
async fn a_registry_without_the_referrers_list_gets_the_fallback_tag() {
    let source = Source::new();
    let image = source.image("app", &[LARGE]);
    source.tag(&image, "1");
    let (one, two) = (
        source.referrer(&image, "one"),
        source.referrer(&image, "two"),
    );
    let registry = TestRegistry::start(Auth::None).await;
    registry.fail_with(|request| {
        let asked = request.uri().path().contains("/referrers/");
        asked.then(|| crate::support::answer(404, "404 page not found"))
    });
    let to = repository(registry.client(), registry.repository("app"));
    run(&request(source.place(), "1", &[(&to, "1")]))
        .await
        .unwrap();
    let mut listed: Vec<_> = to
        .referrers(image.digest())
        .await
        .unwrap()
        .into_iter()
        .map(|entry| entry.digest)
        .collect();
    listed.sort();
    let mut both = [one.digest(), two.digest()];
    both.sort();
    assert_eq!(listed, both);
    let fallback = format!("sha256-{}", image.digest().hex()).parse().unwrap();
    assert!(to.manifest(Name::Tag(&fallback)).await.is_ok());
    // And from there on to a place that has the list.
    let folder = source.other("onward");
    run(&request(to, "1", &[(&folder, "1")])).await.unwrap();
    assert_eq!(folder.referrers(image.digest()).await.unwrap().len(), 2);
}
