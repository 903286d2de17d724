//! Some of an image, several tags, and names that must not be overwritten.

use liftlock_oci::{Digest, media_types};
use liftlock_registry::{Choice, Name, Named};

use crate::built::{LARGE, Source, expect_whole, repository, request, run};
use crate::support::{Auth, TestRegistry};

#[tokio::test]
async fn one_platform_is_that_platforms_own_manifest() {
    let source = Source::new();
    let index = source.index(
        "app",
        &["linux/amd64", "linux/arm64"],
        media_types::OCI_INDEX,
    );
    source.tag(&index, "1");
    let registry = TestRegistry::start(Auth::None).await;
    let to = repository(registry.client(), registry.repository("app"));
    let mut asked = request(source.place(), "1", &[(&to, "1")]);
    asked.choice.platforms = vec!["linux/arm64".parse().unwrap()];
    let copied = run(&asked).await.unwrap();
    assert_eq!(copied.manifests, 1);
    assert_eq!(copied.media_type, media_types::OCI_MANIFEST);
    expect_whole(&to, "1", copied.digest, 3).await;

    asked.choice.platforms = vec!["linux/s390x".parse().unwrap()];
    let error = run(&asked).await.unwrap_err().to_string();
    assert!(
        error.ends_with("has no linux/s390x; it has linux/amd64, linux/arm64"),
        "{error}"
    );
}

#[tokio::test]
async fn several_platforms_are_the_index_as_it_is_without_the_others() {
    let source = Source::new();
    let platforms = ["linux/amd64", "linux/arm64", "linux/arm/v7"];
    let index = source.index("app", &platforms, media_types::OCI_INDEX);
    source.tag(&index, "1");
    let folder = source.other("sparse");
    let mut asked = request(source.place(), "1", &[(&folder, "1")]);
    asked.choice.platforms = vec![
        "linux/amd64".parse().unwrap(),
        "linux/arm64".parse().unwrap(),
    ];
    let copied = run(&asked).await.unwrap();
    assert_eq!(copied.digest, index.digest());
    assert_eq!(copied.manifests, 3);
    // The embedded registry wants every child, as distribution does, and says which is missing.
    let registry = TestRegistry::start(Auth::None).await;
    let to = repository(registry.client(), registry.repository("app"));
    asked.to = request(source.place(), "1", &[(&to, "1")]).to;
    let error = run(&asked).await.unwrap_err().to_string();
    assert!(error.contains("MANIFEST_BLOB_UNKNOWN"), "{error}");
    assert_eq!(to.tags().await.unwrap_or_default(), []);
}

#[tokio::test]
async fn an_index_that_lacks_a_child_names_it() {
    let source = Source::new();
    let index = source.index(
        "app",
        &["linux/amd64", "linux/arm64"],
        media_types::OCI_INDEX,
    );
    source.tag(&index, "1");
    let folder = source.other("sparse");
    let mut asked = request(source.place(), "1", &[(&folder, "1")]);
    asked.choice.platforms = vec![
        "linux/amd64".parse().unwrap(),
        "linux/arm64".parse().unwrap(),
    ];
    let child = serde_json::from_slice::<liftlock_oci::Index>(index.bytes())
        .unwrap()
        .manifests[1]
        .digest;
    std::fs::remove_file(source.path("source/blobs/sha256").join(child.hex())).unwrap();
    asked.choice = Choice::default();
    let error = run(&asked).await.unwrap_err().to_string();
    assert!(
        error.contains(&format!(
            "it lists {child} (linux/arm64), which is not there"
        )),
        "{error}"
    );
    assert!(error.contains("--platform"), "{error}");
}

#[tokio::test]
async fn a_foreign_layer_is_named_and_never_fetched() {
    let source = Source::new();
    let image = source.image("windows", &[LARGE]);
    let mut content: liftlock_oci::Manifest = serde_json::from_slice(image.bytes()).unwrap();
    let mut foreign = content.layers[0].clone();
    foreign.media_type = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip".to_owned();
    foreign.digest = Digest::of(b"somewhere else");
    content.layers.push(foreign);
    let bytes = serde_json::to_vec(&content).unwrap();
    let raw = liftlock_oci::RawManifest::new(bytes, media_types::OCI_MANIFEST, None).unwrap();
    source.tag(&raw, "1");
    let registry = TestRegistry::start(Auth::None).await;
    let to = repository(registry.client(), registry.repository("app"));
    let copied = run(&request(source.place(), "1", &[(&to, "1")]))
        .await
        .unwrap();
    assert_eq!(copied.blobs, 2);
    expect_whole(&to, "1", raw.digest(), 2).await;
}

#[tokio::test]
async fn a_tag_that_is_written_once_is_left_alone() {
    let source = Source::new();
    let (one, two) = (source.image("one", &[300]), source.image("two", &[300]));
    source.tag(&one, "one");
    source.tag(&two, "two");
    let registry = TestRegistry::start(Auth::None).await;
    let to = repository(registry.client(), registry.repository("app"));
    let once = |name: &str| {
        let mut asked = request(source.place(), name, &[(&to, "keep")]);
        asked.to[0].once = true;
        asked
    };
    run(&once("one")).await.unwrap();
    let same = run(&once("one")).await.unwrap();
    assert!(same.destinations[0].is_unchanged());
    let error = run(&once("two")).await.unwrap_err().to_string();
    assert!(
        error.contains("it is written once and was left alone"),
        "{error}"
    );
    expect_whole(&to, "keep", one.digest(), 2).await;
}

#[tokio::test]
async fn several_tags_and_none() {
    let source = Source::new();
    let image = source.image("one", &[300, LARGE]);
    source.tag(&image, "one");
    let registry = TestRegistry::start(Auth::None).await;
    let to = repository(registry.client(), registry.repository("app"));
    let mut asked = request(source.place(), "one", &[(&to, "a")]);
    asked.image = Named::Digest(image.digest());
    asked.to[0].tags.clear();
    run(&asked).await.unwrap();
    assert_eq!(to.tags().await.unwrap(), []);
    let name = Name::Digest(image.digest());
    assert_eq!(
        to.manifest_digest(name).await.unwrap(),
        Some(image.digest())
    );
    asked.to[0].tags = vec!["a".parse().unwrap(), "b".parse().unwrap()];
    run(&asked).await.unwrap();
    for tag in ["a", "b"] {
        expect_whole(&to, tag, image.digest(), 3).await;
    }
}
