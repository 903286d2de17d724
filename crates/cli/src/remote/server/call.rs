//! Requests about who is asking, which are no requests about a pipeline.

use reqwest::{Method, Url};
use serde_json::Value;

use liftlock_core::{Actor, Authentication};
use liftlock_verbs::Failure;

use super::Server;
use crate::context::Context;

/// The most bytes of an answer.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;

impl Server {
    /// The server's address.
    pub(crate) fn address(&self) -> &Url {
        &self.address
    }

    /// Asks for `/api/v1/PARTS`; an answer without a document is null.
    pub(crate) async fn call(
        &self,
        method: Method,
        parts: &[&str],
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let url = self.url(parts)?;
        self.call_url(method, url, body).await
    }

    /// Who the server knows to be asking. One that takes everyone for who they say they are has no
    /// answer to that.
    pub(crate) async fn asks_as(&self, context: &Context) -> Result<Actor, Failure> {
        let answer = match self.call(Method::GET, &["whoami"], None).await {
            Err(failure) if failure.code == "not-found" => return context.actor(),
            answer => answer?,
        };
        let identity = self.text(&answer, "identity")?;
        Ok(Actor {
            identity: identity.parse().map_err(|_| self.unlike())?,
            authentication: Authentication::Authenticated,
        })
    }

    /// The same with a query.
    pub(crate) async fn get_with(
        &self,
        parts: &[&str],
        query: (&str, Option<&str>),
    ) -> Result<Value, Failure> {
        let mut url = self.url(parts)?;
        if let (name, Some(value)) = query {
            url.query_pairs_mut().append_pair(name, value);
        }
        self.call_url(Method::GET, url, None).await
    }

    async fn call_url(
        &self,
        method: Method,
        url: Url,
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let request = self.client.request(method, url);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let mut answer = self.send(request).await?;
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| self.broken(&error))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > ANSWER_BYTES_MAX {
                let message = format!("the answer of {self} is too long");
                return Err(Failure::failed("server", message));
            }
        }
        if bytes.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&bytes).map_err(|_| self.unlike())
    }

    /// An answer's text.
    pub(crate) fn text<'a>(&self, answer: &'a Value, name: &str) -> Result<&'a str, Failure> {
        answer[name].as_str().ok_or_else(|| self.unlike())
    }

    /// What it says is not shown: it may hold a token.
    pub(super) fn unlike(&self) -> Failure {
        Failure::failed("server", format!("the answer of {self} cannot be read"))
    }
}
