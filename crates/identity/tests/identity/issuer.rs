//! An issuer over HTTP on loopback: discovery, keys, and a token endpoint that checks PKCE.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use aws_lc_rs::digest::{SHA256, digest};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use serde_json::{Value, json};

use crate::keys::b64;

/// What the issuer does, and what it was asked.
#[derive(Debug, Default)]
pub(crate) struct Acts {
    pub(crate) jwks: Value,
    /// Laid over what discovery says.
    pub(crate) discovery: BTreeMap<String, Value>,
    /// The path that is answered with this instead: status, and body.
    pub(crate) instead: BTreeMap<String, (u16, String)>,
    /// Codes: the challenge, and the ID token that is given for it.
    pub(crate) codes: BTreeMap<String, (String, String)>,
    /// The ID token for the device code, once there is one.
    pub(crate) device: Option<String>,
    pub(crate) asked: Vec<String>,
    pub(crate) forms: Vec<BTreeMap<String, String>>,
    pub(crate) authorizations: Vec<Option<String>>,
}

#[derive(Debug, Clone)]
pub(crate) struct Issuer {
    pub(crate) url: String,
    pub(crate) acts: Arc<Mutex<Acts>>,
}

impl Issuer {
    pub(crate) async fn start(keys: &[Value]) -> Self {
        let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)));
        let listener = listener.await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let jwks = json!({ "keys": keys });
        let acts = Arc::new(Mutex::new(Acts {
            jwks,
            ..Acts::default()
        }));
        let issuer = Self { url, acts };
        let router = Router::new().fallback(answer).with_state(issuer.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        issuer
    }

    pub(crate) fn publish(&self, keys: &[Value]) {
        self.acts.lock().unwrap().jwks = json!({ "keys": keys });
    }

    pub(crate) fn answers(&self, path: &str, status: u16, body: impl Into<String>) {
        let mut acts = self.acts.lock().unwrap();
        acts.instead.insert(path.to_owned(), (status, body.into()));
    }

    pub(crate) fn says(&self, name: &str, value: Value) {
        let mut acts = self.acts.lock().unwrap();
        acts.discovery.insert(name.to_owned(), value);
    }

    pub(crate) fn times_asked(&self, path: &str) -> usize {
        let acts = self.acts.lock().unwrap();
        acts.asked.iter().filter(|asked| *asked == path).count()
    }

    fn discovery(&self, acts: &Acts) -> Value {
        let at = |path: &str| format!("{}{path}", self.url);
        let mut document = json!({
            "issuer": self.url,
            "jwks_uri": at("/keys"),
            "authorization_endpoint": at("/authorize"),
            "token_endpoint": at("/token"),
            "device_authorization_endpoint": at("/device"),
        });
        for (name, value) in &acts.discovery {
            document[name] = value.clone();
        }
        document
    }
}

async fn answer(
    State(issuer): State<Issuer>,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, [(&'static str, String); 1], String) {
    let mut acts = issuer.acts.lock().unwrap();
    acts.asked.push(uri.path().to_owned());
    let answered = |status: u16, body: String| {
        let status = StatusCode::from_u16(status).unwrap();
        (
            status,
            [("location", format!("{}/elsewhere", issuer.url))],
            body,
        )
    };
    if let Some((status, body)) = acts.instead.get(uri.path()) {
        return answered(*status, body.clone());
    }
    match uri.path() {
        "/.well-known/openid-configuration" => answered(200, issuer.discovery(&acts).to_string()),
        "/keys" | "/elsewhere" => answered(200, acts.jwks.to_string()),
        "/device" => {
            let page = format!("{}/activate", issuer.url);
            let answer = json!({
                "device_code": "the-device-code", "user_code": "ABCD-EFGH",
                "verification_uri": page, "expires_in": 600, "interval": 5,
            });
            answered(200, answer.to_string())
        }
        "/token" => {
            let form = form(&body);
            let given = headers
                .get("authorization")
                .map(|h| h.to_str().unwrap().to_owned());
            acts.authorizations.push(given);
            acts.forms.push(form.clone());
            let (status, body) = token(&mut acts, &form);
            answered(status, body.to_string())
        }
        _ => answered(404, String::new()),
    }
}

fn token(acts: &mut Acts, form: &BTreeMap<String, String>) -> (u16, Value) {
    let given = |id_token: String| (200, json!({"access_token": "x", "id_token": id_token}));
    let refused = |error: &str| {
        (
            400,
            json!({"error": error, "error_description": "as asked"}),
        )
    };
    if form["grant_type"].ends_with("device_code") {
        return match (form["device_code"].as_str(), acts.device.take()) {
            ("the-device-code", Some(token)) => given(token),
            ("the-device-code", None) => refused("authorization_pending"),
            _ => refused("invalid_grant"),
        };
    }
    let Some((challenge, id_token)) = acts.codes.remove(&form["code"]) else {
        return refused("invalid_grant");
    };
    let verifier = digest(&SHA256, form["code_verifier"].as_bytes());
    if b64(verifier) != challenge {
        return refused("invalid_grant");
    }
    given(id_token)
}

pub(crate) fn form(text: &str) -> BTreeMap<String, String> {
    let mut url: reqwest::Url = "http://form/".parse().unwrap();
    url.set_query(Some(text));
    url.query_pairs().into_owned().collect()
}
