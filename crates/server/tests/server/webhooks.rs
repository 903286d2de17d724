//! What is told of webhooks, and to whom.

use std::sync::Arc;

use axum::http::request;
use liftlock_core::{Actor, Authentication};
use liftlock_hooks::outbox::Outbox as _;
use liftlock_server::{Authenticate, Authenticating};
use reqwest::Response;
use serde_json::Value;

use crate::running::{Running, problem, start};

/// Everyone is a person who is known, and no administrator.
struct Anyone;

impl Authenticate for Anyone {
    fn authenticate<'a>(&'a self, _: &'a mut request::Parts) -> Authenticating<'a> {
        let actor = Actor {
            identity: "oidc:ada".parse().unwrap(),
            authentication: Authentication::Authenticated,
        };
        Box::pin(std::future::ready(Ok(actor)))
    }
}

const PLACES: [(&str, bool); 4] = [
    ("/api/v1/webhooks", false),
    ("/api/v1/webhooks/chat/dead", false),
    ("/api/v1/webhooks/chat/dead/resend", true),
    ("/api/v1/webhooks/chat/dead/drop", true),
];

async fn post(server: &Running, path: &str, body: &'static str) -> Response {
    let asked = server.client.post(server.url(path)).body(body);
    let asked = asked.header("content-type", "application/json");
    asked.send().await.unwrap()
}

async fn document(response: Response) -> Value {
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
}

#[tokio::test]
async fn webhooks_are_for_administrators() {
    let server = start(|setup, _| setup.authenticate = Arc::new(Anyone)).await;
    for (path, changes) in PLACES {
        let answer = match changes {
            true => post(&server, path, "{\"all\":true}").await,
            false => server.get(path).await,
        };
        let found = problem(answer).await;
        assert_eq!(found, (403, "not-allowed".to_owned()), "{path}");
    }
}

#[tokio::test]
async fn which_letters_has_to_be_said() {
    let server = start(|_, _| {}).await;
    server.store.begin("chat", 0).await.unwrap();
    let list = document(server.get(PLACES[0].0).await).await;
    assert_eq!(list["webhooks"][0]["name"], "chat", "{list}");
    for body in [
        "{}",
        "{\"seq\":1,\"all\":true}",
        "{\"every\":true}",
        "[]",
        "{\"seq\":-1}",
    ] {
        let (status, _) = problem(post(&server, PLACES[3].0, body).await).await;
        assert_eq!(status, 422, "{body}");
    }
    let all = post(&server, PLACES[3].0, "{\"all\":true}").await;
    assert_eq!(document(all).await["count"], 0);
}
