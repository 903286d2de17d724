//! Shapes of what is taken and answered, as JSON Schema.

use serde_json::{Value, json};

use super::Takes;

pub(super) fn nothing() -> Takes {
    Takes::default()
}

/// An optional text in the query.
pub(super) fn query(name: &str) -> Takes {
    Takes {
        parameters: vec![json!({
            "name": name, "in": "query", "required": false, "schema": { "type": "string" },
        })],
        body: None,
    }
}

/// Whole numbers in the query: those that have to be there, and others.
pub(super) fn numbers(required: &[&str], others: &[&str]) -> Takes {
    let parameter = |name: &&str, required: bool| {
        json!({
            "name": name, "in": "query", "required": required,
            "schema": { "type": "integer", "minimum": 0 },
        })
    };
    let required = required.iter().map(|name| parameter(name, true));
    let others = others.iter().map(|name| parameter(name, false));
    Takes {
        parameters: required.chain(others).collect(),
        body: None,
    }
}

/// Bytes as they are.
pub(super) fn bytes() -> Takes {
    Takes {
        parameters: Vec::new(),
        body: Some(json!({ "required": true, "content": { "application/octet-stream": {} } })),
    }
}

/// An object of these fields and no others.
pub(super) fn body(fields: Value, required: &[&str]) -> Takes {
    let schema = json!({
        "type": "object",
        "properties": fields,
        "required": required,
        "additionalProperties": false,
    });
    taken(!required.is_empty(), &schema)
}

/// A document in another program's form.
pub(super) fn accepted() -> Takes {
    taken(true, &json!({ "type": "object" }))
}

fn taken(required: bool, schema: &Value) -> Takes {
    Takes {
        parameters: Vec::new(),
        body: Some(
            json!({ "required": required, "content": { "application/json": { "schema": schema } } }),
        ),
    }
}

/// A document with at least these fields, all of which are there.
pub(super) fn ok(fields: Value) -> Value {
    json!({ "200": document("It was done", fields) })
}

/// The same of what is new.
pub(super) fn made(fields: Value) -> Value {
    json!({ "201": document("It was made", fields) })
}

fn document(description: &str, mut fields: Value) -> Value {
    let names = fields.as_object().into_iter().flatten();
    let names: Vec<String> = names.map(|(name, _)| name.clone()).collect();
    // The description of the API has a version of another kind.
    if !names.iter().any(|name| name == "openapi") {
        fields["version"] = json!({ "const": 1 });
    }
    let schema = json!({ "type": "object", "properties": fields, "required": names });
    json!({
        "description": description,
        "content": { "application/json": { "schema": schema } },
    })
}

/// A document between a server and its agents, which has no version of its own.
pub(super) fn sent(fields: Value) -> Value {
    json!({ "200": answer(fields, "object") })
}

/// The same, or null.
pub(super) fn optionally(fields: Value) -> Value {
    json!({ "200": answer(fields, ["object", "null"]) })
}

/// A document that says nothing.
pub(super) fn null() -> Value {
    let schema = json!({ "type": "null" });
    json!({ "200": {
        "description": "It was done",
        "content": { "application/json": { "schema": schema } },
    } })
}

fn answer(fields: Value, kind: impl Into<Value>) -> Value {
    let names: Vec<&String> = fields
        .as_object()
        .into_iter()
        .flat_map(|o| o.keys())
        .collect();
    let schema = json!({ "type": kind.into(), "properties": fields, "required": names });
    json!({
        "description": "It",
        "content": { "application/json": { "schema": schema } },
    })
}

/// A number of something, or a place.
pub(super) fn count() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

/// An answer that is no JSON.
pub(super) fn text(kind: &str) -> Value {
    json!({ "200": { "description": "It", "content": { kind: {} } } })
}

/// Answers without a document.
pub(super) fn say(statuses: &[&str]) -> Value {
    let said = |status: &&str| (status.to_string(), json!({ "description": "It was done" }));
    Value::Object(statuses.iter().map(said).collect())
}

pub(super) fn word() -> Value {
    json!({ "type": "string" })
}

/// `user:NAME`, `token:NAME`, `oidc:SUBJECT` and so on.
pub(super) fn identity() -> Value {
    json!({ "type": "string", "pattern": "^[a-z-]+:." })
}

/// RFC 3339, in UTC.
pub(super) fn time() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

/// Of that type, or null.
pub(super) fn optional(kind: &str) -> Value {
    json!({ "type": [kind, "null"] })
}

pub(super) fn list(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

/// What is listed of a token.
pub(super) fn token() -> Value {
    json!({
        "type": "object",
        "properties": {
            "id": word(), "name": word(), "created_by": identity(),
            "created": time(), "expires": time(), "used": time(), "revoked": time(),
        },
        "required": ["id", "name", "scope", "created_by", "created", "expires"],
    })
}

/// What is listed of a session.
pub(super) fn session() -> Value {
    json!({
        "type": "object",
        "properties": { "id": word(), "created": time(), "expires": time(), "used": time() },
        "required": ["id", "used_by", "created", "expires"],
    })
}
