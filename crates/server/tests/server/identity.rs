//! Who is asking, over HTTP: the first start, tokens, and how far they reach.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use liftlock_core::Time;
use liftlock_identity::{Identities, IdentityConfig};
use liftlock_server::{Caller, Known};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::running::{self, Running, problem};

fn now() -> Time {
    Time::from_us(1_800_000_000_000_000)
}

struct Asked {
    server: Running,
    setup: String,
}

async fn start() -> Asked {
    let mut made = None;
    let server = running::start(|setup, _| {
        let config: IdentityConfig = serde_json::from_value(json!({})).unwrap();
        let identities = Identities::new(config, "http://127.0.0.1:8080", setup.store.clone());
        let identities = Arc::new(identities.unwrap());
        let known = Known::new(Arc::clone(&identities), now);
        let whoever = |caller: Caller| async move { caller.actor.to_string() };
        let pipelines = Router::new().route("/api/v1/pipelines/{name}", post(whoever));
        let others = Router::new().route("/api/v1/other", get(whoever));
        setup.authenticate = known.authenticate;
        setup.routes.guarded = known.routes.guarded.merge(pipelines).merge(others);
        setup.routes.open = known.routes.open;
        setup.tasks.push(known.task);
        made = Some(identities);
    })
    .await;
    let setup = made.unwrap().setup_token(now()).await.unwrap().unwrap();
    let setup = setup.expose().to_owned();
    Asked { server, setup }
}

impl Asked {
    async fn ask(&self, method: Method, path: &str, token: &str, body: Value) -> Response {
        let request = self.server.client.request(method, self.server.url(path));
        let request = if token.is_empty() {
            request
        } else {
            request.bearer_auth(token)
        };
        let request = request.header("content-type", "application/json");
        request.body(body.to_string()).send().await.unwrap()
    }

    async fn root(&self) -> String {
        let body = json!({ "setup_token": self.setup, "administrator": { "token": "root" } });
        let done = json_of(self.ask(Method::POST, "/api/v1/setup", "", body).await, 200).await;
        done["created"]["secret"].as_str().unwrap().to_owned()
    }

    async fn token(&self, by: &str, wanted: Value) -> String {
        let made = self.ask(Method::POST, "/api/v1/tokens", by, wanted).await;
        json_of(made, 201).await["secret"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

async fn json_of(response: Response, status: u16) -> Value {
    let found = response.status().as_u16();
    let body = response.bytes().await.unwrap();
    let text = String::from_utf8_lossy(&body);
    assert_eq!(found, status, "{text}");
    serde_json::from_slice(&body).unwrap()
}

#[tokio::test]
async fn from_the_first_start_to_a_token_that_is_revoked() {
    let asked = start().await;
    let root = asked.root().await;
    let again = json!({ "setup_token": asked.setup, "administrator": { "token": "me" } });
    let again = asked.ask(Method::POST, "/api/v1/setup", "", again).await;
    assert_eq!(problem(again).await, (401, "setup-token-void".to_owned()));
    let wanted = json!({ "name": "ci", "lasts": "30d" });
    let ci = asked.token(&root, wanted).await;
    let who = asked
        .ask(Method::GET, "/api/v1/whoami", &ci, Value::Null)
        .await;
    let who = json_of(who, 200).await;
    assert_eq!(
        (&who["identity"], &who["administrator"]),
        (&json!("token:ci"), &json!(false))
    );
    let listed = asked
        .ask(Method::GET, "/api/v1/tokens", &root, Value::Null)
        .await;
    let listed = json_of(listed, 200).await;
    assert_eq!(listed["tokens"].as_array().unwrap().len(), 2);
    assert!(!listed.to_string().contains(&ci[6..20]));
    let refused = asked
        .ask(Method::GET, "/api/v1/tokens", &ci, Value::Null)
        .await;
    assert_eq!(
        problem(refused).await,
        (403, "not-administrator".to_owned())
    );
    let revoked = asked
        .ask(Method::DELETE, "/api/v1/tokens/ci", &root, Value::Null)
        .await;
    assert_eq!(revoked.status(), 200);
    let refused = asked
        .ask(Method::GET, "/api/v1/whoami", &ci, Value::Null)
        .await;
    assert_eq!(refused.headers()["www-authenticate"], "Bearer");
    assert_eq!(problem(refused).await, (401, "ended".to_owned()));
}

#[tokio::test]
async fn a_token_for_one_pipeline_reaches_that_and_itself() {
    let asked = start().await;
    let root = asked.root().await;
    let ci = asked
        .token(&root, json!({ "name": "ci", "pipelines": ["shop"] }))
        .await;
    for (method, path, status) in [
        (Method::POST, "/api/v1/pipelines/shop", 200),
        (Method::GET, "/api/v1/whoami", 200),
        (Method::POST, "/api/v1/pipelines/other", 403),
        (Method::POST, "/api/v1/pipelines/%73hop", 403),
        (Method::GET, "/api/v1/other", 403),
        (Method::GET, "/log/checkpoint", 403),
    ] {
        let answer = asked.ask(method, path, &ci, Value::Null).await;
        assert_eq!(answer.status(), status, "{path}");
        let by_root = asked
            .ask(Method::GET, "/api/v1/other", &root, Value::Null)
            .await;
        assert_eq!(by_root.status(), 200);
    }
}

#[tokio::test]
async fn what_is_asked_in_another_form_is_refused_in_the_one_form() {
    let asked = start().await;
    let root = asked.root().await;
    let post = Method::POST;
    for (path, token, body, status, code) in [
        ("/api/v1/tokens", root.as_str(), json!({}), 422, "invalid"),
        (
            "/api/v1/tokens",
            &root,
            json!({"name": "a b"}),
            422,
            "invalid",
        ),
        (
            "/api/v1/tokens",
            &root,
            json!({"name": "a", "lasts": "2y"}),
            422,
            "invalid",
        ),
        (
            "/api/v1/tokens",
            &root,
            json!({"name": "a", "lasts": "366d"}),
            422,
            "token-lasts",
        ),
        (
            "/api/v1/tokens",
            &root,
            json!({"name": "a", "admin": true}),
            422,
            "invalid",
        ),
        (
            "/api/v1/tokens",
            "",
            json!({"name": "a"}),
            401,
            "unauthenticated",
        ),
        (
            "/api/v1/login",
            "",
            json!({"redirect_uri": "https://evil.example"}),
            422,
            "login-redirect",
        ),
        (
            "/api/v1/login",
            "",
            json!({"redirect_uri": "http://127.0.0.1:9000/callback"}),
            404,
            "no-provider",
        ),
        (
            "/api/v1/login/finish",
            "",
            json!({"login": "x", "query": ""}),
            404,
            "no-provider",
        ),
        (
            "/api/v1/exchange",
            "",
            json!({"token": "x"}),
            401,
            "no-rule",
        ),
        ("/api/v1/logout", &root, json!({}), 409, "no-session"),
    ] {
        let answer = asked.ask(post.clone(), path, token, body.clone()).await;
        assert_eq!(
            problem(answer).await,
            (status, code.to_owned()),
            "{path} {body}"
        );
    }
    let browser = asked.server.get("/login/callback?code=x&state=y").await;
    assert_eq!(problem(browser).await, (401, "unknown-login".to_owned()));
}

#[tokio::test]
async fn administrators_are_named_and_removed() {
    let asked = start().await;
    let root = asked.root().await;
    let path = "/api/v1/administrators";
    let put = asked
        .ask(
            Method::PUT,
            &format!("{path}/oidc:alice"),
            &root,
            Value::Null,
        )
        .await;
    assert_eq!(put.status(), 204);
    let all = asked.ask(Method::GET, path, &root, Value::Null).await;
    let all = json_of(all, 200).await;
    assert_eq!(all["administrators"], json!(["token:root", "oidc:alice"]));
    let bad = asked
        .ask(Method::PUT, &format!("{path}/alice"), &root, Value::Null)
        .await;
    assert_eq!(problem(bad).await, (422, "not-identity".to_owned()));
    let gone = asked
        .ask(
            Method::DELETE,
            &format!("{path}/oidc:alice"),
            &root,
            Value::Null,
        )
        .await;
    assert_eq!(gone.status(), 204);
    let last = asked
        .ask(
            Method::DELETE,
            &format!("{path}/token:root"),
            &root,
            Value::Null,
        )
        .await;
    assert_eq!(problem(last).await, (409, "last-administrator".to_owned()));
}
