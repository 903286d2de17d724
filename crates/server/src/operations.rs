//! What can be asked beside the verbs, in one table: where each operation is, who may ask it, what it
//! takes and answers. A route is made of its row ([`Served::serve`]) and the API's description has a
//! path for each, so that there is no route which is not described.

mod shapes;
mod table;

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, on};
use serde_json::{Map, Value, json};

pub(crate) use table::*;

/// A method of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
    Put,
    Delete,
}

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// Callers who are known; what they may is decided in `core`.
    Known,
    /// Anyone: it says nothing about pipelines, or takes what proves who asks in its body.
    Anyone,
    /// Who has the secret of a webhook.
    Hook,
    /// Who has the token for figures, or may read everything.
    Figures,
}

/// One operation.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) method: Method,
    /// As axum has it; `{*rest}` takes what has slashes too.
    pub(crate) path: &'static str,
    pub(crate) id: &'static str,
    pub(crate) about: &'static str,
    pub(crate) who: Who,
    /// Parameters beside those of the path, and the body.
    takes: fn() -> Takes,
    /// Answers by their status, beside errors.
    answers: fn() -> Value,
}

/// What an operation takes.
#[derive(Debug, Default)]
struct Takes {
    parameters: Vec<Value>,
    body: Option<Value>,
}

/// Routes of what is described.
pub(crate) trait Served<S> {
    /// With the route of an operation.
    fn serve<H: Handler<T, S>, T: 'static>(self, operation: &Operation, handler: H) -> Self;
}

impl<S: Clone + Send + Sync + 'static> Served<S> for Router<S> {
    #[expect(clippy::disallowed_methods, reason = "it has a row in the table")]
    fn serve<H: Handler<T, S>, T: 'static>(self, operation: &Operation, handler: H) -> Self {
        let filter = match operation.method {
            Method::Get => MethodFilter::GET,
            Method::Post => MethodFilter::POST,
            Method::Put => MethodFilter::PUT,
            Method::Delete => MethodFilter::DELETE,
        };
        self.route(operation.path, on(filter, handler))
    }
}

/// The paths of the API's description, with `problem` as the answer of errors.
pub(crate) fn paths(problem: &Value) -> Map<String, Value> {
    let mut paths = Map::new();
    for operation in TABLE {
        let path = operation.path.replace("{*", "{");
        let methods = paths.entry(path).or_insert_with(|| json!({}));
        let method = match operation.method {
            Method::Get => "get",
            Method::Post => "post",
            Method::Put => "put",
            Method::Delete => "delete",
        };
        methods[method] = operation.described(problem);
    }
    paths
}

impl Operation {
    fn described(&self, problem: &Value) -> Value {
        let Takes { parameters, body } = (self.takes)();
        let in_path = self.path.split('/').filter_map(|part| {
            let name = part.strip_prefix('{')?.strip_suffix('}')?;
            Some(name.trim_start_matches('*'))
        });
        let in_path = in_path.map(|name| match name {
            "pipeline" => json!({ "$ref": "#/components/parameters/pipeline" }),
            name => json!({
                "name": name, "in": "path", "required": true, "schema": { "type": "string" },
            }),
        });
        let mut answers = (self.answers)();
        answers["default"] = problem.clone();
        let mut described = json!({
            "operationId": self.id,
            "summary": self.about,
            "parameters": in_path.chain(parameters).collect::<Vec<_>>(),
            "responses": answers,
        });
        if let Some(body) = body {
            described["requestBody"] = body;
        }
        match self.who {
            Who::Known => {}
            Who::Anyone => described["security"] = json!([]),
            Who::Hook => described["security"] = json!([{ "hook": [] }]),
            Who::Figures => described["security"] = json!([{ "figures": [] }, { "token": [] }]),
        }
        described
    }
}
