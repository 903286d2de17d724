//! An environment.

use serde_json::{Value, json};

use super::values::WORD;
use super::{at, block, named, one_or_list};
use crate::checks::{COMMAND, HTTP, K6, PROMETHEUS};
use crate::deploy::{DEPLOY_COMMAND, DEPLOY_COMPOSE, DEPLOY_GITOPS};
use crate::environments::{ENVIRONMENT, EXPIRES};
use crate::gates::{APPROVAL, EVIDENCE, SIGNATURE, SOAK, WINDOW_GATE};
use crate::overrides::OVERRIDE;
use crate::rollback::ROLLBACK;
use crate::shape::Shape;

pub(super) fn defs() -> Vec<(String, Value)> {
    let mut gates = named(
        WORD,
        &one_of(&[&EVIDENCE, &APPROVAL, &SOAK, &WINDOW_GATE, &SIGNATURE]),
        "Rules by name.",
    );
    gates["minProperties"] = json!(1);
    let mut checks = named(
        WORD,
        &one_of(&[&HTTP, &COMMAND, &K6, &PROMETHEUS]),
        "What is run against the deployed release.",
    );
    checks["minProperties"] = json!(1);
    let rollback = json!({ "$ref": format!("#/$defs/{}", ROLLBACK.name) });
    let mut deploy = one_of(&[&DEPLOY_COMPOSE, &DEPLOY_GITOPS, &DEPLOY_COMMAND]);
    deploy["description"] = json!("How a release is deployed, if Liftlock does it.");
    let properties = json!({
        "after": one_or_list("environment-name", "The environments a release must have been verified in; without it, this is an entry."),
        "repository": one_or_list("place", "Where each image is copied to before it is deployed or tagged; without it, images stay where they are built."),
        "tags": one_or_list("tag", "The tags a promotion writes, in each repository of each image."),
        "gates": { "anyOf": [{ "const": "none" }, gates], "description": "The rules for entering, or `none`." },
        "deploy": deploy,
        "checks": checks,
        "rollback": { "anyOf": [{ "const": "none" }, rollback], "description": "When to return to the last known-good release, or `none`; needed with `deploy`." },
        "expires": with_default(at("span", "How long a promotion stays open."), &EXPIRES.to_string()),
        "sign": at("key-name", "The key with which is signed, beside each image, what is admitted and verified here."),
        "worker": at("label", "The label of the workers that alone carry this environment out; any worker where it is not said."),
        "override": at(OVERRIDE.name, "Who may pass a gate here by decision; nobody where it is not said."),
        "auto": { "type": "boolean", "default": false, "description": "Whether the newest release that may enter is promoted without anyone asking." },
    });
    let overrides = json!({
        "by": one_or_list("who", "Who may ask for one, and confirm another's."),
        "max": at("span", "How long one may count at most."),
    });
    let overrides = block(
        &OVERRIDE,
        &["by", "max"],
        json!({
            "description": "Two persons pass one gate of one promotion, for a time.",
            "properties": overrides,
            "examples": [{ "by": "release-managers", "max": "24h" }],
        }),
    );
    vec![
        overrides,
        block(
            &ENVIRONMENT,
            &["gates"],
            json!({
                "description": "A place a release is promoted to.",
                "properties": properties,
                "dependentRequired": { "deploy": ["rollback"] },
                "examples": [{ "after": "staging", "tags": ["production"], "gates": { "sign-off": { "approval": "release-managers" } } }],
            }),
        ),
    ]
}

fn one_of(shapes: &[&Shape]) -> Value {
    let references = shapes
        .iter()
        .map(|shape| json!({ "$ref": format!("#/$defs/{}", shape.name) }));
    json!({ "oneOf": references.collect::<Vec<_>>() })
}

fn with_default(mut schema: Value, default: &str) -> Value {
    schema["default"] = json!(default);
    schema
}
