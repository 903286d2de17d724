//! One of each kind of actor.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::request;
use liftlock_core::{Actor, Authentication, Time};
use liftlock_identity::{Caller, Credential, Scope, SessionUse};
use liftlock_server::{Authenticate, Authenticating};
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::running::Running;

/// The kinds, in the order of the table's letters.
pub(super) const ACTORS: [&str; 11] = [
    "nobody",
    "claimed",
    "ci",
    "bound",
    "person",
    "approver",
    "administrator",
    "auditor",
    "creator",
    "worker",
    "agent",
];

/// Says who a person or a worker is; everyone else has a token.
const PERSON: &str = "x-logged-in";

pub(super) fn now() -> Time {
    Time::from_us(1_800_000_000_000_000)
}

/// Takes people for logged in, as a provider of OpenID Connect would have them be, and knows
/// everyone else by their tokens. Of their sessions there is no record: what is about a session
/// itself does not know them.
pub(super) struct People(pub(super) Arc<dyn Authenticate>);

impl Authenticate for People {
    fn authenticate<'a>(&'a self, request: &'a mut request::Parts) -> Authenticating<'a> {
        let Some(person) = request.headers.get(PERSON) else {
            return self.0.authenticate(request);
        };
        let actor = Actor {
            identity: person.to_str().unwrap().parse().unwrap(),
            authentication: Authentication::Authenticated,
        };
        request.extensions.insert(Caller {
            actor: actor.clone(),
            name: None,
            groups: Default::default(),
            scope: Scope::All,
            labels: None,
            credential: Credential::Session {
                id: "s".to_owned(),
                used_by: SessionUse::CommandLine,
            },
            administrator: false,
            expires: now(),
        });
        Box::pin(std::future::ready(Ok(actor)))
    }
}

pub(super) struct Actors {
    tokens: BTreeMap<&'static str, String>,
}

impl Actors {
    pub(super) async fn make(server: &Running, setup: &str) -> Self {
        let post = async |path: &str, token: Option<&str>, body: Value| {
            let request = server.client.post(server.url(path));
            let request = request.header("content-type", "application/json");
            let request = request.body(body.to_string());
            let request = match token {
                Some(token) => request.bearer_auth(token),
                None => request,
            };
            let made = request.send().await.unwrap().bytes().await.unwrap();
            serde_json::from_slice::<Value>(&made).unwrap()
        };
        let first = json!({ "setup_token": setup, "administrator": { "token": "admin" } });
        let first = post("/api/v1/setup", None, first).await;
        let admin = first["created"]["secret"].as_str().unwrap().to_owned();
        let mut tokens = BTreeMap::new();
        for (name, pipelines) in [
            ("ci", Value::Null),
            ("bound", json!(["other"])),
            ("auditor", Value::Null),
            ("creator", Value::Null),
        ] {
            // What is bound elsewhere would be let in but for that.
            let named = if name == "bound" { "ci" } else { name };
            let wanted = json!({ "name": named, "pipelines": pipelines });
            let made = post("/api/v1/tokens", Some(&admin), wanted).await;
            tokens.insert(name, made["secret"].as_str().unwrap().to_owned());
        }
        let wanted = json!({ "name": "edge", "labels": ["prod-host"] });
        let made = post("/api/v1/tokens", Some(&admin), wanted).await;
        tokens.insert("agent", made["secret"].as_str().unwrap().to_owned());
        tokens.insert("administrator", admin);
        Self { tokens }
    }

    /// The request with what the actor shows.
    pub(super) fn sign(&self, actor: &str, request: RequestBuilder) -> RequestBuilder {
        match actor {
            "nobody" => request,
            "claimed" => request.header("liftlock-as", "admin"),
            "person" => request.header(PERSON, "oidc:stranger"),
            "approver" => request.header(PERSON, "oidc:approver"),
            "worker" => request.header(PERSON, "worker:agent"),
            actor => request.bearer_auth(&self.tokens[actor]),
        }
    }
}
