//! Attestations beside an image: written, found again, and none lost.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod support;

use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use liftlock_attest::predicates::{TestOutcome, TestResult};
use liftlock_attest::{Bundle, Predicate, PrivateKey, Statement, Subject, WhyNot, media_types};
use liftlock_oci::{Content, Descriptor, Digest, Manifest, RawManifest, Repository};
use liftlock_registry::attestations::{
    ATTESTATIONS_MAX, Attestation, AttestationsError, Beside, Forms, Found, Types, Wanted, attach,
    find,
};
use liftlock_registry::{
    Choice, Client, CopyReport, CopyRequest, Destination, Layout, Name, Named, Place, copy,
};
use support::content::{push_image, tag};
use support::{Auth, TestRegistry, answer, options};
use zeroize::Zeroizing;

const ALL: Wanted<'static> = Wanted {
    types: Types::All,
    signatures: true,
};

struct Beginning {
    registry: TestRegistry,
    client: Client,
    repository: Repository,
    image: RawManifest,
}

impl Beginning {
    fn place(&self) -> Place {
        self.place_with(self.client.clone())
    }

    fn place_with(&self, client: Client) -> Place {
        Place::Repository {
            client: Arc::new(client),
            repository: self.repository.clone(),
        }
    }

    fn subject(&self) -> Digest {
        self.image.digest()
    }
}

async fn start() -> Beginning {
    let registry = TestRegistry::start(Auth::None).await;
    let (client, repository) = (registry.client(), registry.repository("app"));
    let image = push_image(&client, &repository, "linux/amd64", "").await;
    registry.take_log();
    Beginning {
        registry,
        client,
        repository,
        image,
    }
}

fn key() -> PrivateKey {
    PrivateKey::generate(&Zeroizing::new([1; 32])).unwrap()
}

/// An attestation that `name` passed.
fn passed(subject: Digest, name: &str) -> Attestation {
    let predicate = TestResult {
        result: TestOutcome::Passed,
        configuration: Vec::new(),
        url: None,
        passed_tests: vec![name.to_owned()],
        warned_tests: Vec::new(),
        failed_tests: Vec::new(),
    };
    let statement = Statement::new(Subject::image("app", subject), &predicate).unwrap();
    Attestation {
        bundle: Bundle::sign(&statement, &key()),
        predicate_type: TestResult::TYPE.to_owned(),
        created: "2026-01-31T09:00:00Z".to_owned(),
    }
}

/// The names that passed by what is verified of `found`, sorted, each as often as it was found.
fn names(found: &[Found], subject: Digest) -> Vec<String> {
    let key = key();
    let mut names: Vec<String> = found
        .iter()
        .map(|found| {
            let verified = found.verify(&[key.public()], &subject, TestResult::TYPE);
            let verified = verified.unwrap();
            let result: TestResult = verified.statement().predicate().unwrap();
            result.passed_tests[0].clone()
        })
        .collect();
    names.sort();
    names
}

/// A registry without the referrers API, as distribution 2 is.
fn no_api(request: &Request) -> Option<Response> {
    let is_api = request.uri().path().contains("/referrers/");
    is_api.then(|| answer(404, "404 page not found\n"))
}

#[tokio::test]
async fn what_was_attached_is_found_in_both_forms_and_not_added_again() {
    let s = start().await;
    let (place, subject) = (s.place(), s.subject());
    let two = [passed(subject, "one"), passed(subject, "two")];
    let first = attach(&place, subject, &two, Forms::Both).await.unwrap();
    let again = attach(&place, subject, &two[1..], Forms::Both)
        .await
        .unwrap();
    assert_eq!(again.referrers, first.referrers[1..]);
    assert_eq!(again.tag, first.tag);
    let found = find(&place, subject, &ALL).await.unwrap();
    assert_eq!(names(&found, subject), ["one", "one", "two", "two"]);
    let beside = |beside| found.iter().filter(|f| f.beside() == beside).count();
    assert_eq!(beside(Beside::AttestationTag), 2);
    assert_eq!(beside(Beside::Referrer(first.referrers[0])), 1);
    // Nothing of another image.
    assert_eq!(find(&place, Digest::of(b"x"), &ALL).await.unwrap(), []);
}

#[tokio::test]
async fn the_referrer_and_the_tag_are_as_cosign_writes_them() {
    let s = start().await;
    let (place, subject) = (s.place(), s.subject());
    let one = [passed(subject, "one")];
    let attached = attach(&place, subject, &one, Forms::Both).await.unwrap();
    let read = |digest| {
        let (client, repository) = (s.client.clone(), s.repository.clone());
        async move {
            let raw = client.manifest(&repository, Name::Digest(digest)).await;
            match raw.unwrap().parse().unwrap() {
                Content::Manifest(manifest) => manifest,
                Content::Index(_) => unreachable!("it was written as an image"),
            }
        }
    };
    let referrer = read(attached.referrers[0]).await;
    let bundle = one[0].bundle.to_bytes();
    assert_eq!(referrer.artifact_type.as_deref(), Some(media_types::BUNDLE));
    assert_eq!(
        referrer.config.digest.hex(),
        "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    );
    assert_eq!(
        referrer.layers,
        [Descriptor::of(media_types::BUNDLE, &bundle)]
    );
    assert_eq!(referrer.subject, Some(s.image.descriptor()));
    let annotations: Vec<_> = referrer.annotations.into_iter().collect();
    let expected = [
        ("dev.sigstore.bundle.content", "dsse-envelope"),
        ("dev.sigstore.bundle.predicateType", TestResult::TYPE),
        ("org.opencontainers.image.created", "2026-01-31T09:00:00Z"),
    ];
    assert_eq!(
        annotations,
        expected.map(|(a, b)| (a.to_owned(), b.to_owned()))
    );
    let att = read(attached.tag.unwrap()).await;
    assert_eq!(att.layers[0].media_type, media_types::DSSE);
    let annotations: Vec<_> = att.layers[0].annotations.clone().into_iter().collect();
    let expected = [
        ("dev.cosignproject.cosign/signature", ""),
        ("predicateType", TestResult::TYPE),
    ];
    assert_eq!(
        annotations,
        expected.map(|(a, b)| (a.to_owned(), b.to_owned()))
    );
}

/// What the first attestation costs, and each more.
#[tokio::test]
async fn requests_are_those_that_are_promised() {
    let s = start().await;
    let (place, subject) = (s.place(), s.subject());
    let count = async |n: usize, forms| {
        s.registry.take_log();
        let names: Vec<_> = (0..n)
            .map(|i| passed(subject, &format!("{n}{i}{forms:?}")))
            .collect();
        attach(&place, subject, &names, forms).await.unwrap();
        s.registry.take_log().len()
    };
    assert_eq!(count(1, Forms::Referrer).await, 1 + 3);
    assert_eq!(count(2, Forms::Referrer).await, 1 + 3 * 2);
    assert_eq!(count(1, Forms::Tag).await, 4 + 1);
    assert_eq!(count(2, Forms::Tag).await, 4 + 2);
    assert_eq!(count(0, Forms::Both).await, 0);
    let cold = s.place_with(s.registry.client());
    attach(&cold, subject, &[passed(subject, "cold")], Forms::Both)
        .await
        .unwrap();
    assert_eq!(
        s.registry.take_log().len(),
        1 + 4 + 5,
        "the image's manifest, too"
    );
    // Finding them: the list, two for each referrer, the tag and its layers.
    find(
        &place,
        subject,
        &Wanted {
            types: Types::All,
            signatures: false,
        },
    )
    .await
    .unwrap();
    assert_eq!(s.registry.take_log().len(), 1 + 2 * 4 + 1 + 4);
    let only = Types::Only(&["https://slsa.dev/provenance/v1"]);
    let none = find(
        &place,
        subject,
        &Wanted {
            types: only,
            signatures: true,
        },
    )
    .await
    .unwrap();
    assert_eq!(none, []);
    assert_eq!(
        s.registry.take_log().len(),
        3,
        "the list, and cosign's tags"
    );
}

#[tokio::test]
async fn requests_without_the_referrers_api() {
    let s = start().await;
    s.registry.fail_with(no_api);
    let (place, subject) = (s.place(), s.subject());
    for name in ["one", "two"] {
        let one = [passed(subject, name)];
        attach(&place, subject, &one, Forms::Referrer)
            .await
            .unwrap();
        let requests = s.registry.take_log();
        // This one promises to list it, which is looked at; one without the API does not.
        assert_eq!(requests.len(), 1 + 2 + 1 + 3, "{requests:#?}");
    }
    find(&place, subject, &ALL).await.unwrap();
    let requests = s.registry.take_log();
    assert_eq!(requests.len(), 1 + 2 * 2 + 2, "{requests:#?}");
}

#[tokio::test]
async fn one_more_than_a_thousand_referrers_is_an_error() {
    let s = start().await;
    s.registry.fail_with(no_api);
    let (place, subject) = (s.place(), s.subject());
    let entry = |n: usize| {
        let name = n.to_string();
        let mut entry = Descriptor::of(liftlock_oci::media_types::OCI_MANIFEST, name.as_bytes());
        entry.artifact_type = Some(media_types::BUNDLE.to_owned());
        entry
    };
    let list = tag(&format!("sha256-{}", subject.hex()));
    for count in [ATTESTATIONS_MAX, ATTESTATIONS_MAX + 1] {
        let index = liftlock_oci::Index::new((0..count).map(entry).collect());
        let index = serde_json::to_vec(&index).unwrap();
        let index = RawManifest::new(index, liftlock_oci::media_types::OCI_INDEX, None).unwrap();
        // The registry itself would refuse a list of manifests that it has not.
        let file = s.registry.layout_folder("app");
        let layout = Layout::open(&file).unwrap();
        layout.put_manifest(&index, Some(&list)).unwrap();
        let found = find(&place, subject, &ALL).await;
        assert_eq!(
            found.is_ok(),
            count == ATTESTATIONS_MAX,
            "{count}: {:?}",
            found.err()
        );
    }
}

/// cosign#2432.
#[tokio::test]
async fn fifty_at_the_same_time_lose_none() {
    for has_api in [true, false] {
        let s = start().await;
        if !has_api {
            s.registry.fail_with(no_api);
        }
        let subject = s.subject();
        fifty(&s.registry.host, &s.repository, subject).await;
    }
}

/// As above, at a registry on this machine that is no part of this test.
#[tokio::test]
#[ignore = "LIFTLOCK_TEST_REGISTRY has to name a registry that anybody may write to"]
async fn fifty_at_the_same_time_at_a_registry_that_is_given() {
    let host = std::env::var("LIFTLOCK_TEST_REGISTRY").unwrap();
    let repository: Repository = format!("{host}/fifty").parse().unwrap();
    let client = Client::new(&host, &options()).unwrap();
    let image = push_image(&client, &repository, "linux/amd64", "").await;
    fifty(&host, &repository, image.digest()).await;
}

/// Half of them share a client, and the other half have one each.
async fn fifty(host: &str, repository: &Repository, subject: Digest) {
    let client = || Client::new(host, &options()).unwrap();
    let shared = client();
    let place = |client| Place::Repository {
        client: Arc::new(client),
        repository: repository.clone(),
    };
    let writers = (0..50).map(|n| {
        let place = place(if n % 2 == 0 { shared.clone() } else { client() });
        tokio::spawn(async move {
            let one = [passed(subject, &format!("{n:02}"))];
            attach(&place, subject, &one, Forms::Both).await.unwrap();
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let found = find(&place(shared), subject, &ALL).await.unwrap();
    let expected: Vec<String> = (0..100).map(|n| format!("{:02}", n / 2)).collect();
    assert_eq!(names(&found, subject), expected);
}

/// As distribution 2 does while somebody else sends the same blob.
#[tokio::test]
async fn a_blob_that_is_out_of_sight_for_a_moment_is_waited_for() {
    let s = start().await;
    let (place, subject) = (s.place(), s.subject());
    let left = std::sync::Mutex::new(3);
    s.registry.fail_with(move |request| {
        let mut left = left.lock().unwrap();
        let is_put = request.method() == "PUT" && request.uri().path().contains("/manifests/");
        if !is_put || *left == 0 {
            return None;
        }
        *left -= 1;
        let unknown = r#"{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN","message":"unknown blob"}]}"#;
        Some(answer(400, unknown))
    });
    attach(&place, subject, &[passed(subject, "one")], Forms::Referrer)
        .await
        .unwrap();
    let found = find(&place, subject, &ALL).await.unwrap();
    assert_eq!(names(&found, subject), ["one"]);
}

/// Another process reads the tag, and writes it after us.
#[tokio::test]
async fn a_write_of_somebody_else_in_between_is_found_out_and_repeated() {
    let s = start().await;
    let (place, subject) = (s.place(), s.subject());
    let att = tag(&format!("sha256-{}.att", subject.hex()));
    attach(&place, subject, &[passed(subject, "theirs")], Forms::Tag)
        .await
        .unwrap();
    let theirs = s
        .client
        .manifest(&s.repository, Name::Tag(&att))
        .await
        .unwrap();
    let path = format!("/v2/app/manifests/{att}");
    let overtaken = std::sync::Mutex::new(2);
    let file = s.registry.layout_folder("app").join("index.json");
    let before = std::fs::read(&file).unwrap();
    s.registry.fail_with(move |request| {
        // Just before it is read back, the list is what it was before.
        let mut left = overtaken.lock().unwrap();
        if request.method() == "HEAD" && request.uri().path() == path && *left > 0 {
            *left -= 1;
            std::fs::write(&file, &before).unwrap();
        }
        None
    });
    attach(&place, subject, &[passed(subject, "ours")], Forms::Tag)
        .await
        .unwrap();
    let found = find(&place, subject, &ALL).await.unwrap();
    assert_eq!(names(&found, subject), ["ours", "theirs"]);
    let now = s
        .client
        .manifest(&s.repository, Name::Tag(&att))
        .await
        .unwrap();
    assert_ne!(now.digest(), theirs.digest());
}

#[tokio::test]
async fn one_more_than_a_thousand_is_an_error_and_never_cut_off() {
    let s = start().await;
    let (place, subject) = (s.place(), s.subject());
    let att = tag(&format!("sha256-{}.att", subject.hex()));
    let bytes = passed(subject, "one").bundle.envelope().to_bytes();
    let layer = Descriptor::of(media_types::DSSE, &bytes);
    let (empty, oci) = (
        liftlock_oci::media_types::OCI_EMPTY,
        liftlock_oci::media_types::OCI_MANIFEST,
    );
    let config = Descriptor::of(empty, b"{}");
    for blob in [&b"{}"[..], &bytes] {
        let blob = bytes::Bytes::copy_from_slice(blob);
        s.client.push_blob(&s.repository, blob, None).await.unwrap();
    }
    for count in [ATTESTATIONS_MAX, ATTESTATIONS_MAX + 1] {
        let list = Manifest::new(config.clone(), vec![layer.clone(); count]);
        let list = RawManifest::new(serde_json::to_vec(&list).unwrap(), oci, None).unwrap();
        s.client
            .put_manifest(&s.repository, Name::Tag(&att), &list)
            .await
            .unwrap();
        let found = find(&place, subject, &ALL).await;
        match count > ATTESTATIONS_MAX {
            false => assert_eq!(found.unwrap().len(), ATTESTATIONS_MAX),
            true => assert!(matches!(found, Err(AttestationsError::TooMany { .. }))),
        }
        let more = attach(&place, subject, &[passed(subject, "more")], Forms::Tag).await;
        assert!(
            matches!(more, Err(AttestationsError::TooMany { .. })),
            "{count}"
        );
    }
}

#[tokio::test]
async fn what_is_too_large_or_missing_is_found_as_that_and_hides_nothing() {
    let s = start().await;
    let (place, subject) = (s.place(), s.subject());
    attach(&place, subject, &[passed(subject, "good")], Forms::Referrer)
        .await
        .unwrap();
    let att = tag(&format!("sha256-{}.att", subject.hex()));
    let large = vec![b' '; liftlock_attest::ATTESTATION_BYTES_MAX + 1];
    let layer = Descriptor::of(media_types::DSSE, &large);
    let config = Descriptor::of(liftlock_oci::media_types::OCI_EMPTY, b"{}");
    s.client
        .push_blob(&s.repository, large.into(), None)
        .await
        .unwrap();
    let list = serde_json::to_vec(&Manifest::new(config, vec![layer])).unwrap();
    let list = RawManifest::new(list, liftlock_oci::media_types::OCI_MANIFEST, None).unwrap();
    s.client
        .put_manifest(&s.repository, Name::Tag(&att), &list)
        .await
        .unwrap();
    let found = find(&place, subject, &ALL).await.unwrap();
    let (good, bad): (Vec<Found>, Vec<Found>) =
        found.into_iter().partition(|found| found.bytes().is_ok());
    assert_eq!(names(&good, subject), ["good"]);
    assert!(matches!(bad[0].bytes(), Err(WhyNot::TooLarge { .. })));
    // A list under the fallback tag may outlive what it lists.
    let t = start().await;
    t.registry.fail_with(no_api);
    let (place, subject) = (t.place(), t.subject());
    let two = [passed(subject, "one"), passed(subject, "two")];
    let written = attach(&place, subject, &two, Forms::Referrer)
        .await
        .unwrap();
    let gone = Name::Digest(written.referrers[0]);
    t.client.delete_manifest(&t.repository, gone).await.unwrap();
    let found = find(&place, subject, &ALL).await.unwrap();
    let problems: Vec<_> = found.iter().filter_map(|f| f.bytes().err()).collect();
    assert_eq!(found.len(), 2);
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0]
            .to_string()
            .contains("it is listed, but not there")
    );
}

/// Staging's attestations come along to where production's own are.
#[tokio::test]
async fn a_copy_adds_attestations_to_those_of_the_destination() {
    let s = start().await;
    let (from, subject) = (s.place(), s.subject());
    let to = Place::Repository {
        client: Arc::new(s.client.clone()),
        repository: s.registry.repository("production"),
    };
    let request = || CopyRequest {
        from: from.clone(),
        image: Named::Digest(subject),
        choice: Choice::default(),
        to: vec![Destination {
            place: to.clone(),
            tags: vec![tag("v1")],
            once: false,
        }],
        again: false,
    };
    let silent: CopyReport = Arc::new(|_| {});
    attach(&from, subject, &[passed(subject, "one")], Forms::Tag)
        .await
        .unwrap();
    copy(&request(), &silent).await.unwrap();
    attach(&from, subject, &[passed(subject, "staging")], Forms::Tag)
        .await
        .unwrap();
    attach(&to, subject, &[passed(subject, "production")], Forms::Tag)
        .await
        .unwrap();
    for _ in 0..2 {
        let copied = copy(&request(), &silent).await.unwrap();
        assert!(copied.destinations[0].kept.is_empty());
        let found = find(&to, subject, &ALL).await.unwrap();
        assert_eq!(names(&found, subject), ["one", "production", "staging"]);
    }
}

#[tokio::test]
async fn a_layout_folder_holds_attestations_as_a_registry_does() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Arc::new(Layout::create(folder.path()).unwrap());
    let place = Place::Layout {
        layout: Arc::clone(&layout),
        path: folder.path().to_owned(),
    };
    let config = layout.put_blob(b"{}").unwrap();
    assert_eq!(config, Digest::of(b"{}"));
    let config = Descriptor::of(liftlock_oci::media_types::OCI_CONFIG, b"{}");
    let image = serde_json::to_vec(&Manifest::new(config, Vec::new())).unwrap();
    let image = RawManifest::new(image, liftlock_oci::media_types::OCI_MANIFEST, None).unwrap();
    layout.put_manifest(&image, Some(&tag("v1"))).unwrap();
    let subject = image.digest();
    let writers: Vec<_> = (0..10)
        .map(|n| {
            let place = place.clone();
            tokio::spawn(async move {
                let one = [passed(subject, &format!("{n}"))];
                attach(&place, subject, &one, Forms::Both).await.unwrap();
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let found = find(&place, subject, &ALL).await.unwrap();
    let expected: Vec<String> = (0..20).map(|n| format!("{}", n / 2)).collect();
    assert_eq!(names(&found, subject), expected);
}
