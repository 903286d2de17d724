//! How a server comes to its end.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use liftlock_server::{Ended, Task};
use tokio::sync::Notify;

use crate::running::start;

/// A route whose answer waits until it is told.
fn slow(reached: &Arc<Notify>, go: &Arc<Notify>) -> Router {
    let (reached, go) = (Arc::clone(reached), Arc::clone(go));
    let answer = || async move {
        reached.notify_one();
        go.notified().await;
        "done"
    };
    Router::new().route("/slow", get(answer))
}

#[tokio::test]
async fn a_request_in_flight_is_answered_and_new_ones_are_not() {
    let (reached, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let server = start(|setup, _| setup.routes.open = slow(&reached, &go)).await;
    let asked = tokio::spawn(server.client.get(server.url("/slow")).send());
    reached.notified().await;
    server.shutdown.request();
    // Until the listener is gone.
    let fresh = reqwest::Client::builder().no_proxy().build().unwrap();
    while fresh.get(server.url("/healthz")).send().await.is_ok() {}
    go.notify_one();
    let answer = asked.await.unwrap().unwrap().text().await.unwrap();
    assert_eq!(answer, "done");
    let clean = Ended {
        cut_off: false,
        tasks_cut_off: 0,
    };
    assert_eq!(server.ended.await.unwrap(), clean);
    // The store is closed.
    assert!(server.store.ledger_head().await.is_err());
}

#[tokio::test]
async fn readiness_says_no_while_the_server_still_answers() {
    let server = start(|setup, _| setup.config.shutdown_delay = Duration::from_secs(600)).await;
    server.shutdown.request();
    let ready = server.get("/readyz").await;
    assert_eq!(ready.status(), 503);
    assert!(ready.text().await.unwrap().contains("the server ends"));
    assert_eq!(server.get("/healthz").await.status(), 200);
    server.ended.abort();
}

#[tokio::test]
async fn what_goes_on_for_too_long_is_cut_off_and_counted() {
    let (reached, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let server = start(|setup, _| {
        setup.config.limits.shutdown_time = Duration::from_millis(50);
        setup.routes.open = slow(&reached, &go);
        setup
            .tasks
            .push(Task::new("stubborn", |_| std::future::pending()));
        setup
            .tasks
            .push(Task::new("obedient", |shutdown| async move {
                shutdown.requested().await;
            }));
    })
    .await;
    let asked = tokio::spawn(server.client.get(server.url("/slow")).send());
    reached.notified().await;
    server.shutdown.request();
    let ended = server.ended.await.unwrap();
    assert!(!ended.is_clean());
    assert_eq!(ended.tasks_cut_off, 1);
    drop(asked);
}

#[tokio::test]
async fn a_handler_that_panics_is_an_error_and_the_server_goes_on() {
    async fn bad() -> &'static str {
        let empty: Vec<&'static str> = Vec::new();
        empty[0]
    }
    let server = start(|setup, _| setup.routes.open = Router::new().route("/bad", get(bad))).await;
    let found = crate::running::problem(server.get("/bad").await).await;
    assert_eq!(found, (500, "internal".to_owned()));
    let text = server.get("/metrics").await.text().await.unwrap();
    assert!(text.contains("liftlock_http_panics_total 1\n"), "{text}");
}
