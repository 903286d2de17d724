//! The API, described (OpenAPI 3.1), from the same table that routes it.

use axum::Json;
use liftlock_verbs::{Endpoint, Field, Kind, Method, Request};
use serde_json::{Map, Value, json};

use super::PREFIX;
use super::pages::{PAGE_MAX, list_of};
use crate::operations;

pub(super) async fn answer() -> Json<Value> {
    Json(document())
}

/// The OpenAPI document.
pub fn document() -> Value {
    let mut paths = operations::paths(&problem());
    paths.insert(format!("{PREFIX}/pipelines"), json!({ "get": pipelines() }));
    for endpoint in Request::ENDPOINTS {
        let path = format!("{PREFIX}/pipelines/{{pipeline}}{}", endpoint.path);
        let methods = paths.entry(path).or_insert_with(|| json!({}));
        methods[method(endpoint)] = operation(endpoint);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Liftlock",
            "version": "1",
            "description": "Every verb of the command line. An answer is the document that the \
    command line prints with `--json`; `exit` is its exit code. With `Accept: application/x-ndjson` the \
    answer is a line for each thing that is told on the way, and that document last. Logins are there \
    where the server knows people, and webhooks where it has some.",
        },
        "security": [{ "token": [] }],
        "paths": paths,
        "components": components(),
    })
}

fn pipelines() -> Value {
    json!({
        "operationId": "pipelines",
        "summary": "The pipelines that may be read",
        "responses": { "200": answered("The names"), "default": problem() },
    })
}

fn method(endpoint: &Endpoint) -> &'static str {
    match endpoint.method {
        Method::Get => "get",
        Method::Post => "post",
        Method::Put => "put",
    }
}

fn operation(endpoint: &Endpoint) -> Value {
    let fields = endpoint.fields();
    let in_path: Vec<_> = endpoint.in_path().collect();
    let mut parameters = vec![json!({ "$ref": "#/components/parameters/pipeline" })];
    let (path, others): (Vec<_>, Vec<_>) = fields
        .iter()
        .partition(|field| in_path.contains(&field.name.as_str()));
    parameters.extend(path.into_iter().map(|field| parameter(field, "path")));
    let mut operation = json!({
        "operationId": endpoint.name.replace(' ', "-"),
        "summary": format!("As `liftlock {}`", endpoint.name),
        "responses": {
            "200": answered("It was carried out, and `exit` says how it ended"),
            "default": problem(),
        },
    });
    if endpoint.method == Method::Get {
        parameters.extend(others.into_iter().map(|field| parameter(field, "query")));
        if list_of(endpoint).is_some() {
            parameters.push(json!({ "$ref": "#/components/parameters/limit" }));
            parameters.push(json!({ "$ref": "#/components/parameters/cursor" }));
        }
        operation["responses"]["304"] = json!({ "description": "As the client has it already" });
    } else {
        if changes(endpoint) {
            parameters.push(json!({ "$ref": "#/components/parameters/idempotency-key" }));
        }
        operation["requestBody"] = body(&others);
        operation["responses"]["202"] = answered("It goes on, and is not over yet");
    }
    operation["parameters"] = json!(parameters);
    operation
}

/// Whether it can change something: those that only show it take no `dry_run`.
fn changes(endpoint: &Endpoint) -> bool {
    let fields = endpoint.fields();
    fields.iter().any(|field| field.name == "dry_run")
}

fn parameter(field: &Field, place: &str) -> Value {
    json!({
        "name": field.name,
        "in": place,
        "required": field.required || place == "path",
        "description": field.about,
        "schema": schema(field.kind),
    })
}

fn body(fields: &[&Field]) -> Value {
    let properties: Map<_, _> = fields
        .iter()
        .map(|field| {
            let mut schema = schema(field.kind);
            schema["description"] = json!(field.about);
            (field.name.clone(), schema)
        })
        .collect();
    let required = fields.iter().filter(|field| field.required);
    let required: Vec<_> = required.map(|field| &field.name).collect();
    let schema = json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    });
    let needed = !required.is_empty();
    json!({ "required": needed, "content": { "application/json": { "schema": schema } } })
}

fn schema(kind: Kind) -> Value {
    let base64 = || json!({ "type": "string", "contentEncoding": "base64" });
    match kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::List => json!({ "type": "array", "items": { "type": "string" } }),
        Kind::Report => json!({
            "type": "object",
            "properties": { "name": { "type": "string" }, "bytes": base64() },
            "required": ["name", "bytes"],
            "additionalProperties": false,
        }),
        Kind::Origin => json!({
            "type": "object",
            "properties": {
                "pipeline": { "type": "string" },
                "archive": { "type": "string" },
                "origin": { "type": "string" },
                "size": { "type": "integer", "minimum": 0 },
                "root": { "type": "string" },
            },
            "required": ["pipeline", "archive", "origin", "size", "root"],
        }),
        Kind::File => json!({
            "type": "object",
            "properties": {
                "name": { "type": "string" },
                "text": base64(),
                "files": { "type": "object", "additionalProperties": base64() },
            },
            "required": ["name", "text"],
            "additionalProperties": false,
        }),
    }
}

fn answered(description: &str) -> Value {
    let schema = json!({ "$ref": "#/components/schemas/Answer" });
    json!({
        "description": description,
        "content": { "application/json": { "schema": schema } },
    })
}

fn problem() -> Value {
    let schema = json!({ "$ref": "#/components/schemas/Problem" });
    json!({
        "description": "It was refused, or failed; `error.code` is stable",
        "content": { "application/json": { "schema": schema } },
    })
}

fn components() -> Value {
    let name = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$";
    let exit = json!({ "type": "integer", "minimum": 0, "maximum": 5 });
    json!({
        "securitySchemes": {
            "token": {
                "type": "http", "scheme": "bearer",
                "description": "A token, or a session; a browser has its session as a cookie",
            },
            "hook": {
                "type": "http", "scheme": "bearer",
                "description": "The secret of a webhook, also as a password (Basic)",
            },
            "figures": {
                "type": "http", "scheme": "bearer",
                "description": "The token for figures, where the server has one",
            },
        },
        "parameters": {
            "pipeline": {
                "name": "pipeline", "in": "path", "required": true,
                "description": "The pipeline",
                "schema": { "type": "string", "pattern": name },
            },
            "idempotency-key": {
                "name": "Idempotency-Key", "in": "header", "required": false,
                "description": "A string of its own for each request that is no repetition: what was \
    carried out already is answered as it was then",
                "schema": { "type": "string", "pattern": r#"^"[!#-\[\]-~]{1,255}"$"# },
            },
            "limit": {
                "name": "limit", "in": "query", "required": false,
                "description": "How many of the list",
                "schema": { "type": "integer", "minimum": 1, "maximum": PAGE_MAX },
            },
            "cursor": {
                "name": "cursor", "in": "query", "required": false,
                "description": "The `next` of the page before",
                "schema": { "type": "string" },
            },
        },
        "schemas": {
            "Answer": {
                "type": "object",
                "properties": {
                    "version": { "const": 1 },
                    "command": { "type": "string" },
                    "exit": exit,
                    "result": { "type": ["object", "null"] },
                },
                "required": ["version", "command", "exit", "result"],
            },
            "Problem": {
                "type": "object",
                "properties": {
                    "version": { "const": 1 },
                    "command": { "type": "string" },
                    "exit": exit,
                    "error": {
                        "type": "object",
                        "properties": {
                            "code": { "type": "string" },
                            "message": { "type": "string" },
                            "hint": { "type": ["string", "null"] },
                            "details": {},
                        },
                        "required": ["code", "message"],
                    },
                },
                "required": ["version", "error"],
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::PathBuf;

    use super::*;

    fn file() -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json")
    }

    fn text() -> String {
        format!("{:#}\n", document())
    }

    /// `cargo test -p liftlock-server write_the_document -- --ignored` brings it up to date.
    #[test]
    fn the_document_that_is_checked_in_is_what_the_code_says() {
        let kept = std::fs::read_to_string(file()).unwrap();
        assert!(
            kept == text(),
            "docs/openapi.json is not what the code says"
        );
    }

    #[test]
    #[ignore = "it writes docs/openapi.json"]
    fn write_the_document() {
        std::fs::write(file(), text()).unwrap();
    }

    #[test]
    fn every_operation_has_an_id_and_a_place_of_its_own() {
        let document = document();
        let mut ids = BTreeSet::new();
        let mut count = 0;
        for (_, methods) in document["paths"].as_object().unwrap() {
            for (_, operation) in methods.as_object().unwrap() {
                ids.insert(operation["operationId"].as_str().unwrap().to_owned());
                count += 1;
            }
        }
        assert_eq!(ids.len(), count);
        let all = Request::ENDPOINTS.len() + operations::TABLE.len() + 1;
        assert_eq!(count, all, "one replaced another");
    }

    #[test]
    fn every_request_has_a_place_of_its_own() {
        let places = Request::ENDPOINTS.iter();
        let places: BTreeSet<_> = places.map(|one| (method(one), one.path)).collect();
        assert_eq!(places.len(), Request::ENDPOINTS.len());
    }

    #[test]
    fn what_is_in_a_path_is_a_field() {
        for endpoint in Request::ENDPOINTS {
            let fields = endpoint.fields();
            for name in endpoint.in_path() {
                let found = fields.iter().any(|field| field.name == name);
                assert!(found, "{}: {name}", endpoint.name);
            }
        }
    }
}
