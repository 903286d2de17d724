//! Everything that the API's description has is asked by each kind of actor: what comes back must be
//! what [`table`] says. An operation without a row there fails.
//!
//! What commands refuse by their own rules, such as a token that approves, is told in the tests of
//! `core::access` and of the verbs; here it is asked who is let through to them.

mod actors;
mod table;

use std::collections::BTreeSet;
use std::sync::Arc;

use liftlock_core::access::ServerRoles;
use liftlock_delivery::{DeliveryOptions, LocalDelivery};
use liftlock_engine::ports::NoAttestations;
use liftlock_hooks::incoming::IncomingSettings;
use liftlock_identity::{Identities, IdentityConfig};
use liftlock_registry::{HttpRegistries, Options};
use liftlock_server::agents::{LEASE_TIME, agents};
use liftlock_server::{Known, Rate, api, hooks};
use liftlock_verbs::Site;
use liftlock_verbs::policy::PipelineFile;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::running::{self, Running};
use actors::{ACTORS, Actors, now};
use table::{ROWS, Row};

/// Adopted before anything is asked.
const SHOP: &str = r#"version: 1
pipeline: shop
identity: authenticated
image: registry.invalid/shop
owners: ["token:admin"]
allow: { promote: ["token:ci"], read: ["oidc:reader"] }
groups: { managers: ["oidc:approver"] }
environments:
  production:
    tags: [production]
    gates:
      tests: { evidence: tests, from: ["token:ci"] }
      sign-off: { approval: managers }
  edge:
    worker: prod-host
    tags: [edge]
    gates: none
"#;

struct Matrix {
    server: Running,
    actors: Actors,
}

/// How far an answer says that an actor came, in one letter.
fn letter(status: u16, code: &str) -> char {
    match (status, code) {
        // It is not known who asks.
        (401, _) => '-',
        // As if there were nothing.
        (404, "no-pipeline") => 'n',
        // They may not.
        (403, _) => 'f',
        // It is the answer, or what is wrong with what was asked.
        _ => 'y',
    }
}

/// The file with one more reader: another for each who sends it.
fn file(pipeline: &str, reader: &str) -> Value {
    let text = SHOP.replace("pipeline: shop", &format!("pipeline: {pipeline}"));
    let text = text.replace("\"oidc:reader\"", &format!("\"oidc:{reader}\""));
    let file = PipelineFile {
        name: "liftlock.yaml".to_owned(),
        text: text.into_bytes(),
        files: Default::default(),
    };
    json!({ "file": serde_json::to_value(file).unwrap() })
}

async fn start() -> Matrix {
    let mut made = None;
    let server = running::start(|setup, folder| {
        let config: IdentityConfig = serde_json::from_value(json!({})).unwrap();
        let identities = Identities::new(config, "http://127.0.0.1:8080", setup.store.clone());
        let identities = Arc::new(identities.unwrap());
        let known = Known::new(Arc::clone(&identities), now);
        let site = Arc::new(Site {
            store: setup.store.clone(),
            registries: HttpRegistries::new(Options::default()),
            delivery: LocalDelivery::new(folder.to_owned(), DeliveryOptions::default()),
            attestations: Arc::new(NoAttestations),
            log: None,
            labels: Default::default(),
            pipelines: Arc::default(),
            stop: Default::default(),
        });
        let secret = folder.join("hook.secret");
        std::fs::write(&secret, "a-secret-of-thirty-two-characters").unwrap();
        let heard: IncomingSettings = serde_json::from_value(json!({
            "registries": [{
                "name": "hub", "kind": "distribution", "host": "registry.invalid",
                "secrets": [{ "from_file": secret }],
            }],
            "alertmanagers": [{
                "name": "alerts", "pipeline": "shop", "environment": "production",
                "secrets": [{ "from_file": secret }],
            }],
        }))
        .unwrap();
        let heard = hooks::routes(heard, Arc::clone(&site), Default::default());
        let (work, leases) = agents(Arc::clone(&site), LEASE_TIME);
        setup.tasks.push(leases);
        let (asked, _) = api::routes(site);
        setup.routes.guarded = known.routes.guarded.merge(asked.guarded);
        setup.routes.guarded = std::mem::take(&mut setup.routes.guarded).merge(work.guarded);
        setup.routes.open = known.routes.open.merge(asked.open).merge(heard.unwrap());
        setup.roles = ServerRoles {
            auditors: vec!["token:auditor".parse().unwrap()],
            creators: vec!["token:creator".parse().unwrap()],
            ..ServerRoles::default()
        };
        let often = Rate {
            per_second: 10_000,
            burst: 10_000,
        };
        setup.config.limits.rate_per_address = often;
        setup.config.limits.rate_per_actor = often;
        setup.authenticate = Arc::new(actors::People(known.authenticate));
        made = Some(identities);
    })
    .await;
    let setup = made.unwrap().setup_token(now()).await.unwrap().unwrap();
    let actors = Actors::make(&server, setup.expose()).await;
    let matrix = Matrix { server, actors };
    let (path, file) = ("/api/v1/pipelines/shop/policy", file("shop", "reader"));
    let adopted = matrix.asked("administrator", "put", path, &file).await;
    assert_eq!(adopted.status(), 200);
    matrix
}

impl Matrix {
    async fn asked(&self, actor: &str, method: &str, path: &str, body: &Value) -> Response {
        let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
        let has_body = !body.is_null();
        let request = self.server.client.request(method, self.server.url(path));
        let request = self.actors.sign(actor, request);
        let request = match has_body {
            true => request
                .header("content-type", "application/json")
                .body(body.to_string()),
            false => request,
        };
        request.send().await.unwrap()
    }

    /// What each actor comes to, a letter each.
    async fn line(&self, row: &Row, method: &str, path: &str) -> String {
        let mut line = String::new();
        for actor in ACTORS {
            // Who makes a pipeline makes one of their own.
            let path = path.replace("{actor}", actor);
            let body = match row.body {
                text if text.is_empty() || text.starts_with('?') => Value::Null,
                "FILE" if path.contains("/shop/") => file("shop", actor),
                "FILE" => file(&format!("of-{actor}"), actor),
                text => serde_json::from_str(text).unwrap(),
            };
            let answer = self.asked(actor, method, &path, &body).await;
            let status = answer.status().as_u16();
            // A stream that is answered has no end.
            let is_error = answer.status().is_client_error() || answer.status().is_server_error();
            let code = match is_error {
                true => {
                    let body = answer.bytes().await.unwrap();
                    let document: Value = serde_json::from_slice(&body).unwrap_or_default();
                    document["error"]["code"]
                        .as_str()
                        .unwrap_or_default()
                        .to_owned()
                }
                false => String::new(),
            };
            // What is asked is right, and there is no registry that could answer.
            let is_asked = !matches!(code.as_str(), "invalid" | "too-many-requests");
            let fails = status >= 500 && code != "unreachable";
            assert!(is_asked && !fails, "{}: {actor}: {status} {code}", row.id);
            line.push(letter(status, &code));
        }
        line
    }
}

/// The place that a path of the description stands for.
fn place(path: &str, row: &Row) -> String {
    let pipeline = if row.is_new { "of-{actor}" } else { "shop" };
    let is_registry = path.contains("registry");
    let name = if is_registry { "hub" } else { "alerts" };
    let is_override = path.contains("overrides");
    let id = if is_override { "o1" } else { "e1" };
    let has_entries = row.id == "log-entries";
    let tile = if has_entries {
        "entries/000.p/1"
    } else {
        "0/000.p/1"
    };
    let place = path
        .replace("{pipeline}", pipeline)
        .replace("{environment}", "edge")
        .replace("{release}", "none")
        .replace("{id}", id)
        .replace("{which}", "nothing")
        .replace("{identity}", "oidc:named")
        .replace("{name}", name)
        .replace("{path}", tile);
    let query = row.body.starts_with('?').then_some(row.body);
    place + query.unwrap_or_default()
}

#[tokio::test]
async fn each_kind_of_actor_comes_as_far_as_they_may() {
    let text = include_str!("../../../../docs/openapi.json");
    let document: Value = serde_json::from_str(text).unwrap();
    let matrix = start().await;
    let (mut wrong, mut asked) = (Vec::new(), BTreeSet::new());
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            let rows: Vec<&Row> = ROWS.iter().filter(|row| row.operation() == id).collect();
            if rows.is_empty() {
                wrong.push(format!("{id}: it has no row ({method} {path})"));
            }
            for row in rows {
                let line = matrix.line(row, method, &place(path, row)).await;
                if line != row.comes {
                    wrong.push(format!("{}: {line}, not {}", row.id, row.comes));
                }
                asked.insert(row.id);
            }
        }
    }
    let stale = ROWS.iter().filter(|row| !asked.contains(row.id));
    wrong.extend(stale.map(|row| format!("{}: there is no such operation", row.id)));
    assert!(wrong.is_empty(), "of {ACTORS:?}:\n{}", wrong.join("\n"));
}
