//! Gates.

use liftlock_core::policy::{ACCEPT_MAX, CONDITIONS_MAX};
use serde_json::{Value, json};

use super::{at, block, one_or_list};
use crate::gates::{
    ACCEPTED, APPROVAL, EVIDENCE, EVIDENCE_KINDS, EXCLUDES, MAX, MIN, PERS, SIGNATURE, SOAK,
    WINDOW, WINDOW_GATE,
};
use crate::shape::Shape;

pub(super) fn defs() -> Vec<(String, Value)> {
    vec![
        evidence(),
        figures(
            &MAX,
            0,
            "The most of each figure that is allowed.",
            &json!({ "critical": 0, "high": 0 }),
        ),
        figures(
            &MIN,
            1,
            "The least of each figure that is wanted.",
            &json!({ "passed": 100 }),
        ),
        accepted(),
        approval(),
        soak(),
        window_gate(),
        window(),
        signature(),
    ]
}

fn words<T>(table: &[(&'static str, T)]) -> Vec<&'static str> {
    table.iter().map(|(word, _)| *word).collect()
}

fn evidence() -> (String, Value) {
    let properties = json!({
        "evidence": { "enum": words(&EVIDENCE_KINDS), "description": "The kind: a test run (JUnit XML), a scan (Trivy JSON, Grype JSON, SARIF), a load test (k6's summary), a person's own examination, or any of them." },
        "from": one_or_list("who", "Who may submit it; needed except with claimed identities."),
        "max": at(MAX.name, "The most of a report's figures: of a scan by severity, of skipped tests, of failed requests."),
        "min": at(MIN.name, "The least of a report's figures: of tests that passed, of requests of a load test."),
        "fresh": at("span", "How old it may be."),
        "per": { "enum": words(&PERS), "description": "What one piece covers; scans are per image by default, the rest per release." },
        "platforms": one_or_list("platform", "The platforms that must be covered; each one by default. With `per: image`."),
        "accept": {
            "description": "Findings that do not count in `max` until the end of a day.",
            "anyOf": [
                { "$ref": format!("#/$defs/{}", ACCEPTED.name) },
                {
                    "type": "array",
                    "items": { "$ref": format!("#/$defs/{}", ACCEPTED.name) },
                    "minItems": 1,
                    "maxItems": ACCEPT_MAX,
                },
            ],
        },
        "key": one_or_list("key-name", "The keys whose signed attestations beside an image count as if submitted: test results and scans."),
        "vex": one_or_list("who", "Whose OpenVEX statements take findings out of `max`; nobody's by default."),
    });
    let description = "Evidence of a kind must be there, submitted under the gate's name.";
    block(
        &EVIDENCE,
        &["evidence"],
        json!({
            "description": description,
            "properties": properties,
            "examples": [{ "evidence": "scan", "from": "ci", "max": { "critical": 0, "high": 0 }, "fresh": "24h" }],
        }),
    )
}

fn figures(shape: &Shape, least: u64, description: &str, example: &Value) -> (String, Value) {
    let limit = json!({ "type": "integer", "minimum": least });
    let properties: serde_json::Map<String, Value> = shape
        .keys
        .iter()
        .map(|key| ((*key).to_owned(), limit.clone()))
        .collect();
    block(
        shape,
        &[],
        json!({
            "description": description,
            "properties": properties,
            "minProperties": 1,
            "examples": [example],
        }),
    )
}

fn accepted() -> (String, Value) {
    let properties = json!({
        "id": at("text", "The finding's name, as the scanner writes it; in however many packages it is."),
        "until": at("date", "The last day, in UTC, on which it is accepted."),
        "reason": at("text", "Why."),
    });
    block(
        &ACCEPTED,
        ACCEPTED.keys,
        json!({
            "description": "A finding that is accepted for a time.",
            "properties": properties,
            "examples": [{ "id": "CVE-2026-1234", "until": "2026-12-31", "reason": "not reachable" }],
        }),
    )
}

fn approval() -> (String, Value) {
    let excluded = json!({ "enum": words(&EXCLUDES) });
    let properties = json!({
        "approval": one_or_list("who", "Whose approval counts."),
        "count": { "type": "integer", "minimum": 1, "default": 1, "description": "How many persons must approve." },
        "exclude": {
            "description": "Who cannot approve: whoever asked for the promotion, the release's authors.",
            "anyOf": [excluded, { "type": "array", "items": excluded, "uniqueItems": true }],
            "default": ["requester"],
        },
        "expires": at("span", "How long an approval counts."),
        "of": at("gate-name", "The evidence gate that is reviewed: newer evidence voids the approval."),
        "shared": { "type": "boolean", "default": false, "description": "Whether a person may serve this gate beside another one of the same promotion." },
    });
    block(
        &APPROVAL,
        &["approval"],
        json!({
            "description": "Persons must approve.",
            "properties": properties,
            "examples": [{ "approval": "release-managers", "count": 2, "exclude": ["requester", "author"], "expires": "72h" }],
        }),
    )
}

fn soak() -> (String, Value) {
    let properties = json!({
        "soak": at("span", "How long."),
        "unobserved": { "type": "boolean", "default": false, "description": "Whether an environment upstream that is neither deployed to nor checked is accepted." },
    });
    block(
        &SOAK,
        &["soak"],
        json!({
            "description": "The release must have been current and verified upstream for a time, without an incident.",
            "properties": properties,
            "examples": [{ "soak": "24h" }],
        }),
    )
}

fn window_gate() -> (String, Value) {
    block(
        &WINDOW_GATE,
        &["window"],
        json!({
            "description": "Only at certain times of the week.",
            "properties": { "window": at(WINDOW.name, "When it is open.") },
            "examples": [{ "window": { "days": "mon-thu", "hours": "09:00-16:00", "timezone": "Europe/Berlin" } }],
        }),
    )
}

fn window() -> (String, Value) {
    let properties = json!({
        "days": one_or_list("days", "The days of the week on which it opens."),
        "hours": one_or_list("hours", "The hours of such a day; what is after midnight belongs to the day it began on."),
        "timezone": at("timezone", "The time zone whose clocks are meant."),
        "except": one_or_list("dates", "Days of that time zone on which nothing opens, and nothing is open."),
    });
    block(
        &WINDOW,
        &["days", "hours", "timezone"],
        json!({
            "description": "The times of the week at which a promotion may begin.",
            "properties": properties,
            "examples": [{ "days": ["mon-wed", "fri"], "hours": ["09:00-12:00", "22:00-02:00"], "timezone": "UTC", "except": ["2026-12-24..2027-01-02"] }],
        }),
    )
}

fn signature() -> (String, Value) {
    let one = json!({ "type": ["string", "number", "boolean"] });
    let values = json!({ "anyOf": [one, { "type": "array", "items": one, "uniqueItems": true, "minItems": 1 }] });
    let properties = json!({
        "signature": { "type": "string", "pattern": "^(image|[A-Za-z0-9]+:[!-~]+)$", "description": "What has to be signed beside each image: `image` itself, or an attestation of this predicate type." },
        "key": one_or_list("key-name", "Whose signature counts."),
        "where": {
            "type": "object",
            "description": "What its predicate must say, by JSON pointer; a value that ends with * allows what starts so.",
            "propertyNames": { "pattern": "^/" },
            "additionalProperties": values,
            "minProperties": 1,
            "maxProperties": CONDITIONS_MAX,
        },
    });
    block(
        &SIGNATURE,
        &["signature", "key"],
        json!({
            "description": "Beside each image there is something of a type, signed with a key.",
            "properties": properties,
            "examples": [
                { "signature": "image", "key": "ci" },
                { "signature": "https://slsa.dev/provenance/v1", "key": "ci", "where": { "/runDetails/builder/id": "https://ci.example.com/*" } },
            ],
        }),
    )
}
