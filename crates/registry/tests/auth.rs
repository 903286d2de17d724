//! Authentication, and what it costs in requests.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod support;

use liftlock_engine::ports::{RegistryError, TagWrite};
use liftlock_oci::{RawManifest, Reference, Repository};
use liftlock_registry::{Client, HttpRegistries};
use support::content::{push_index, tag, tag_now};
use support::{Auth, TestRegistry, answer, options};

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
