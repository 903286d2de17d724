//! From every kind of place to every other.

use std::sync::Arc;

use liftlock_oci::{RawManifest, media_types};
use liftlock_registry::{Archive, CopyEvent, Name, Place, copy, pack};

use crate::built::{LARGE, Source, expect_whole, kept, noise, repository, request, run};
use crate::support::{Auth, TestRegistry};

const PLATFORMS: [&str; 3] = ["linux/amd64", "linux/arm64", "unknown/unknown"];

#[tokio::test]
async fn an_index_comes_through_every_kind_of_place_byte_for_byte() {
    for media_type in [media_types::OCI_INDEX, media_types::DOCKER_INDEX] {
        let source = Source::new();
        let index = source.index("app", &PLATFORMS, media_type);
        source.tag(&index, "build-1");
        source.referrer(&index, "sbom");
        source.signature(&index, &["by the builder"]);
        let (one, two) = (
            TestRegistry::start(Auth::None).await,
            TestRegistry::start(Auth::None).await,
        );
        let first = repository(one.client(), one.repository("team/app"));
        let mounted = repository(one.client(), one.repository("prod/app"));
        let second = repository(two.client(), two.repository("app"));
        let folder = source.other("copy");
        let hops = [
            (source.place(), &first),
            (first.clone(), &mounted),
            (mounted.clone(), &second),
            (second.clone(), &folder),
        ];
        for (from, to) in hops {
            let copied = run(&request(from, "build-1", &[(to, "build-1")]))
                .await
                .unwrap();
            assert_eq!(copied.digest, index.digest());
            assert_eq!(copied.referrers, 2);
            // Three configurations and layers, the shared empty one, the SBOM, and a signature.
            expect_whole(to, "build-1", index.digest(), copied.blobs).await;
            let name = "build-1".parse().unwrap();
            let raw = to.manifest(Name::Tag(&name)).await.unwrap();
            assert_eq!(raw.bytes(), index.bytes());
            assert_eq!(raw.media_type(), media_type);
        }
        let Place::Layout { layout, .. } = &folder else {
            unreachable!("it was made as one")
        };
        let path = source.path("copy.tar");
        pack(layout, &path).unwrap();
        let archive = Place::Archive {
            archive: Arc::new(Archive::open(&path).unwrap()),
            path,
        };
        let back = repository(two.client(), two.repository("back"));
        let copied = run(&request(archive, "build-1", &[(&back, "x")]))
            .await
            .unwrap();
        expect_whole(&back, "x", index.digest(), copied.blobs).await;
    }
}

#[tokio::test]
async fn one_source_is_read_once_for_many_places() {
    let source = Source::new();
    source.tag(&source.image("app", &[LARGE, LARGE, 500]), "1");
    let origin = TestRegistry::start(Auth::Bearer).await;
    let config = origin.docker_config(r#"{"auth":"dXNlcjpwYXNzd29yZA=="}"#);
    let from = repository(origin.client_with(&config), origin.repository("app"));
    run(&request(source.place(), "1", &[(&from, "1")]))
        .await
        .unwrap();
    origin.take_log();
    let mut mirrors = Vec::new();
    for _ in 0..5 {
        mirrors.push(TestRegistry::start(Auth::None).await);
    }
    let places: Vec<Place> = mirrors
        .iter()
        .map(|m| repository(m.client(), m.repository("mirror")))
        .collect();
    let folder = source.other("folder");
    let mut to: Vec<(&Place, &str)> = places.iter().map(|place| (place, "1")).collect();
    to.push((&folder, "1"));
    let copied = run(&request(from, "1", &to)).await.unwrap();
    let log = origin.take_log();
    let reads = log.iter().filter(|line| line.contains("/blobs/")).count();
    assert_eq!(
        reads, 4,
        "each of three layers and a configuration: {log:?}"
    );
    let bytes: u64 = copied.destinations.iter().map(|d| d.bytes).sum();
    assert_eq!(bytes, copied.bytes_read * 6);
    for (place, tag) in to {
        expect_whole(place, tag, copied.digest, 4).await;
    }
}

#[tokio::test]
async fn a_place_that_fails_does_not_keep_the_others_from_being_completed() {
    let source = Source::new();
    let image = source.image("app", &[LARGE, LARGE]);
    source.tag(&image, "1");
    let (good, bad) = (
        TestRegistry::start(Auth::None).await,
        TestRegistry::start(Auth::None).await,
    );
    bad.fail_with(|request| {
        let method = request.method().as_str();
        (method == "PUT").then(|| crate::support::answer(507, "disk full"))
    });
    let good = repository(good.client(), good.repository("app"));
    let broken = repository(bad.client(), bad.repository("app"));
    let result = run(&request(
        source.place(),
        "1",
        &[(&broken, "1"), (&good, "1")],
    ))
    .await;
    let error = result.unwrap_err().to_string();
    assert!(error.contains("app did not take the copy"), "{error}");
    assert!(
        error.contains("507") && error.contains("disk full"),
        "{error}"
    );
    expect_whole(&good, "1", image.digest(), 3).await;
    bad.fail_with(|_| None);
    assert_eq!(broken.tags().await.unwrap_or_default(), []);
    run(&request(source.place(), "1", &[(&broken, "1")]))
        .await
        .unwrap();
    expect_whole(&broken, "1", image.digest(), 3).await;
}

#[tokio::test]
async fn a_source_whose_bytes_are_not_their_digest_is_refused_everywhere() {
    let source = Source::new();
    let image = source.image("app", &[LARGE, 700]);
    source.tag(&image, "1");
    for (salt, size) in [("app 0", LARGE), ("app 1", 700)] {
        let right = noise(salt, size);
        let digest = liftlock_oci::Digest::of(&right);
        let path = source.path("source/blobs/sha256").join(digest.hex());
        let mut wrong = right.clone();
        wrong[size / 2] ^= 1;
        std::fs::write(&path, &wrong).unwrap();
        let registry = TestRegistry::start(Auth::None).await;
        let to = repository(registry.client(), registry.repository("app"));
        let folder = source.other(&format!("to {size}"));
        let result = run(&request(source.place(), "1", &[(&to, "1"), (&folder, "1")])).await;
        let error = result.unwrap_err().to_string();
        assert!(error.contains("is damaged"), "{error}");
        assert!(error.contains(&digest.to_string()), "{error}");
        assert_eq!(to.tags().await.unwrap_or_default(), []);
        assert_eq!(folder.tags().await.unwrap(), []);
        std::fs::write(&path, &right).unwrap();
    }
}

#[tokio::test]
async fn what_is_told_adds_up() {
    let source = Source::new();
    source.tag(&source.image("app", &[LARGE, 700]), "1");
    let registry = TestRegistry::start(Auth::None).await;
    let to = repository(registry.client(), registry.repository("app"));
    let folder = source.other("folder");
    let asked = request(source.place(), "1", &[(&to, "1"), (&folder, "1")]);
    let (report, events) = kept();
    let copied = copy(&asked, &report).await.unwrap();
    let events = events.lock().unwrap();
    let mut planned = 0;
    let (mut read, mut blobs, mut tags) = (0, 0, 0);
    for event in events.iter() {
        match event {
            CopyEvent::Planned {
                bytes,
                destinations,
                ..
            } => {
                planned = *bytes;
                assert_eq!(*destinations, 2);
            }
            CopyEvent::Bytes { count, .. } => read += count,
            CopyEvent::Blob { .. } => blobs += 1,
            CopyEvent::Manifest { tag, .. } => tags += usize::from(tag.is_some()),
            CopyEvent::Again { .. } => panic!("nothing failed"),
        }
    }
    assert_eq!((read, copied.bytes_read), (planned, planned));
    assert_eq!((blobs, tags), (3 * 2, 2));
}

/// The shape of CVE-2021-41190.
#[tokio::test]
async fn what_one_reader_takes_for_an_index_and_another_for_an_image_is_not_copied() {
    let source = Source::new();
    let image = source.image("app", &[LARGE]);
    let text = String::from_utf8(image.bytes().to_vec()).unwrap();
    let both = text.replacen('{', r#"{"manifests":[],"#, 1);
    for media_type in [media_types::OCI_MANIFEST, media_types::OCI_INDEX] {
        let raw = RawManifest::new(both.clone().into_bytes(), media_type, None).unwrap();
        source.tag(&raw, "1");
        let to = source.other("to");
        let error = run(&request(source.place(), "1", &[(&to, "1")])).await;
        let error = error.unwrap_err().to_string();
        assert!(error.contains("can be read in two ways"), "{error}");
        assert_eq!(to.tags().await.unwrap(), []);
    }
}
