//! Authentication, and what it costs in requests.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use liftlock_engine::ports::{RegistryError, TagWrite};
use liftlock_oci::{Descriptor, RawManifest, Reference, Repository, Tag, media_types};
use liftlock_registry::{Begun, Client, HttpRegistries, Name, upload_body};
use support::content::{push_image, push_index, tag, tag_now};
use support::{Auth, TestRegistry, answer, options};
use tokio::sync::Barrier;

const KNOWN: &str = r#"{"auth":"dXNlcjpwYXNzd29yZA=="}"#;
const WRONG: &str = r#"{"auth":"dXNlcjpodW50ZXIy"}"#;

async fn pushed(registry: &TestRegistry) -> (Repository, RawManifest) {
    let repository = registry.repository("team/app");
    let client = registry.client_with(&registry.docker_config(KNOWN));
    let index = push_index(&client, &repository, "one").await;
    registry.take_log();
    (repository, index)
}

fn cold(registry: &TestRegistry) -> Client {
    registry.client_with(&registry.docker_config(KNOWN))
}

#[tokio::test]
async fn a_retag_with_nothing_known_stays_in_its_budget() {
    let registry = TestRegistry::start(Auth::Bearer).await;
    let (repository, index) = pushed(&registry).await;
    let image = repository.pinned(index.digest());
    let result = cold(&registry).write_tag(&image, &tag("x"), None).await;
    assert_eq!(result.unwrap(), TagWrite::Written);
    let digest = index.digest();
    assert_eq!(
        registry.take_log(),
        [
            "HEAD /v2/team/app/manifests/x 401".to_owned(),
            "GET /token 200".to_owned(),
            "HEAD /v2/team/app/manifests/x 404".to_owned(),
            format!("GET /v2/team/app/manifests/{digest} 200"),
            "PUT /v2/team/app/manifests/x 201".to_owned(),
            "HEAD /v2/team/app/manifests/x 200".to_owned(),
        ]
    );
}

#[tokio::test]
async fn a_retag_after_resolving_needs_two_requests_and_one_to_read_back() {
    let registry = TestRegistry::start(Auth::Bearer).await;
    let (repository, index) = pushed(&registry).await;
    let client = cold(&registry);
    let reference: Reference = format!("{repository}@{}", index.digest()).parse().unwrap();
    client.resolve(&reference).await.unwrap();
    // 401, token, index, three children.
    assert_eq!(registry.take_log().len(), 6);
    let image = repository.pinned(index.digest());
    client.write_tag(&image, &tag("x"), None).await.unwrap();
    // A token to push; then HEAD, PUT, HEAD.
    let log = registry.take_log();
    assert_eq!(log.len(), 4, "{log:?}");
    client.write_tag(&image, &tag("y"), None).await.unwrap();
    let log = registry.take_log();
    assert_eq!(log.len(), 3, "{log:?}");
    client.write_tag(&image, &tag("y"), None).await.unwrap();
    let log = registry.take_log();
    assert_eq!(log.len(), 1, "{log:?}");
}

#[tokio::test]
async fn a_token_that_is_refused_is_replaced_once() {
    let registry = TestRegistry::start(Auth::Bearer).await;
    let (repository, _) = pushed(&registry).await;
    let client = cold(&registry);
    tag_now(&client, &repository, &tag("x")).await;
    registry.take_log();
    let refused = std::sync::atomic::AtomicBool::new(false);
    let challenge = format!(r#"Bearer realm="http://{}/token""#, registry.host);
    registry.fail_with(move |_| {
        let first = !refused.swap(true, std::sync::atomic::Ordering::SeqCst);
        first.then(|| support::with(answer(401, ""), "www-authenticate", &challenge))
    });
    assert_eq!(tag_now(&client, &repository, &tag("x")).await, None);
    let log = registry.take_log();
    assert_eq!(log.len(), 3, "{log:?}");
}

#[tokio::test]
async fn basic_authentication_works() {
    let registry = TestRegistry::start(Auth::Basic).await;
    let (repository, index) = pushed(&registry).await;
    let image = repository.pinned(index.digest());
    let result = cold(&registry).write_tag(&image, &tag("x"), None).await;
    assert_eq!(result.unwrap(), TagWrite::Written);
}

#[tokio::test]
async fn wrong_or_missing_credentials_say_how_to_log_in() {
    for auth in [Auth::Basic, Auth::Bearer] {
        let registry = TestRegistry::start(auth).await;
        let (repository, _) = pushed(&registry).await;
        let wrong = registry.client_with(&registry.docker_config(WRONG));
        for client in [wrong, registry.client()] {
            let error = client.tags(&repository).await.unwrap_err();
            assert!(matches!(error, RegistryError::Denied { .. }), "{error}");
            let text = format!("{error} {error:?}");
            assert!(
                text.contains(&format!("docker login {}", registry.host)),
                "{text}"
            );
            assert!(
                !text.contains("hunter2") && !text.contains("aHVudGVyM"),
                "{text}"
            );
            assert!(!format!("{client:?}").contains("hunter2"));
        }
    }
}

#[tokio::test]
async fn an_identity_token_goes_to_the_token_service_as_a_form() {
    let registry = TestRegistry::start(Auth::Bearer).await;
    let (repository, _) = pushed(&registry).await;
    let with = |token: &str| {
        let entry = format!(r#"{{"identitytoken":"{token}"}}"#);
        registry.client_with(&registry.docker_config(&entry))
    };
    assert_eq!(with("a refresh&token").tags(&repository).await.unwrap(), []);
    assert!(registry.take_log().contains(&"POST /token 200".to_owned()));
    let error = with("expired").tags(&repository).await.unwrap_err();
    assert!(matches!(error, RegistryError::Denied { .. }), "{error}");
}

#[tokio::test]
async fn credentials_never_go_to_a_token_service_without_tls() {
    let registry = TestRegistry::start(Auth::None).await;
    let challenge = r#"Bearer realm="http://auth.example.com/token",service="s""#;
    registry.fail_with(move |_| {
        Some(support::with(
            answer(401, ""),
            "www-authenticate",
            challenge,
        ))
    });
    let repository = registry.repository("app");
    let error = cold(&registry).tags(&repository).await.unwrap_err();
    assert!(error.to_string().contains("no https address"), "{error}");
}

#[tokio::test]
async fn a_registry_that_is_down_is_named() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    drop(listener);
    let registries = HttpRegistries::new(options());
    let repository: Repository = format!("{host}/app").parse().unwrap();
    let client = registries.client(&host).unwrap();
    let error = client.tags(&repository).await.unwrap_err();
    assert!(
        matches!(error, RegistryError::Unreachable { .. }),
        "{error}"
    );
    assert!(error.to_string().contains(&host), "{error}");
}

#[tokio::test]
async fn an_identity_token_is_a_password_where_there_is_no_oauth2_form() {
    for status in [404, 405] {
        let registry = TestRegistry::start(Auth::Bearer).await;
        let (repository, _) = pushed(&registry).await;
        registry.tokens.lock().unwrap().post_status = Some(status);
        let entry = r#"{"identitytoken":"a refresh&token"}"#;
        let client = registry.client_with(&registry.docker_config(entry));
        assert_eq!(client.tags(&repository).await.unwrap(), []);
        let posted = format!("POST /token {status}");
        let log = registry.take_log();
        assert_eq!(log[1..3], [posted.as_str(), "GET /token 200"]);
    }
}

/// Asks for the tags of these repositories at once.
async fn at_once(
    client: &Client,
    repositories: Vec<Repository>,
) -> Vec<Result<Vec<Tag>, RegistryError>> {
    let asked = repositories.into_iter().map(|repository| {
        let client = client.clone();
        tokio::spawn(async move { client.tags(&repository).await })
    });
    let mut answers = Vec::new();
    for asked in asked.collect::<Vec<_>>() {
        answers.push(asked.await.unwrap());
    }
    answers
}

fn token_requests(log: &[String]) -> usize {
    log.iter().filter(|line| line.contains("/token ")).count()
}

#[tokio::test]
async fn requests_that_need_the_same_token_ask_for_it_once() {
    let registry = TestRegistry::start(Auth::Bearer).await;
    let (repository, _) = pushed(&registry).await;
    let answers = at_once(&cold(&registry), vec![repository; 8]).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(token_requests(&registry.take_log()), 1);
}

#[tokio::test]
async fn a_wrong_password_is_shown_once_however_many_wait() {
    let registry = TestRegistry::start(Auth::Bearer).await;
    let (repository, _) = pushed(&registry).await;
    let client = registry.client_with(&registry.docker_config(WRONG));
    // The service answers when all the others wait for it.
    let barrier = Arc::new(Barrier::new(2));
    registry.tokens.lock().unwrap().barrier = Some(Arc::clone(&barrier));
    let log = Arc::clone(&registry.log);
    let opened = async {
        while log.lock().unwrap().len() < 8 {
            tokio::task::yield_now().await;
        }
        // What was answered is to arrive, too.
        for _ in 0..1000 {
            tokio::task::yield_now().await;
        }
        barrier.wait().await;
    };
    let (answers, ()) = tokio::join!(at_once(&client, vec![repository; 8]), opened);
    for answer in answers {
        let error = answer.unwrap_err();
        assert!(error.to_string().contains("wrong password"), "{error}");
    }
    assert_eq!(token_requests(&registry.take_log()), 1);
}

#[tokio::test]
async fn tokens_for_other_scopes_are_asked_for_at_the_same_time() {
    let registry = TestRegistry::start(Auth::Bearer).await;
    let client = cold(&registry);
    // Each is answered when the other has come.
    registry.tokens.lock().unwrap().barrier = Some(Arc::new(Barrier::new(2)));
    let two = ["a", "b"].map(|path| registry.repository(path));
    let answers = at_once(&client, two.to_vec());
    let answers = tokio::time::timeout(Duration::from_secs(30), answers).await;
    for answer in answers.expect("one waits for the other") {
        assert!(matches!(answer, Err(RegistryError::NotFound { .. })));
    }
}

#[tokio::test]
async fn a_token_that_ends_during_a_copy_is_replaced_before_it_is_refused() {
    let registry = TestRegistry::start(Auth::Bearer).await;
    let client = cold(&registry);
    let repository = registry.repository("app");
    let image = push_image(&client, &repository, "linux/amd64", "").await;
    registry.take_log();
    // Tokens here live for 300 seconds.
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(296)).await;
    tokio::time::resume();
    let name = tag("x");
    let put = client.put_manifest(&repository, Name::Tag(&name), &image);
    put.await.unwrap();
    let log = registry.take_log();
    assert_eq!(log, ["GET /token 200", "PUT /v2/app/manifests/x 201"]);
}

#[tokio::test]
async fn a_long_upload_is_begun_with_a_token_that_has_half_its_life_left() {
    let registry = TestRegistry::start(Auth::Bearer).await;
    let client = cold(&registry);
    let repository = registry.repository("app");
    let blob = Descriptor::of(media_types::OCI_LAYER, b"layer");
    let begun = client.begin_upload(&repository, &blob, None).await;
    let Begun::Upload(session) = begun.unwrap() else {
        panic!("nothing is there yet");
    };
    registry.take_log();
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(150)).await;
    tokio::time::resume();
    // A request needs no new one yet.
    let _ = client.has_blob(&repository, blob.digest).await.unwrap();
    assert_eq!(token_requests(&registry.take_log()), 0);
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    sender.send(Ok("layer".into())).await.unwrap();
    let body = upload_body(blob.size, receiver);
    let finished = client.finish_upload(&repository, session, &blob, body);
    finished.await.unwrap();
    assert_eq!(token_requests(&registry.take_log()), 1);
}

#[tokio::test]
async fn a_password_that_was_refused_is_looked_up_again_and_not_shown_again() {
    for (auth, requests) in [(Auth::Basic, 2), (Auth::Bearer, 2)] {
        let registry = TestRegistry::start(auth).await;
        let (repository, _) = pushed(&registry).await;
        let client = registry.client_with(&registry.docker_config(WRONG));
        let error = client.tags(&repository).await.unwrap_err();
        assert!(matches!(error, RegistryError::Denied { .. }), "{error}");
        assert_eq!(registry.take_log().len(), requests);
        // Whoever logs in now does not have to begin again.
        drop(cold(&registry));
        client.tags(&repository).await.unwrap();
    }
}
