//! Tags that belong to images by name, on registries that list tags each in its own way.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod support;

use std::collections::{BTreeSet, HashMap};

use axum::extract::Request;
use axum::response::Response;
use liftlock_oci::{Digest, Repository};
use liftlock_registry::Client;
use support::{Auth, TestRegistry, answer, with};

/// How a registry answers a request for tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// As the specification says.
    Entered,
    /// All of them, whatever is asked for, as distribution 2.8 does.
    All,
    /// Only what is a tag is a place in the list, as zot does.
    NotFound,
    /// The same, said by an empty list.
    EmptyPlace,
    /// Always from the beginning.
    IgnoresLast,
    /// In no order, and from the beginning.
    NewestFirst,
    /// Three at once, from the beginning.
    SmallPages,
    /// Not at all.
    NoList,
}

const KINDS: [Kind; 8] = [
    Kind::Entered,
    Kind::All,
    Kind::NotFound,
    Kind::EmptyPlace,
    Kind::IgnoresLast,
    Kind::NewestFirst,
    Kind::SmallPages,
    Kind::NoList,
];

struct Listing {
    registry: TestRegistry,
    client: Client,
    repository: Repository,
}

impl Listing {
    async fn start(kind: Kind, tags: &[String]) -> Self {
        let registry = TestRegistry::start(Auth::None).await;
        let mut tags = tags.to_vec();
        tags.sort();
        registry.fail_with(move |request| respond(kind, &tags, request));
        Self {
            client: registry.client(),
            repository: registry.repository("app"),
            registry,
        }
    }

    /// The companions that are found, and with how many requests.
    async fn find(&self, subjects: &[Digest]) -> (BTreeSet<String>, usize) {
        let found = self.client.companion_tags(&self.repository, subjects).await;
        let found = found.unwrap().into_iter().map(|(tag, subject)| {
            assert!(tag.as_str().contains(&subject.hex()));
            tag.to_string()
        });
        (found.collect(), self.registry.take_log().len())
    }
}

fn respond(kind: Kind, tags: &[String], request: &Request) -> Option<Response> {
    let path = request.uri().path();
    if let Some(tag) = path.strip_prefix("/v2/app/manifests/") {
        let digest = Digest::of(tag.as_bytes()).to_string();
        let there = tags.iter().any(|t| t == tag);
        return Some(match there {
            true => with(answer(200, ""), "docker-content-digest", &digest),
            false => answer(404, ""),
        });
    }
    let query = request.uri().query().unwrap_or_default();
    let query: HashMap<&str, &str> = query.split('&').filter_map(|p| p.split_once('=')).collect();
    let last = query.get("last").copied();
    let is_tag = last.is_some_and(|last| tags.iter().any(|tag| tag == last));
    let entered = || tags.iter().filter(|tag| Some(tag.as_str()) > last);
    let list: Vec<&String> = match kind {
        Kind::NoList => return Some(answer(405, "")),
        Kind::NotFound if last.is_some() && !is_tag => return Some(answer(404, "")),
        Kind::EmptyPlace if last.is_some() && !is_tag => Vec::new(),
        Kind::Entered | Kind::NotFound | Kind::EmptyPlace => entered().collect(),
        Kind::NewestFirst => tags.iter().rev().collect(),
        Kind::All | Kind::IgnoresLast | Kind::SmallPages => tags.iter().collect(),
    };
    let count = match kind {
        Kind::All => list.len(),
        Kind::SmallPages => 3,
        _ => query["n"].parse().unwrap(),
    };
    let page = &list[..count.min(list.len())];
    let body = serde_json::json!({ "name": "app", "tags": page }).to_string();
    let next = r#"</v2/app/tags/list?n=1&last=x>; rel="next""#;
    Some(match page.len() < list.len() {
        true => with(answer(200, &body), "link", next),
        false => answer(200, &body),
    })
}

fn subjects(count: u8) -> Vec<Digest> {
    (0..count).map(|n| Digest::of(&[n])).collect()
}

/// What cosign and the fallback tag of referrers are called for every other of these.
fn companions(subjects: &[Digest]) -> Vec<String> {
    let signed = subjects.iter().step_by(2);
    signed
        .flat_map(|subject| {
            let base = format!("sha256-{}", subject.hex());
            [base.clone(), format!("{base}.sig"), format!("{base}.sbom")]
        })
        .collect()
}

fn builds(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("build-{n:06}")).collect()
}

/// Finds the companions of `subjects` twice with one client, and compares the requests.
async fn check(kind: Kind, others: &[String], subjects: &[Digest], requests: [usize; 2]) {
    let expected = companions(subjects);
    let listing = Listing::start(kind, &[others, &expected].concat()).await;
    for most in requests {
        let (found, count) = listing.find(subjects).await;
        assert_eq!(found, expected.iter().cloned().collect(), "{kind:?}");
        assert_eq!(count, most, "{kind:?} {}", others.len());
    }
}

#[tokio::test]
async fn one_request_finds_them_all_among_a_few_tags() {
    let others = [builds(20), vec!["staging".to_owned()]].concat();
    for kind in KINDS {
        let (one, many) = match kind {
            // The page, the place, and a look for each name; then known not to be entered.
            Kind::SmallPages | Kind::NoList => ([6, 5], [22, 21]),
            _ => ([1, 1], [1, 1]),
        };
        check(kind, &others, &subjects(1), one).await;
        check(kind, &others, &subjects(5), many).await;
        check(kind, &builds(20), &subjects(5), many).await;
    }
}

#[tokio::test]
async fn the_number_of_tags_does_not_count_where_their_list_can_be_entered() {
    let others = [builds(20_000), vec!["staging".to_owned()]].concat();
    check(Kind::Entered, &others, &subjects(1), [2, 1]).await;
    check(Kind::Entered, &others, &subjects(40), [2, 1]).await;
    check(Kind::All, &others, &subjects(40), [1, 1]).await;
    // Every name is looked for.
    for kind in [Kind::NotFound, Kind::EmptyPlace, Kind::IgnoresLast] {
        let first = if kind == Kind::EmptyPlace { 7 } else { 6 };
        check(kind, &builds(20_000), &subjects(1), [first, 5]).await;
    }
}

#[tokio::test]
async fn among_many_signed_images_each_costs_at_most_one() {
    let signed =
        (0..20_000u32).map(|n| format!("sha256-{}.sig", Digest::of(&n.to_be_bytes()).hex()));
    let others = [builds(2000), signed.collect()].concat();
    let expected = companions(&subjects(40));
    let listing = Listing::start(Kind::Entered, &[others, expected.clone()].concat()).await;
    for most in [41, 40] {
        let (found, count) = listing.find(&subjects(40)).await;
        assert_eq!(found, expected.iter().cloned().collect());
        assert!(count <= most, "{count} of {most}");
    }
}

#[tokio::test]
async fn an_empty_answer_is_not_trusted_before_the_list_was_seen_to_be_entered() {
    let unsigned = [Digest::of(b"unsigned")];
    // The first page, the place, and a look whether places are found.
    let listing = Listing::start(Kind::Entered, &builds(2000)).await;
    assert_eq!(listing.find(&unsigned).await, (BTreeSet::new(), 3));
    assert_eq!(listing.find(&unsigned).await, (BTreeSet::new(), 1));
    let listing = Listing::start(Kind::EmptyPlace, &builds(2000)).await;
    assert_eq!(listing.find(&unsigned).await, (BTreeSet::new(), 7));
    assert_eq!(listing.find(&unsigned).await, (BTreeSet::new(), 5));
}

#[tokio::test]
async fn a_repository_that_is_not_there_has_none() {
    let registry = TestRegistry::start(Auth::None).await;
    let nowhere = registry.repository("nowhere");
    let found = registry
        .client()
        .companion_tags(&nowhere, &subjects(3))
        .await;
    assert_eq!(found.unwrap(), []);
    assert_eq!(registry.take_log().len(), 1);
}

#[tokio::test]
async fn names_that_begin_alike_are_not_taken_for_companions() {
    let subject = Digest::of(b"x");
    let base = format!("sha256-{}", subject.hex());
    let before = &base[..base.len() - 1];
    // More neighbours than fit beside the companions, from the same beginning.
    let crowd = (0..30).map(|n| format!("{before}-{n:02}"));
    let others = [builds(2000), crowd.collect(), vec![format!("{base}.sig")]].concat();
    let listing = Listing::start(Kind::Entered, &others).await;
    let (found, _) = listing.find(&[subject]).await;
    assert_eq!(found, [format!("{base}.sig")].into());
}
