//! Deployments, checks, rollback.

use serde_json::{Value, json};

use super::values::IMAGE_KEY;
use super::{at, block, named, one_or_list};
use crate::deploy::{COMPOSE, DEPLOY_COMMAND, DEPLOY_COMPOSE};
use crate::rollback::{REASONS, ROLLBACK};

pub(super) fn defs() -> Vec<(String, Value)> {
    let compose_kind = json!({
        "description": "Deploys with docker compose and pins each service's image by digest.",
        "properties": { "compose": at(COMPOSE.name, "The compose project.") },
    });
    let deploy_command = program(
        "Deploys with a program that gets the digests in its environment.",
        "10m",
    );
    vec![
        block(&DEPLOY_COMPOSE, &["compose"], compose_kind),
        compose(),
        block(&DEPLOY_COMMAND, &["command"], deploy_command),
        rollback(),
        (
            "compose-profile".to_owned(),
            json!({ "type": ["string", "number"], "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$" }),
        ),
    ]
}

pub(super) fn within(default: &str) -> Value {
    json!({ "$ref": "#/$defs/span", "default": default, "description": "How long it may take." })
}

pub(super) fn program(description: &str, default: &str) -> Value {
    json!({
        "description": description,
        "properties": {
            "command": at("command", "Program and arguments; never a shell line."),
            "env": at("env", "More environment variables."),
            "within": within(default),
        },
    })
}

fn compose() -> (String, Value) {
    let image = json!({ "type": "string", "pattern": IMAGE_KEY });
    let service = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$";
    let properties = json!({
        "file": one_or_list("path", "The compose file, or several in order."),
        "files": one_or_list("path", "The same as `file`."),
        "services": named(service, &image, "Which service runs which image, by the image's key."),
        "project": { "type": ["string", "number"], "pattern": "^[a-z0-9][a-z0-9_-]{0,63}$", "description": "The compose project's name; compose's own rule by default." },
        "profiles": one_or_list("compose-profile", "The profiles that are brought up, besides the services of none."),
        "within": within("5m"),
    });
    block(
        &COMPOSE,
        &["services"],
        json!({
            "properties": properties,
            "oneOf": [{ "required": ["file"] }, { "required": ["files"] }],
            "examples": [{ "file": "docker-compose.yml", "services": { "web": "api" } }],
        }),
    )
}

fn rollback() -> (String, Value) {
    let reason = json!({ "enum": REASONS.map(|(word, _)| word) });
    let on = json!({
        "description": "The reasons: a deployment or check of a promotion failed; an incident soon after it.",
        "anyOf": [reason, { "type": "array", "items": reason, "uniqueItems": true, "minItems": 1 }],
    });
    let incident = json!({ "const": "incident" });
    let listed = json!({ "type": "array", "contains": incident });
    let soon = json!({ "anyOf": [incident, listed] });
    let within = json!({ "$ref": "#/$defs/span", "description": "How long after a promotion an incident is a reason." });
    block(
        &ROLLBACK,
        &["on"],
        json!({
            "properties": { "on": on, "within": within },
            "if": { "required": ["on"], "properties": { "on": soon } },
            "then": { "required": ["on", "within"] },
            "else": { "properties": { "within": false } },
            "examples": [{ "on": ["check"] }, { "on": ["check", "incident"], "within": "1h" }],
        }),
    )
}
