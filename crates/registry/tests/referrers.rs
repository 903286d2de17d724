//! Referrers and companion tags, with and without help from the registry.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod support;

use axum::extract::Request;
use axum::response::Response;
use liftlock_engine::ports::RegistryError;
use liftlock_oci::{Descriptor, Digest, Manifest, RawManifest, Repository, media_types};
use liftlock_registry::{Client, Name, ReferrersBy};
use support::content::{push_image, tag, tag_now};
use support::{Auth, TestRegistry, answer, with};

const KIND: &str = "application/vnd.example.signature";

struct Signed {
    registry: TestRegistry,
    client: Client,
    repository: Repository,
    image: RawManifest,
}

async fn start() -> Signed {
    let registry = TestRegistry::start(Auth::None).await;
    let (client, repository) = (registry.client(), registry.repository("app"));
    let image = push_image(&client, &repository, "linux/amd64", "").await;
    let empty = bytes::Bytes::from_static(b"{}");
    client.push_blob(&repository, empty, None).await.unwrap();
    registry.take_log();
    Signed {
        registry,
        client,
        repository,
        image,
    }
}

/// A signature of the image, with `salt` in its annotations.
fn signature(image: &RawManifest, salt: &str) -> RawManifest {
    let config = Descriptor::of(media_types::OCI_EMPTY, b"{}");
    let mut manifest = Manifest::new(config.clone(), vec![config]);
    manifest.artifact_type = Some(KIND.to_owned());
    manifest.subject = Some(image.descriptor());
    manifest.annotations = [("salt".to_owned(), salt.to_owned())].into();
    let bytes = serde_json::to_vec(&manifest).unwrap();
    RawManifest::new(bytes, media_types::OCI_MANIFEST, None).unwrap()
}

fn digests(descriptors: &[Descriptor]) -> Vec<Digest> {
    descriptors.iter().map(|d| d.digest).collect()
}

fn is_api(request: &Request) -> bool {
    request.uri().path().contains("/referrers/")
}

/// A registry without the API, as distribution is.
fn no_api(request: &Request) -> Option<Response> {
    is_api(request).then(|| answer(404, "404 page not found\n"))
}

#[tokio::test]
async fn a_referrer_is_listed_by_the_registry() {
    let s = start().await;
    let one = signature(&s.image, "one");
    let by = s.client.put_referrer(&s.repository, &one).await.unwrap();
    assert_eq!(by, ReferrersBy::Api);
    assert_eq!(s.registry.take_log().len(), 2, "the PUT, and a look");
    let subject = s.image.digest();
    let listed = s.client.referrers(&s.repository, subject).await.unwrap();
    assert_eq!(listed.by, ReferrersBy::Api);
    assert_eq!(digests(&listed.descriptors), [one.digest()]);
    assert_eq!(listed.descriptors[0].artifact_type.as_deref(), Some(KIND));
    assert_eq!(listed.descriptors[0].annotations["salt"], "one");
    assert_eq!(s.registry.take_log().len(), 1);
    let none = s.client.referrers(&s.repository, Digest::of(b"x")).await;
    assert_eq!(none.unwrap().descriptors, []);
}

#[tokio::test]
async fn without_the_api_the_list_is_kept_under_the_fallback_tag() {
    let s = start().await;
    s.registry.fail_with(no_api);
    let subject = s.image.digest();
    let list = || s.client.referrers(&s.repository, subject);
    assert_eq!(list().await.unwrap().descriptors, []);
    assert_eq!(s.registry.take_log().len(), 2, "the API, and the tag");
    assert_eq!(list().await.unwrap().by, ReferrersBy::FallbackTag);
    assert_eq!(s.registry.take_log().len(), 1, "no API was remembered");
    let (one, two) = (signature(&s.image, "one"), signature(&s.image, "two"));
    for signature in [&one, &two, &one] {
        let by = s.client.put_referrer(&s.repository, signature).await;
        assert_eq!(by.unwrap(), ReferrersBy::FallbackTag);
    }
    let listed = list().await.unwrap().descriptors;
    assert_eq!(digests(&listed), [one.digest(), two.digest()]);
    assert_eq!(listed[1].artifact_type.as_deref(), Some(KIND));
    assert_eq!(listed[1].annotations["salt"], "two");
}

#[tokio::test]
async fn a_registry_is_not_thought_to_lack_the_api_for_what_it_does_not_know() {
    let s = start().await;
    let missing = s.registry.repository("missing");
    s.registry.fail_with(|request| {
        let unknown = request.uri().path().starts_with("/v2/missing/");
        unknown.then(|| answer(404, ""))
    });
    let subject = s.image.digest();
    let none = s.client.referrers(&missing, subject).await.unwrap();
    assert_eq!(none.descriptors, []);
    let here = s.client.referrers(&s.repository, subject).await.unwrap();
    assert_eq!(here.by, ReferrersBy::Api);
    // Now that it is known to have lists, what it does not know has none.
    s.registry.take_log();
    s.client.referrers(&missing, subject).await.unwrap();
    assert_eq!(s.registry.take_log().len(), 1);
}

#[tokio::test]
async fn a_promise_to_list_a_referrer_is_not_believed_without_a_look() {
    let s = start().await;
    s.registry.fail_with(|request| {
        let empty = r#"{"schemaVersion":2,"manifests":null}"#;
        is_api(request).then(|| answer(200, empty))
    });
    let one = signature(&s.image, "one");
    let by = s.client.put_referrer(&s.repository, &one).await.unwrap();
    assert_eq!(by, ReferrersBy::FallbackTag);
    let list = tag(&format!("sha256-{}", s.image.digest().hex()));
    assert!(tag_now(&s.client, &s.repository, &list).await.is_some());
}

#[tokio::test]
async fn writers_of_one_process_do_not_take_each_others_entries_away() {
    let s = start().await;
    s.registry.fail_with(no_api);
    let signatures: Vec<_> = (0..8)
        .map(|n| signature(&s.image, &n.to_string()))
        .collect();
    let writes = signatures.iter().map(|signature| {
        let client = s.client.clone();
        let (repository, signature) = (s.repository.clone(), signature.clone());
        tokio::spawn(async move { client.put_referrer(&repository, &signature).await })
    });
    for write in writes.collect::<Vec<_>>() {
        write.await.unwrap().unwrap();
    }
    let listed = s.client.referrers(&s.repository, s.image.digest()).await;
    assert_eq!(listed.unwrap().descriptors.len(), 8);
}

#[tokio::test]
async fn an_entry_that_another_process_overwrote_is_written_again() {
    let s = start().await;
    let (ours, theirs) = (signature(&s.image, "ours"), signature(&s.image, "theirs"));
    let list = tag(&format!("sha256-{}", s.image.digest().hex()));
    let mut index = liftlock_oci::Index::new(vec![theirs.referrer_descriptor().unwrap()]);
    let layout = liftlock_registry::Layout::open(&s.registry.layout_folder("app")).unwrap();
    layout.put_manifest(&theirs, None).unwrap();
    index.annotations = [("kept".to_owned(), "yes".to_owned())].into();
    let bytes = serde_json::to_vec(&index).unwrap();
    let index = RawManifest::new(bytes, media_types::OCI_INDEX, None).unwrap();
    let log = std::sync::Arc::clone(&s.registry.log);
    let place = format!("/manifests/{list} 201");
    s.registry.fail_with(move |request| {
        // Just after our first write of the list, they write theirs.
        let written = log
            .lock()
            .unwrap()
            .iter()
            .filter(|line| line.ends_with(&place))
            .count();
        if request.method() == "GET" && written == 1 {
            layout.put_manifest(&index, Some(&list)).unwrap();
        }
        no_api(request)
    });
    s.client.put_referrer(&s.repository, &ours).await.unwrap();
    let listed = s
        .client
        .referrers(&s.repository, s.image.digest())
        .await
        .unwrap();
    assert_eq!(
        digests(&listed.descriptors),
        [theirs.digest(), ours.digest()]
    );
    let list = tag(&format!("sha256-{}", s.image.digest().hex()));
    let raw = s
        .client
        .manifest(&s.repository, Name::Tag(&list))
        .await
        .unwrap();
    assert!(String::from_utf8_lossy(raw.bytes()).contains("\"kept\""));
}

#[tokio::test]
async fn pages_of_referrers_are_read_up_to_a_limit() {
    let s = start().await;
    let entry = |n: u32| Descriptor::of(media_types::OCI_MANIFEST, &n.to_be_bytes());
    let page = move |from: u32, count: u32| {
        let manifests: Vec<_> = (from..from + count).map(entry).collect();
        serde_json::json!({ "schemaVersion": 2, "manifests": manifests }).to_string()
    };
    let next = r#"</v2/app/referrers/x?page=2>; rel="next""#;
    s.registry
        .fail_with(move |request| match request.uri().query() {
            None => Some(with(answer(200, &page(0, 2)), "link", next)),
            Some(_) => Some(answer(200, &page(2, 1))),
        });
    let subject = s.image.digest();
    let listed = s.client.referrers(&s.repository, subject).await.unwrap();
    assert_eq!(listed.descriptors, [entry(0), entry(1), entry(2)]);
    for (count, said) in [
        (1001, "more than 1000 referrers"),
        (1, "more than 100 pages"),
    ] {
        s.registry
            .fail_with(move |_| Some(with(answer(200, &page(0, count)), "link", next)));
        let error = s
            .client
            .referrers(&s.repository, subject)
            .await
            .unwrap_err();
        assert!(matches!(error, RegistryError::Content { .. }), "{error}");
        assert!(error.to_string().contains(said), "{error}");
    }
}

#[tokio::test]
async fn a_manifest_without_a_subject_is_no_referrer() {
    let s = start().await;
    let error = s.client.put_referrer(&s.repository, &s.image).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("has no subject"), "{error}");
    assert_eq!(s.registry.take_log(), [""; 0]);
}
