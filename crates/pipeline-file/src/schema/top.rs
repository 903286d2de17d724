//! The top of the file, and who may do what.

use liftlock_core::policy::POLICY_VERSION;
use serde_json::{Map, Value, json};

use super::values::{IMAGE_KEY, WORD};
use super::{at, block, named, one_or_list};
use crate::allow::ALLOW;
use crate::environments::ENVIRONMENT;
use crate::file::{FILE, IDENTITY_MODES};

pub(super) fn defs() -> Vec<(String, Value)> {
    vec![allow(), file()]
}

fn allow() -> (String, Value) {
    let properties: Map<String, Value> = ALLOW
        .keys
        .iter()
        .map(|verb| ((*verb).to_owned(), one_or_list("who", "Who may.")))
        .collect();
    block(
        &ALLOW,
        &[],
        json!({ "properties": properties, "examples": [{ "promote": ["ci", "release-managers"] }] }),
    )
}

fn file() -> (String, Value) {
    let reference = |name: &str| json!({ "$ref": format!("#/$defs/{name}") });
    let identities = one_or_list("identity", "The identities a person comes as.");
    let members = one_or_list("who", "Persons and identities.");
    let mut images = named(
        IMAGE_KEY,
        &reference("repository"),
        "The images by key, and their repositories.",
    );
    images["minProperties"] = json!(1);
    let mut environments = named(
        WORD,
        &reference(ENVIRONMENT.name),
        "The environments, in the order they are shown in.",
    );
    environments["minProperties"] = json!(1);
    let modes = IDENTITY_MODES.map(|(word, _)| word);
    let properties = json!({
        "version": { "const": POLICY_VERSION, "description": "The version of this format." },
        "pipeline": { "type": ["string", "number"], "pattern": WORD, "description": "The application's name." },
        "identity": { "enum": modes, "default": modes[0], "description": "What a claimed identity is worth: nothing, or as much as an authenticated one." },
        "image": at("repository", "Short for `images` with the one key `app`."),
        "images": images,
        "keep": { "const": "none", "description": "Releases get no keep-tag; a registry's clean-up may then take their images away." },
        "owners": owners(),
        "people": named(WORD, &identities, "Persons and the identities they come as."),
        "groups": named(WORD, &members, "Groups of persons and identities."),
        "keys": named(WORD, &reference("public-key"), "Public keys that gates name."),
        "allow": at(ALLOW.name, "Who may do what; what is not listed is the owners'."),
        "environments": environments,
    });
    block(
        &FILE,
        &["version", "pipeline", "environments"],
        json!({
            "properties": properties,
            "oneOf": [{ "required": ["image"] }, { "required": ["images"] }],
        }),
    )
}

/// Unlike other lists, an empty one is allowed: with claimed identities, it is everyone's file.
fn owners() -> Value {
    let mut owners = one_or_list(
        "who",
        "Who may change this policy; needed with authenticated identities.",
    );
    owners["anyOf"][1]["minItems"] = json!(0);
    owners
}
