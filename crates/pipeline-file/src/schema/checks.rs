//! Checks.

use serde_json::{Value, json};

use super::delivery::{program, within};
use super::{at, block, one_or_list};
use crate::checks::{COMMAND, HTTP, K6, PROMETHEUS, SECRET};

pub(super) fn defs() -> Vec<(String, Value)> {
    let mut command = program("A program that exits with 0; run once.", "1m");
    command["properties"]["after"] = after();
    command["properties"]["every"] = every();
    let secret = json!({
        "description": "Where a secret is read when it is needed.",
        "properties": {
            "from_env": { "type": ["string", "number"], "pattern": "^[^\\s=]+$", "description": "A variable of Liftlock's own environment." },
            "from_file": { "type": ["string", "number"], "minLength": 1, "description": "A file, relative to this file's folder or absolute." },
        },
        "minProperties": 1,
        "maxProperties": 1,
        "examples": [{ "from_env": "PROMETHEUS_TOKEN" }],
    });
    vec![
        http(),
        block(&COMMAND, &["command"], command),
        k6(),
        prometheus(),
        block(&SECRET, &[], secret),
        (
            "check-name".to_owned(),
            json!({ "type": ["string", "number"], "pattern": super::values::WORD }),
        ),
    ]
}

fn every() -> Value {
    json!({ "$ref": "#/$defs/span", "description": "How often it is run again while the release is current." })
}

fn after() -> Value {
    one_or_list(
        "check-name",
        "The checks that have to pass before; those that wait for none run side by side.",
    )
}

fn url(description: &str) -> Value {
    json!({ "type": "string", "pattern": "^https?://[^@\\s/?#]+([/?#]\\S*)?$", "description": description })
}

fn wanted(description: &str) -> Value {
    json!({
        "type": "object",
        "minProperties": 1,
        "maxProperties": 50,
        "additionalProperties": { "type": ["string", "number", "boolean"] },
        "description": description,
    })
}

fn http() -> (String, Value) {
    let properties = json!({
        "http": url("The URL of a GET request."),
        "expect": { "type": "integer", "minimum": 100, "maximum": 599, "default": 200, "description": "The status that passes." },
        "contains": { "type": ["string", "number"], "minLength": 1, "description": "Text the body must contain." },
        "matches": { "type": ["string", "number"], "minLength": 1, "description": "A regular expression that must match somewhere in the body." },
        "headers": wanted("Headers of the answer, each with the value it must have."),
        "json": wanted("Values of the body, which is JSON then, by their path, such as db[name=main].up."),
        "times": { "type": "integer", "minimum": 1, "maximum": 1000, "default": 1, "description": "How often in a row it must pass." },
        "within": { "$ref": "#/$defs/span", "default": "1m", "description": "How long to try." },
        "ca": at("path", "A file with the certificates that are trusted instead of the machine's."),
        "token": at(SECRET.name, "The bearer token that is sent, over https or to this machine only."),
        "after": after(),
        "every": every(),
    });
    block(
        &HTTP,
        &["http"],
        json!({
            "description": "A GET request, repeated until it passes or the time is over.",
            "properties": properties,
            "examples": [
                { "http": "https://shop.example.com/health", "expect": 200, "within": "5m" },
                { "http": "https://shop.example.com/health", "json": { "status": "ok" }, "times": 3 },
            ],
        }),
    )
}

fn k6() -> (String, Value) {
    let properties = json!({
        "k6": at("path", "The script."),
        "env": at("env", "More environment variables, for the script's `__ENV`."),
        "within": within("10m"),
        "evidence": at("gate-name", "The gate for which its summary becomes evidence."),
        "after": after(),
        "every": every(),
    });
    block(
        &K6,
        &["k6"],
        json!({
            "description": "A load test with k6, whose thresholds decide.",
            "properties": properties,
            "examples": [{ "k6": "load-test.js", "env": { "BASE_URL": "https://staging.example.com" }, "after": "health" }],
        }),
    )
}

fn prometheus() -> (String, Value) {
    let properties = json!({
        "prometheus": url("Where Prometheus is."),
        "query": { "type": ["string", "number"], "minLength": 1, "maxLength": 4096, "description": "The query, in PromQL." },
        "expect": { "type": "string", "pattern": "^(<=|>=|==|!=|<|>) *[-+]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][-+]?[0-9]+)? *$", "description": "What each value of the result must be. No value at all does not hold." },
        "for": { "$ref": "#/$defs/span", "default": "0s", "description": "For how long it must hold without a break." },
        "within": { "$ref": "#/$defs/span", "description": "How long to try; by default a minute longer than `for`." },
        "ca": at("path", "A file with the certificates that are trusted instead of the machine's."),
        "token": at(SECRET.name, "The bearer token that is sent, over https or to this machine only."),
        "after": after(),
        "every": every(),
    });
    let example = json!({
        "prometheus": "https://prometheus.example.com",
        "query": "sum(rate(http_errors_total{app=\"shop\"}[5m]))",
        "expect": "< 0.01",
        "for": "5m",
    });
    block(
        &PROMETHEUS,
        &["prometheus", "query", "expect"],
        json!({
            "description": "A query of Prometheus whose values hold for a time.",
            "properties": properties,
            "examples": [example],
        }),
    )
}
