//! Requests to a server.

mod call;
mod events;
mod fetch;
mod missed;

use std::fmt;
use std::time::Duration;

use futures_util::StreamExt;
use liftlock_core::PipelineName;
use liftlock_oci::Digest;
use liftlock_verbs::{Access, Done, Exit, Failure, Method, Request};
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url, redirect};
use serde_json::{Map, Value};

use super::lines::{Line, Told, ended, failure};
use super::name;
use crate::context::Context;
use crate::token::Token;
use missed::{Again, Missed, is_away, retry_after};

/// How long a connection may take.
const CONNECT_MAX: Duration = Duration::from_secs(10);

/// How long a server may say nothing; it gives a sign of life every ten seconds.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// The most bytes of one line of an answer.
const LINE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A server.
pub(crate) struct Server {
    address: Url,
    client: Client,
    token: Option<Token>,
}

/// What is asked of which pipeline, and how.
pub(super) struct Asking<'a> {
    pub(super) server: &'a Server,
    pub(super) pipeline: &'a PipelineName,
    /// Of what the pipeline file here says.
    pub(super) policy: Option<Digest>,
    pub(super) color: bool,
    /// Who `--as` says acts.
    pub(super) act_as: Option<&'a str>,
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.address.as_str().trim_end_matches('/'))
    }
}

impl Server {
    /// The server at an address. A token is sent only over TLS, or on this machine.
    pub(crate) fn new(address: &str) -> Result<Self, Failure> {
        let address = safe(address)?;
        let client = Client::builder()
            .user_agent(concat!("liftlock/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_MAX)
            .read_timeout(SILENCE_MAX)
            .build()
            .map_err(|error| no_tls(&error))?;
        Ok(Self {
            token: Token::find(&address)?,
            address,
            client,
        })
    }

    /// The only pipeline that is there.
    pub(super) async fn only_pipeline(&self, context: &Context) -> Result<PipelineName, Failure> {
        let url = self.url(&["pipelines"])?;
        let answer = self.send(self.client.get(url)).await?;
        let document: Value = answer.json().await.map_err(|error| self.broken(&error))?;
        let done = ended(document)?;
        let names = done.json["pipelines"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
        let file = context.file.display();
        match names.as_slice() {
            [only] => name(only),
            [] => Err(Failure::usage(format!("there is no {file} here"))
                .hint("`liftlock init IMAGE` writes one")),
            several => Err(Failure::usage(format!(
                "there is no {file} here, and the server has {} pipelines ({}); name a file with --file",
                several.len(),
                several.join(", ")
            ))),
        }
    }

    fn url(&self, parts: &[&str]) -> Result<Url, Failure> {
        self.place(&[&["api", "v1"], parts].concat())
    }

    /// Somewhere below the server's address.
    fn place(&self, parts: &[&str]) -> Result<Url, Failure> {
        let mut url = self.address.clone();
        let bad = || Failure::usage(format!("{self} cannot be a server's address"));
        let mut path = url.path_segments_mut().map_err(|()| bad())?;
        path.pop_if_empty().extend(parts);
        drop(path);
        Ok(url)
    }

    /// Sends, and gives an answer that is one.
    async fn send(&self, request: RequestBuilder) -> Result<Response, Missed> {
        let request = match &self.token {
            Some(token) => request.bearer_auth(token.reveal()),
            None => request,
        };
        let answer = request
            .send()
            .await
            .map_err(|error| self.unreachable(&error))?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let (status, after) = (answer.status(), retry_after(answer.headers()));
        let bytes = answer.bytes().await.map_err(|error| self.broken(&error))?;
        let failure = self.refused(status, &bytes);
        if is_away(status) && !is_an_end(&bytes) {
            return Err(Missed::Lost { failure, after });
        }
        Err(failure.into())
    }

    fn refused(&self, status: StatusCode, body: &[u8]) -> Failure {
        let exit = match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Exit::Refused,
            StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND => Exit::Usage,
            _ => Exit::Failed,
        };
        match serde_json::from_slice::<Value>(body) {
            Ok(document) if document["exit"].is_u64() => ended(document)
                .err()
                .unwrap_or_else(|| self.strange(status)),
            Ok(mut document) if document["error"].is_object() => {
                let mut failure = failure(exit, &mut document["error"]);
                if failure.code == "unauthenticated" {
                    failure.message = format!("{self} does not know who is asking");
                    failure.hint = Some(
                        "`liftlock login` for people; LIFTLOCK_TOKEN or LIFTLOCK_TOKEN_FILE for jobs"
                            .to_owned(),
                    );
                }
                failure
            }
            _ => self.strange(status),
        }
    }

    fn strange(&self, status: StatusCode) -> Failure {
        Failure::failed("server", format!("{self} answered {status}"))
            .hint("is that the address of a Liftlock server?")
    }

    fn unreachable(&self, error: &reqwest::Error) -> Missed {
        let message = format!("{self} cannot be reached: {}", cause(error));
        let failure = Failure::failed("unreachable", message);
        match error.is_connect() || error.is_builder() {
            true => Missed::Unreached(failure),
            false => Missed::Lost {
                failure,
                after: None,
            },
        }
    }

    fn broken(&self, error: &reqwest::Error) -> Missed {
        self.broken_off(format!("broke off: {}", cause(error)))
    }

    fn broken_off(&self, how: String) -> Missed {
        let failure = Failure::failed("broken-off", format!("the answer of {self} {how}"))
            .hint("what was begun goes on there; `liftlock history` shows what it came to");
        Missed::Lost {
            failure,
            after: None,
        }
    }
}

/// Whether an answer says how a request ended that was carried out.
fn is_an_end(body: &[u8]) -> bool {
    let document = serde_json::from_slice::<Value>(body);
    document.is_ok_and(|document| document["exit"].is_u64())
}

/// A key that no other request has, as a string of structured fields.
fn new_key() -> Result<String, Failure> {
    let mut random = [0; 16];
    getrandom::fill(&mut random)
        .map_err(|error| Failure::failed("random", format!("there is no randomness: {error}")))?;
    Ok(format!("\"{:032x}\"", u128::from_be_bytes(random)))
}

/// A server's address to which a token may be sent: over TLS, or on this machine.
pub(crate) fn safe(address: &str) -> Result<Url, Failure> {
    let bad = |why: String| Failure::usage(format!("{address} is no server's address: {why}"));
    let url: Url = address.parse().map_err(|error| bad(format!("{error}")))?;
    let host = url.host_str().unwrap_or_default();
    let ip = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    let here = host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback());
    if url.scheme() != "https" && !here {
        return Err(bad(
            "it is not https, and what is sent could be read".to_owned()
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("a token belongs into LIFTLOCK_TOKEN".to_owned()));
    }
    Ok(url)
}

/// Why no client can be made: all that is read for one are certificates.
pub(crate) fn no_tls(error: &reqwest::Error) -> Failure {
    let cause = cause(error);
    Failure::failed("client", format!("TLS cannot be set up: {cause}"))
        .hint("SSL_CERT_FILE and SSL_CERT_DIR name the certificates that are trusted")
}

/// The innermost cause, which says most.
fn cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

impl Asking<'_> {
    /// Asks, tells what is told on the way, and gives how it ended. Where the answer is lost it is
    /// asked again, with the same key: what changes something is carried out once.
    pub(super) async fn ask(
        &self,
        request: &Request,
        tell: &mut (dyn FnMut(Told) + Send),
    ) -> Result<Done, Failure> {
        let key = match request.access() {
            Access::Write => Some(new_key()?),
            Access::Read | Access::DryRun => None,
        };
        let mut again = Again::default();
        loop {
            let asked = self.request(request)?;
            let asked = match &key {
                Some(key) => asked.header("idempotency-key", key),
                None => asked,
            };
            match self.once(asked, tell).await {
                Ok(ended) => return ended,
                Err(missed) => {
                    let (pause, failure) = again.after(missed)?;
                    tell(Told::Note(format!("{}; asking again", failure.message)));
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }

    async fn once(
        &self,
        asked: RequestBuilder,
        tell: &mut (dyn FnMut(Told) + Send),
    ) -> Result<Result<Done, Failure>, Missed> {
        let answer = self.server.send(asked).await?;
        let mut stream = answer.bytes_stream();
        let mut kept = Vec::new();
        while let Some(bytes) = stream.next().await {
            kept.extend_from_slice(&bytes.map_err(|error| self.server.broken(&error))?);
            while let Some(end) = kept.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = kept.drain(..=end).collect();
                match Line::read(&line).map_err(|error| self.unreadable(&error))? {
                    Line::Told(told) => tell(told),
                    Line::Ended(ended) => return Ok(ended),
                    Line::Nothing => {}
                }
            }
            if kept.len() > LINE_BYTES_MAX {
                let message = format!("a line of the answer of {} is too long", self.server);
                return Err(Failure::failed("server", message).into());
            }
        }
        Err(self.server.broken_off("has no end".to_owned()))
    }

    fn unreadable(&self, error: &serde_json::Error) -> Failure {
        let message = format!("the answer of {} cannot be read: {error}", self.server);
        Failure::failed("server", message)
    }

    fn request(&self, request: &Request) -> Result<RequestBuilder, Failure> {
        let endpoint = request.endpoint();
        let mut arguments = request.arguments();
        arguments.retain(|_, value| !value.is_null());
        let path = endpoint.path.split('/').filter(|part| !part.is_empty());
        let mut parts = vec!["pipelines".to_owned(), self.pipeline.to_string()];
        for part in path {
            let field = part
                .strip_prefix('{')
                .and_then(|part| part.strip_suffix('}'));
            let value = field.and_then(|field| arguments.remove(field));
            parts.push(value.map_or_else(|| part.to_owned(), |value| text(&value)));
        }
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let mut url = self.server.url(&parts)?;
        let client = &self.server.client;
        let asked = match endpoint.method {
            Method::Get => {
                query(&mut url, &arguments);
                client.get(url)
            }
            Method::Post => client.post(url).json(&arguments),
            Method::Put => client.put(url).json(&arguments),
        };
        let asked = asked.header("accept", "application/x-ndjson");
        let asked = match self.act_as {
            Some(name) => asked.header("liftlock-as", name),
            None => asked,
        };
        let asked = match self.color {
            true => asked.header("liftlock-color", "always"),
            false => asked,
        };
        Ok(match &self.policy {
            Some(digest) => asked.header("liftlock-policy", digest.to_string()),
            None => asked,
        })
    }
}

fn query(url: &mut Url, arguments: &Map<String, Value>) {
    let mut pairs = url.query_pairs_mut();
    for (name, value) in arguments {
        pairs.append_pair(name, &text(value));
    }
    drop(pairs);
    if url.query() == Some("") {
        url.set_query(None);
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}
