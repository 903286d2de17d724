//! `/healthz` and `/readyz`.

use liftlock_server::Task;
use serde_json::{Value, json};

use crate::running::start;

async fn json(response: reqwest::Response) -> Value {
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
}

#[tokio::test]
async fn a_server_that_runs_lives_and_is_ready() {
    let server = start(|_, _| {}).await;
    assert_eq!(server.get("/healthz").await.text().await.unwrap(), "ok\n");
    let ready = server.get("/readyz").await;
    assert_eq!(ready.status(), 200);
    let expected = json!({ "version": 1, "status": "ready", "reasons": [] });
    assert_eq!(json(ready).await, expected);
}

#[tokio::test]
async fn a_task_that_ended_is_a_reason_not_to_be_ready() {
    let server = start(|setup, _| {
        setup.tasks.push(Task::new("lazy worker", |_| async {}));
    })
    .await;
    let reasons = loop {
        let ready = server.get("/readyz").await;
        if ready.status() == 503 {
            break json(ready).await["reasons"].clone();
        }
    };
    assert_eq!(reasons, json!(["lazy worker has ended"]));
    assert_eq!(server.get("/healthz").await.status(), 200);
}

#[tokio::test]
async fn a_closed_state_is_a_reason_not_to_be_ready_and_is_not_shown() {
    let server = start(|_, _| {}).await;
    server.store.clone().close().await;
    let ready = server.get("/readyz").await;
    assert_eq!(ready.status(), 503);
    let body = json(ready).await;
    assert_eq!(body["reasons"], json!(["the state cannot be read"]));
    assert!(!body.to_string().contains("state.db"));
}
