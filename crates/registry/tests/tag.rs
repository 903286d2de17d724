//! Tagging, what it costs in requests, and what registries refuse.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod support;

use liftlock_engine::ports::{RegistryError, TagWrite};
use liftlock_oci::{RawManifest, Repository, Tag};
use liftlock_registry::{Client, Layout, Name};
use support::content::{push_index, tag, tag_now};
use support::{Auth, TestRegistry, answer};

const KNOWN: &str = r#"{"auth":"dXNlcjpwYXNzd29yZA=="}"#;

struct Pushed {
    registry: TestRegistry,
    repository: Repository,
    index: RawManifest,
}

impl Pushed {
    /// An index with the tag `build`.
    async fn start(auth: Auth) -> Self {
        let registry = TestRegistry::start(auth).await;
        let repository = registry.repository("team/app");
        let client = registry.client_with(&registry.docker_config(KNOWN));
        let index = push_index(&client, &repository, "one").await;
        let name = tag("build");
        client
            .put_manifest(&repository, Name::Tag(&name), &index)
            .await
            .unwrap();
        registry.take_log();
        Self {
            registry,
            repository,
            index,
        }
    }

    fn cold(&self) -> Client {
        self.registry
            .client_with(&self.registry.docker_config(KNOWN))
    }

    fn by_digest(&self) -> Name<'static> {
        Name::Digest(self.index.digest())
    }

    /// Gives the image these tags, and returns how they ended and the number of requests.
    async fn tag(&self, client: &Client, source: Name<'_>, tags: &[Tag]) -> (Vec<TagWrite>, usize) {
        let tagged = client.tag(&self.repository, source, tags).await.unwrap();
        assert_eq!(tagged.digest, self.index.digest());
        let writes = tagged
            .tags
            .into_iter()
            .map(|(tag, write)| (tag, write.unwrap()));
        let (names, writes): (Vec<Tag>, Vec<TagWrite>) = writes.unzip();
        assert_eq!(names, tags);
        (writes, self.registry.take_log().len())
    }
}

fn tags(names: &[&str]) -> Vec<Tag> {
    names.iter().map(|name| tag(name)).collect()
}

#[tokio::test]
async fn a_retag_costs_four_requests_cold_and_two_warm_and_one_to_read_back() {
    let pushed = Pushed::start(Auth::Bearer).await;
    let (build, client) = (tag("build"), pushed.cold());
    let source = Name::Tag(&build);
    let staging = tags(&["staging"]);
    let (writes, requests) = pushed.tag(&client, source, &staging).await;
    assert_eq!((writes, requests), (vec![TagWrite::Written], 4 + 1));
    let production = tags(&["production"]);
    let (writes, requests) = pushed.tag(&client, source, &production).await;
    assert_eq!((writes, requests), (vec![TagWrite::Written], 2 + 1));
    let now = tag_now(&client, &pushed.repository, &production[0]).await;
    assert_eq!(now, Some(pushed.index.digest()));
}

#[tokio::test]
async fn nothing_to_do_is_three_requests_cold() {
    let pushed = Pushed::start(Auth::Bearer).await;
    let (source, there) = (pushed.by_digest(), tags(&["build"]));
    let client = pushed.cold();
    let (writes, requests) = pushed.tag(&client, source, &there).await;
    assert_eq!((writes, requests), (vec![TagWrite::Unchanged], 3));
    let (_, requests) = pushed.tag(&client, source, &there).await;
    assert_eq!(requests, 1);
    // What is there is left, and what is not is written: two looks, one GET, PUT and look.
    let both = tags(&["build", "staging"]);
    let (writes, requests) = pushed.tag(&client, source, &both).await;
    assert_eq!(writes, [TagWrite::Unchanged, TagWrite::Written]);
    assert_eq!(requests, 5);
}

#[tokio::test]
async fn several_tags_are_one_write_where_the_registry_confirms_each() {
    let pushed = Pushed::start(Auth::None).await;
    let (build, client) = (tag("build"), pushed.cold());
    let several = tags(&["a", "b", "c"]);
    let (writes, requests) = pushed.tag(&client, Name::Tag(&build), &several).await;
    assert_eq!(writes, [const { TagWrite::Written }; 3]);
    assert_eq!(requests, 2 + 3);
    // Twelve are two writes.
    let many: Vec<Tag> = (0..12).map(|n| tag(&format!("t{n}"))).collect();
    let (_, requests) = pushed.tag(&client, Name::Tag(&build), &many).await;
    assert_eq!(requests, 1 + 2 + 12);
}

#[tokio::test]
async fn tags_that_are_not_confirmed_are_written_one_by_one() {
    let pushed = Pushed::start(Auth::None).await;
    pushed.registry.fail_with(|request| {
        // As distribution does: the digest is written, and the tags are not.
        request.uri().query().map(|_| answer(201, ""))
    });
    let (build, client) = (tag("build"), pushed.cold());
    let source = Name::Tag(&build);
    let (writes, requests) = pushed.tag(&client, source, &tags(&["a", "b"])).await;
    assert_eq!(writes, [const { TagWrite::Written }; 2]);
    assert_eq!(requests, 1 + 1 + 2 + 2);
    let (_, requests) = pushed.tag(&client, source, &tags(&["c", "d"])).await;
    assert_eq!(requests, 1 + 2 + 2, "that was remembered");
}

#[tokio::test]
async fn a_write_of_which_no_answer_came_is_looked_for() {
    let pushed = Pushed::start(Auth::None).await;
    let layout = Layout::open(&pushed.registry.layout_folder("team/app")).unwrap();
    let index = pushed.index.clone();
    pushed.registry.fail_with(move |request| {
        (request.method() == "PUT").then(|| {
            layout.put_manifest(&index, Some(&tag("x"))).unwrap();
            answer(502, "")
        })
    });
    let (build, client) = (tag("build"), pushed.cold());
    let (writes, requests) = pushed.tag(&client, Name::Tag(&build), &tags(&["x"])).await;
    // GET, PUT, the look, and the one that reads back.
    assert_eq!((writes, requests), (vec![TagWrite::Written], 4));
}

#[tokio::test]
async fn a_write_that_someone_else_overwrote_is_lost() {
    let pushed = Pushed::start(Auth::None).await;
    let client = pushed.cold();
    let theirs = push_index(&client, &pushed.repository, "theirs").await;
    let layout = Layout::open(&pushed.registry.layout_folder("team/app")).unwrap();
    let found = Some(theirs.digest());
    pushed.registry.fail_with(move |request| {
        if request.method() == "HEAD" {
            layout.put_manifest(&theirs, Some(&tag("x"))).unwrap();
        }
        None
    });
    let (build, name) = (tag("build"), tags(&["x"]));
    let (writes, _) = pushed.tag(&client, Name::Tag(&build), &name).await;
    assert_eq!(writes, [TagWrite::Lost { found }]);
}

#[tokio::test]
async fn an_immutable_tag_that_is_there_already_is_no_error() {
    let pushed = Pushed::start(Auth::None).await;
    pushed
        .registry
        .fail_with(|request| (request.method() == "PUT").then(|| answer(412, "")));
    let (build, client) = (tag("build"), pushed.cold());
    let (writes, _) = pushed
        .tag(&client, Name::Tag(&build), &tags(&["build"]))
        .await;
    assert_eq!(writes, [TagWrite::Unchanged]);
    let new = tags(&["x"]);
    let result = client.tag(&pushed.repository, Name::Tag(&build), &new);
    let (_, write) = result.await.unwrap().tags.remove(0);
    let error = write.unwrap_err();
    assert!(matches!(error, RegistryError::Immutable { .. }), "{error}");
    assert!(error.to_string().contains("Harbor"), "{error}");
}

#[tokio::test]
async fn nothing_is_read_while_tags_are_written() {
    let pushed = Pushed::start(Auth::None).await;
    pushed.registry.fail_with(|request| {
        // Tags in a query are not known here.
        request.uri().query().map(|_| answer(201, ""))
    });
    let (build, client) = (tag("build"), pushed.cold());
    let many: Vec<Tag> = (0..40).map(|n| tag(&format!("t{n}"))).collect();
    let tagged = client.tag(&pushed.repository, Name::Tag(&build), &many);
    assert!(
        tagged
            .await
            .unwrap()
            .tags
            .iter()
            .all(|(_, write)| write.is_ok())
    );
    let log = pushed.registry.take_log();
    let is_put = |line: &&String| line.starts_with("PUT ");
    assert_eq!(log.iter().filter(is_put).count(), 1 + 40);
    let last = log.iter().rposition(|line| is_put(&line)).unwrap();
    let first = log
        .iter()
        .position(|line| line.starts_with("HEAD "))
        .unwrap();
    assert!(last < first, "{log:#?}");
}

#[tokio::test]
async fn a_tag_that_is_refused_does_not_keep_the_others() {
    let pushed = Pushed::start(Auth::None).await;
    pushed.registry.fail_with(|request| {
        let refused = request.uri().path().ends_with("/b") || request.uri().query().is_some();
        (refused && request.method() == "PUT").then(|| answer(405, ""))
    });
    let (build, client) = (tag("build"), pushed.cold());
    let names = tags(&["a", "b", "c"]);
    let tagged = client.tag(&pushed.repository, Name::Tag(&build), &names);
    let ends = tagged.await.unwrap().tags;
    let done: Vec<bool> = ends.iter().map(|(_, write)| write.is_ok()).collect();
    assert_eq!(done, [true, false, true]);
    for (name, expected) in names.iter().zip(done) {
        let now = tag_now(&client, &pushed.repository, name).await;
        assert_eq!(now.is_some(), expected, "{name}");
    }
}

#[tokio::test]
async fn a_refusal_without_a_reason_is_about_the_move_where_pushes_are_allowed() {
    let denied = r#"{"errors":[{"code":"DENIED","message":"requested access is denied"}]}"#;
    for may_push in [true, false] {
        let pushed = Pushed::start(Auth::None).await;
        let client = pushed.cold();
        let two = push_index(&client, &pushed.repository, "two").await;
        pushed.registry.take_log();
        pushed.registry.fail_with(move |request| {
            let refused = request.method() == "PUT" || (request.method() == "POST" && !may_push);
            refused.then(|| answer(403, denied))
        });
        let image = pushed.repository.pinned(two.digest());
        let expected = Some(pushed.index.digest());
        let write = client.write_tag(&image, &tag("build"), expected).await;
        let error = write.unwrap_err();
        let immutable = matches!(error, RegistryError::Immutable { .. });
        assert_eq!(immutable, may_push, "{error}");
        // The upload that was opened to see it is given up.
        let log = pushed.registry.take_log();
        let cancelled = log.iter().any(|line| line.starts_with("DELETE"));
        assert_eq!(cancelled, may_push, "{log:?}");
        // A new tag is refused for lack of rights in either case.
        let write = client.write_tag(&image, &tag("new"), None).await;
        let error = write.unwrap_err();
        assert!(matches!(error, RegistryError::Denied { .. }), "{error}");
    }
}
