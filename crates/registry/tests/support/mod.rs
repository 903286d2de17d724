//! The embedded registry on loopback, with a gate in front: authentication and faults.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file uses its part of it"
)]

pub mod authority;
pub mod content;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use liftlock_oci::Repository;
use liftlock_registry::{Client, Options, Retry};
use liftlock_registry_server::{Server, ServerOptions};
use tempfile::TempDir;
use tokio::sync::Barrier;

/// Answers a request in place of the registry.
pub type Fault = Box<dyn Fn(&Request) -> Option<Response> + Send + Sync>;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    None,
    Basic,
    Bearer,
}

/// `user:password`
const BASIC: &str = "Basic dXNlcjpwYXNzd29yZA==";

/// `<token>:a refresh&token`
const TOKEN_AS_PASSWORD: &str = "Basic PHRva2VuPjphIHJlZnJlc2gmdG9rZW4=";

pub struct TestRegistry {
    pub folder: TempDir,
    pub host: String,
    pub log: Arc<Mutex<Vec<String>>>,
    fault: Arc<Mutex<Option<Fault>>>,
    pub tokens: Arc<Mutex<TokenService>>,
}

/// What the token service does beside giving out tokens.
#[derive(Clone, Default)]
pub struct TokenService {
    /// Refuses whoever asks for this scope.
    pub refused_scope: Option<String>,
    /// Answers the OAuth2 form with this status, and takes identity tokens as passwords.
    pub post_status: Option<u16>,
    /// Waits for this before each answer.
    pub barrier: Option<Arc<Barrier>>,
}

impl TestRegistry {
    pub async fn start(auth: Auth) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = Server::bind(ServerOptions::new(folder.path(), address))
            .await
            .unwrap();
        let host = server.address().to_string();
        let log = Arc::new(Mutex::new(Vec::new()));
        let fault = Arc::new(Mutex::new(None));
        let tokens = Arc::new(Mutex::new(TokenService::default()));
        let gate = Gate {
            auth,
            host: host.clone(),
            log: Arc::clone(&log),
            fault: Arc::clone(&fault),
            tokens: Arc::clone(&tokens),
        };
        let layers = move |router: Router| {
            router.layer(from_fn(move |request: Request, next: Next| {
                let gate = gate.clone();
                async move { gate.pass(request, next).await }
            }))
        };
        tokio::spawn(server.run_with(std::future::pending(), layers));
        Self {
            folder,
            host,
            log,
            fault,
            tokens,
        }
    }

    pub fn repository(&self, path: &str) -> Repository {
        format!("{}/{path}", self.host).parse().unwrap()
    }

    /// A client that waits hardly at all between attempts.
    pub fn client(&self) -> Client {
        Client::new(&self.host, &options()).unwrap()
    }

    /// A client with a docker configuration of this text.
    pub fn client_with(&self, docker_config: &str) -> Client {
        let path = self.folder.path().join(".config.json");
        std::fs::write(&path, docker_config).unwrap();
        let docker_config = Some(path);
        Client::new(
            &self.host,
            &Options {
                docker_config,
                ..options()
            },
        )
        .unwrap()
    }

    /// `{"auths":{HOST:entry}}`
    pub fn docker_config(&self, entry: &str) -> String {
        format!(r#"{{"auths":{{"{}":{entry}}}}}"#, self.host)
    }

    pub fn fail_with(&self, fault: impl Fn(&Request) -> Option<Response> + Send + Sync + 'static) {
        *self.fault.lock().unwrap() = Some(Box::new(fault));
    }

    pub fn layout_folder(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// The requests since the last call: `METHOD path status`.
    pub fn take_log(&self) -> Vec<String> {
        std::mem::take(&mut self.log.lock().unwrap())
    }
}

pub fn options() -> Options {
    Options {
        retry: Retry {
            delay: Duration::from_millis(1),
            ..Retry::default()
        },
        ..Options::default()
    }
}

#[derive(Clone)]
struct Gate {
    auth: Auth,
    host: String,
    log: Arc<Mutex<Vec<String>>>,
    fault: Arc<Mutex<Option<Fault>>>,
    tokens: Arc<Mutex<TokenService>>,
}

impl Gate {
    async fn pass(&self, request: Request, next: Next) -> Response {
        let line = format!("{} {}", request.method(), request.uri().path());
        let response = if request.uri().path() == "/token" {
            token(request, self.token_service()).await
        } else {
            match self.stop(&request) {
                Some(response) => response,
                None => next.run(request).await,
            }
        };
        let line = format!("{line} {}", response.status().as_u16());
        self.log.lock().unwrap().push(line);
        response
    }

    fn token_service(&self) -> TokenService {
        self.tokens.lock().unwrap().clone()
    }

    fn stop(&self, request: &Request) -> Option<Response> {
        if let Some(refused) = self.refuse(request) {
            return Some(refused);
        }
        let fault = self.fault.lock().unwrap();
        fault.as_ref().and_then(|fault| fault(request))
    }

    fn refuse(&self, request: &Request) -> Option<Response> {
        let shown = request.headers().get(header::AUTHORIZATION);
        let shown = shown.and_then(|v| v.to_str().ok()).unwrap_or_default();
        let (allowed, challenge) = match self.auth {
            Auth::None => (true, String::new()),
            Auth::Basic => (shown == BASIC, r#"Basic realm="registry""#.to_owned()),
            Auth::Bearer => (
                allows(shown, request),
                format!(
                    r#"Bearer realm="http://{}/token",service="s",scope="x""#,
                    self.host
                ),
            ),
        };
        if allowed {
            return None;
        }
        let mut response = answer(
            401,
            r#"{"errors":[{"code":"UNAUTHORIZED","message":"no"}]}"#,
        );
        let challenge = HeaderValue::from_str(&challenge).unwrap();
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, challenge);
        Some(response)
    }
}

/// A token here is its scopes: `repository:a:pull,push`, joined by spaces.
fn allows(shown: &str, request: &Request) -> bool {
    let action = match request.method().as_str() {
        "GET" | "HEAD" => "pull",
        "DELETE" => "delete",
        _ => "push",
    };
    let Some(token) = shown.strip_prefix("Bearer ") else {
        return false;
    };
    token.split(' ').any(|scope| {
        let Some((path, actions)) = scope
            .strip_prefix("repository:")
            .and_then(|s| s.split_once(':'))
        else {
            return false;
        };
        request.uri().path().starts_with(&format!("/v2/{path}/"))
            && actions.split(',').any(|a| a == action)
    })
}

/// The token service: a known user gets what was asked for, anyone else nothing.
async fn token(request: Request, service: TokenService) -> Response {
    if let Some(barrier) = &service.barrier {
        barrier.wait().await;
    }
    let shown = request.headers().get(header::AUTHORIZATION).cloned();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let is_form = request.method() == "POST";
    let body = axum::body::to_bytes(request.into_body(), 4096)
        .await
        .unwrap();
    let form = String::from_utf8(body.to_vec()).unwrap();
    if let Some(status) = service.post_status.filter(|_| is_form) {
        return answer(status, "");
    }
    let known = if service.post_status.is_some() {
        shown.is_some_and(|v| v == TOKEN_AS_PASSWORD)
    } else if is_form {
        let has = |field: &str| form.split('&').any(|f| f == field);
        has("grant_type=refresh_token") && has("refresh_token=a+refresh%26token")
    } else {
        shown.is_some_and(|v| v == BASIC)
    };
    if !known {
        return answer(
            401,
            r#"{"errors":[{"code":"UNAUTHORIZED","message":"wrong password"}]}"#,
        );
    }
    let fields = if is_form { &form } else { &query };
    let scopes: Vec<String> = fields
        .split('&')
        .filter_map(|pair| pair.strip_prefix("scope="))
        .map(|scope| {
            scope
                .replace("%3A", ":")
                .replace("%2F", "/")
                .replace("%2C", ",")
        })
        .collect();
    if service
        .refused_scope
        .is_some_and(|refused| scopes.contains(&refused))
    {
        return answer(403, "");
    }
    let token = scopes.join(" ");
    answer(
        200,
        &format!(r#"{{"access_token":"{token}","expires_in":300}}"#),
    )
}

pub fn answer(status: u16, body: &str) -> Response {
    let mut response = Response::new(Body::from(body.to_owned()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response
}

/// Sets a header of a scripted answer.
pub fn with(mut response: Response, name: &'static str, value: &str) -> Response {
    let value = HeaderValue::from_str(value).unwrap();
    response.headers_mut().insert(name, value);
    response
}
