//! What a request takes, out of its path, its query and its body.

use axum::http::StatusCode;
use liftlock_verbs::{Endpoint, Failure, Kind, Method, Request};
use serde_json::{Map, Value};

use crate::problem::Problem;

/// The request that is asked.
///
/// # Errors
/// Where something is missing, of another kind, or unknown.
pub(super) fn request(
    endpoint: &Endpoint,
    path: Vec<(String, String)>,
    query: Vec<(String, String)>,
    body: &[u8],
) -> Result<Request, Problem> {
    let mut arguments = match endpoint.method {
        Method::Get => of_query(endpoint, query)?,
        Method::Post | Method::Put => of_body(body, &query)?,
    };
    for (name, value) in path.into_iter().filter(|(name, _)| name != "pipeline") {
        if arguments
            .insert(name.clone(), Value::String(value))
            .is_some()
        {
            return Err(invalid(format!("{name} is said in the path already")));
        }
    }
    let request = Request::at(endpoint, arguments).map_err(invalid)?;
    if let Request::EvidenceAdd(add) = &request {
        add.check().map_err(|failure| refused(&failure))?;
    }
    Ok(request)
}

fn of_query(
    endpoint: &Endpoint,
    query: Vec<(String, String)>,
) -> Result<Map<String, Value>, Problem> {
    let fields = endpoint.fields();
    let mut arguments = Map::new();
    for (name, text) in query {
        let known = fields.iter().find(|field| field.name == name);
        let kind = known.map_or(Kind::Text, |field| field.kind);
        let value = match (kind, text.as_str()) {
            (Kind::Flag, "true") => Value::Bool(true),
            (Kind::Flag, "false") => Value::Bool(false),
            (Kind::Flag, _) => return Err(invalid(format!("{name} is true or false"))),
            _ => Value::String(text),
        };
        if arguments.insert(name.clone(), value).is_some() {
            return Err(invalid(format!("{name} is given twice")));
        }
    }
    Ok(arguments)
}

fn of_body(body: &[u8], query: &[(String, String)]) -> Result<Map<String, Value>, Problem> {
    if let Some((name, _)) = query.first() {
        return Err(invalid(format!("{name} belongs into the body")));
    }
    if body.is_empty() {
        return Ok(Map::new());
    }
    serde_json::from_slice(body).map_err(|error| invalid(format!("the body: {error}")))
}

fn invalid(message: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "invalid", message)
}

fn refused(failure: &Failure) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        failure.code.clone(),
        failure.message.clone(),
    )
}
