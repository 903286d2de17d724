//! Requests of a cold process: more than the budget fails.

use axum::extract::Request;
use axum::response::Response;
use liftlock_oci::media_types;
use liftlock_registry::{Choice, CopyRequest, Place};

use crate::built::{LARGE, Source, repository, request, run};
use crate::support::{Auth, TestRegistry, answer};

const ENTRY: &str = r#"{"auth":"dXNlcjpwYXNzd29yZA=="}"#;

/// Five layers and a configuration.
fn image(source: &Source) {
    let image = source.image("app", &[LARGE, LARGE, LARGE, LARGE, LARGE]);
    source.tag(&image, "build-1");
}

async fn filled(source: &Source, auth: Auth) -> TestRegistry {
    let registry = TestRegistry::start(auth).await;
    let to = cold(&registry, "team/app");
    run(&request(source.place(), "build-1", &[(&to, "build-1")]))
        .await
        .unwrap();
    registry.take_log();
    registry
}

/// A place whose client has spoken to nobody.
fn cold(registry: &TestRegistry, path: &str) -> Place {
    let config = registry.docker_config(ENTRY);
    repository(registry.client_with(&config), registry.repository(path))
}

fn without_referrers(mut request: CopyRequest) -> CopyRequest {
    request.choice = Choice {
        referrers: false,
        ..Choice::default()
    };
    request
}

/// Requests within the budget, of which one reads the tag back.
fn expect(log: &[String], budget: usize) {
    assert!(log.len() <= budget, "{} of {budget}: {log:#?}", log.len());
}

#[tokio::test]
async fn to_another_repository_of_one_registry() {
    let source = Source::new();
    image(&source);
    let registry = filled(&source, Auth::Bearer).await;
    // One client for both: it is one registry.
    let Place::Repository { client, .. } = cold(&registry, "team/app") else {
        unreachable!("it was made as one")
    };
    let place = |path: &str| Place::Repository {
        client: client.clone(),
        repository: registry.repository(path),
    };
    let from = place("team/app");
    let to = place("prod/app");
    let asked = without_referrers(request(from.clone(), "build-1", &[(&to, "live")]));
    run(&asked).await.unwrap();
    let log = registry.take_log();
    // 401, token for both, manifest, a look at the tag, six mounts, the tag, read back.
    expect(&log, 12);
    assert!(!log.iter().any(|line| line.contains("PATCH")), "{log:?}");
    let moved = log
        .iter()
        .filter(|l| l.starts_with("GET") && l.contains("/blobs/"));
    assert_eq!(moved.count(), 0, "no byte of a layer came through here");

    run(&asked).await.unwrap();
    expect(&registry.take_log(), 2);
}

#[tokio::test]
async fn to_another_registry() {
    let source = Source::new();
    image(&source);
    let origin = filled(&source, Auth::None).await;
    let target = TestRegistry::start(Auth::None).await;
    let from = cold(&origin, "team/app");
    let to = cold(&target, "app");
    let asked = without_referrers(request(from, "build-1", &[(&to, "live")]));
    run(&asked).await.unwrap();
    let (reads, writes) = (origin.take_log(), target.take_log());
    expect(&reads, 7);
    expect(&writes, 13 + 1);

    let asked = without_referrers(request(
        cold(&origin, "team/app"),
        "build-1",
        &[(&cold(&target, "app"), "live")],
    ));
    let again = run(&asked).await.unwrap();
    assert!(again.destinations[0].is_unchanged());
    let log = [origin.take_log(), target.take_log()].concat();
    expect(&log, 3);
}

#[tokio::test]
async fn to_another_registry_with_tokens() {
    let source = Source::new();
    image(&source);
    let origin = filled(&source, Auth::Bearer).await;
    let target = TestRegistry::start(Auth::Bearer).await;
    let cold_copy = || {
        let (from, to) = (cold(&origin, "team/app"), cold(&target, "app"));
        without_referrers(request(from, "build-1", &[(&to, "live")]))
    };
    run(&cold_copy()).await.unwrap();
    // A 401 and a token each, and a look at the tag.
    expect(&origin.take_log(), 2 + 7);
    expect(&target.take_log(), 2 + 1 + 13 + 1);

    let again = run(&cold_copy()).await.unwrap();
    assert!(again.destinations[0].is_unchanged());
    expect(&origin.take_log(), 2 + 1);
    expect(&target.take_log(), 2 + 1);
}

#[tokio::test]
async fn to_many_registries() {
    let source = Source::new();
    image(&source);
    let origin = filled(&source, Auth::None).await;
    let mut mirrors = Vec::new();
    for _ in 0..21 {
        mirrors.push(TestRegistry::start(Auth::None).await);
    }
    let places: Vec<Place> = mirrors.iter().map(|mirror| cold(mirror, "app")).collect();
    let to: Vec<(&Place, &str)> = places.iter().map(|place| (place, "live")).collect();
    let from = cold(&origin, "team/app");
    run(&without_referrers(request(from, "build-1", &to)))
        .await
        .unwrap();
    let mut log = origin.take_log();
    let reads = log.iter().filter(|line| line.contains("/blobs/")).count();
    assert_eq!(reads, 6, "every layer read once");
    log.extend(mirrors.iter().flat_map(TestRegistry::take_log));
    // And each mirror's tag read back.
    expect(&log, 280 + 21);
}

/// The requests to the source of a copy that looks for referrers.
async fn looked(origin: &TestRegistry, tag: &str) -> Vec<String> {
    origin.take_log();
    let target = TestRegistry::start(Auth::None).await;
    let from = cold(origin, "team/app");
    let to = cold(&target, "app");
    run(&request(from, tag, &[(&to, "live")])).await.unwrap();
    origin.take_log()
}

fn no_api(request: &Request) -> Option<Response> {
    let is_api = request.uri().path().contains("/referrers/");
    is_api.then(|| answer(404, "404 page not found\n"))
}

#[tokio::test]
async fn looking_for_referrers_costs_two_requests() {
    let source = Source::new();
    image(&source);
    let origin = filled(&source, Auth::None).await;
    expect(&looked(&origin, "build-1").await, 7 + 2);
    origin.fail_with(no_api);
    expect(&looked(&origin, "build-1").await, 7 + 2);
}

#[tokio::test]
async fn looking_for_referrers_of_many_manifests_costs_one_request_each() {
    let source = Source::new();
    let platforms = ["linux/amd64", "linux/arm64", "linux/s390x", "linux/riscv64"];
    let index = source.index("app", &platforms, media_types::OCI_INDEX);
    source.tag(&index, "build-1");
    let origin = filled(&source, Auth::None).await;
    // The index and what it lists, and each one's layers and configuration, of which none are
    // shared.
    let read = 5 + 4 * 3;
    expect(&looked(&origin, "build-1").await, read + 5 + 1);
    // Without the API, one answer says so, and one list has the tags of all.
    origin.fail_with(no_api);
    expect(&looked(&origin, "build-1").await, read + 1 + 1);
}
