//! Who gets in, and the form of answers to who does not.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use liftlock_server::{Caller, Nobody};

use crate::running::{problem, start};

#[tokio::test]
async fn who_is_not_known_gets_nothing_but_health() {
    let server = start(|setup, _| {
        setup.authenticate = Arc::new(Nobody);
        // A handler that forgets to look at the caller.
        setup.routes.guarded = Router::new().route("/api/v1/careless", get(|| async { "data" }));
    })
    .await;
    for path in [
        "/log/checkpoint",
        "/log/key",
        "/log/tile/0/000",
        "/api/v1/careless",
    ] {
        let response = server.get(path).await;
        assert_eq!(response.headers()["www-authenticate"], "Bearer", "{path}");
        assert_eq!(
            problem(response).await,
            (401, "unauthenticated".to_owned()),
            "{path}"
        );
    }
    assert_eq!(server.get("/healthz").await.status(), 200);
    assert_eq!(server.get("/readyz").await.status(), 200);
}

#[tokio::test]
async fn a_caller_outside_of_guarded_routes_is_refused() {
    let whoami = || get(|caller: Caller| async move { caller.actor.to_string() });
    let server = start(|setup, _| {
        setup.routes.open = Router::new().route("/open", whoami());
        setup.routes.guarded = Router::new().route("/guarded", whoami());
    })
    .await;
    let refused = problem(server.get("/open").await).await;
    assert_eq!(refused, (401, "unauthenticated".to_owned()));
    let known = server.get("/guarded").await.text().await.unwrap();
    assert_eq!(known, "user:ada (claimed)");
}

#[tokio::test]
async fn every_error_has_the_one_form() {
    let server = start(|_, _| {}).await;
    let nothing = problem(server.get("/nothing").await).await;
    assert_eq!(nothing, (404, "not-found".to_owned()));
    let posted = server
        .client
        .post(server.url("/healthz"))
        .send()
        .await
        .unwrap();
    assert_eq!(posted.headers()["allow"], "GET,HEAD");
    assert_eq!(
        problem(posted).await,
        (405, "method-not-allowed".to_owned())
    );
}

#[tokio::test]
async fn every_answer_has_an_id_and_keeps_browsers_from_guessing() {
    let server = start(|_, _| {}).await;
    let (first, second) = (server.get("/healthz").await, server.get("/nothing").await);
    let id = |response: &reqwest::Response| response.headers()["x-request-id"].clone();
    assert_ne!(id(&first), id(&second));
    for response in [first, second] {
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert!(!response.headers().contains_key("strict-transport-security"));
    }
}

#[tokio::test]
async fn where_names_are_claimed_only_this_machine_is_answered_by_its_own_name() {
    let server = start(|_, _| {}).await;
    let asked = |host: &'static str| {
        let request = server.client.get(server.url("/log/checkpoint"));
        request.header("host", host).send()
    };
    for own in ["localhost", "localhost:8080", "127.0.0.1:1", "[::1]:8080"] {
        assert_eq!(asked(own).await.unwrap().status(), 200, "{own}");
    }
    for other in [
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "10.0.0.1",
    ] {
        let refused = problem(asked(other).await.unwrap()).await;
        assert_eq!(refused, (403, "not-allowed".to_owned()), "{other}");
    }
}
