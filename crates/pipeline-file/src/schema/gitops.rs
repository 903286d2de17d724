//! Deployments by a commit.

use serde_json::{Value, json};

use super::values::IMAGE_KEY;
use super::{at, block, named};
use crate::deploy::{DEPLOY_GITOPS, FORMS, GITOPS, HELM, KUSTOMIZE, VALUE};

/// A key's path into a YAML file.
const YAML_PATH: &str = "^(\"[^\"]+\"|[^\".\\[]+)(\\[([0-9]+|[^=\\]]+=[^\\]]*)\\])*(\\.(\"[^\"]+\"|[^\".\\[]+)(\\[([0-9]+|[^=\\]]+=[^\\]]*)\\])*)*$";

pub(super) fn defs() -> Vec<(String, Value)> {
    let kind = json!({
        "description": "Commits the release's digests to a Git repository, which something else applies.",
        "properties": { "gitops": at(GITOPS.name, "The repository, and where in it each image is named.") },
    });
    vec![
        block(&DEPLOY_GITOPS, &["gitops"], kind),
        gitops(),
        kustomize(),
        helm(),
        value(),
        ("yaml-path".to_owned(), yaml_path()),
    ]
}

fn gitops() -> (String, Value) {
    let place = |shape: &str| json!({ "$ref": format!("#/$defs/{shape}") });
    let one = json!({ "oneOf": [place(KUSTOMIZE.name), place(HELM.name), place(VALUE.name)] });
    let places =
        json!({ "anyOf": [one, { "type": "array", "items": one, "minItems": 1, "maxItems": 50 }] });
    let properties = json!({
        "repository": { "type": "string", "pattern": "^(?!-)(?!.*::)((https://[^@/\\s]+|ssh://([^@:/\\s]+@)?[^@/\\s]+|file://)(/\\S*)?|(?!.*://)[^\\s\\\\]+)$", "description": "The repository as git is told it: https, ssh or file URL, or a path from this file's folder." },
        "branch": { "type": ["string", "number"], "pattern": "^(?![-.@]$)(?!-)(?!.*\\.\\.)[A-Za-z0-9._/+@#-]+$", "default": "main", "description": "The branch." },
        "path": at("path", "The folder in the repository that the files are in; its root by default."),
        "images": named(IMAGE_KEY, &places, "Where each image is named: a place, or several."),
        "within": { "$ref": "#/$defs/span", "default": "5m", "description": "How long it may take." },
    });
    let example = json!({
        "repository": "https://git.example.com/shop/deployments.git",
        "path": "apps/shop/production",
        "images": { "api": { "kustomize": "kustomization.yaml" }, "worker": { "helm": "values.yaml", "at": "worker.image" } },
    });
    block(
        &GITOPS,
        &["repository", "images"],
        json!({ "properties": properties, "examples": [example] }),
    )
}

fn kustomize() -> (String, Value) {
    let properties = json!({
        "kustomize": at("path", "The kustomization."),
        "name": at("text", "The entry's `name`; by default the one that stands for the image's repository."),
    });
    block(
        &KUSTOMIZE,
        &["kustomize"],
        json!({
            "description": "An entry of `images` in a kustomization: its `digest`.",
            "properties": properties,
            "examples": [{ "kustomize": "kustomization.yaml", "name": "shop-api" }],
        }),
    )
}

fn helm() -> (String, Value) {
    let properties = json!({
        "helm": at("path", "The chart's values."),
        "at": at("yaml-path", "The mapping with `repository` and `digest`."),
    });
    block(
        &HELM,
        &["helm", "at"],
        json!({
            "description": "A mapping in a chart's values: its `digest`, and its `registry` and `repository` where it has them.",
            "properties": properties,
            "examples": [{ "helm": "values.yaml", "at": "worker.image" }],
        }),
    )
}

fn value() -> (String, Value) {
    let properties = json!({
        "file": at("path", "The file."),
        "at": at("yaml-path", "The value."),
        "write": { "enum": FORMS.map(|(word, _)| word), "default": "reference", "description": "`repository@sha256:...`, or the digest alone." },
    });
    block(
        &VALUE,
        &["file", "at"],
        json!({
            "description": "Any single value of a YAML file.",
            "properties": properties,
            "examples": [{ "file": "deployment.yaml", "at": "spec.template.spec.containers[name=web].image" }],
        }),
    )
}

fn yaml_path() -> Value {
    json!({
        "type": ["string", "number"],
        "pattern": YAML_PATH,
        "description": "Keys with dots between them; [0] or [name=web] for a list's item.",
        "examples": ["image", "spec.template.spec.containers[name=web].image", "metadata.\"a.b/c\""],
    })
}
