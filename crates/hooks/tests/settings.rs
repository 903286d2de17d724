//! The configuration of who may call.

use liftlock_hooks::incoming::IncomingSettings;
use serde_json::json;

fn check(settings: serde_json::Value, problem: &str) {
    let settings: Result<IncomingSettings, _> = serde_json::from_value(settings);
    let found = match settings {
        Err(error) => error.to_string(),
        Ok(settings) => settings
            .check()
            .err()
            .map(|e| e.to_string())
            .unwrap_or_default(),
    };
    assert!(
        found.contains(problem) && problem.is_empty() == found.is_empty(),
        "{found}"
    );
}

fn registry(name: &str, host: &str) -> serde_json::Value {
    json!({"name": name, "kind": "distribution", "host": host, "secrets": [{"from_env": "S"}]})
}

#[test]
fn hooks_are_read_and_looked_at() {
    let alertmanager = |place: serde_json::Value| {
        json!({"alertmanagers": [{"name": "main", "secrets": [{"from_file": "/s"}],
            "pipeline": "shop", "environment": place}]})
    };
    check(json!({}), "");
    check(
        json!({"registries": [registry("a", "localhost:5000"), registry("b", "r.example.com")]}),
        "",
    );
    check(alertmanager(json!({"label": "environment"})), "");
    check(alertmanager(json!("production")), "");
    check(
        alertmanager(json!("not a name")),
        "is not a valid environment name",
    );
    check(
        alertmanager(json!({"labels": "x"})),
        "expected a name, or { label: LABEL }",
    );
    check(json!({"registry": []}), "unknown field `registry`");
    check(
        json!({"registries": [registry("a", "r.io"), registry("a", "r.io")]}),
        "two hooks are called a",
    );
    check(
        json!({"registries": [registry("../a", "r.io")]}),
        "cannot be a hook's name",
    );
    check(
        json!({"registries": [registry("a", "registry")]}),
        "is not a registry's host",
    );
    check(
        json!({"registries": [registry("a", "https://r.io")]}),
        "is not a registry's host",
    );
    let mut open = registry("a", "r.io");
    open["secrets"] = json!([]);
    check(json!({"registries": [open]}), "has no secret");
    let mut said = registry("a", "r.io");
    said["secrets"] = json!([{"from_env": "S", "from_file": "/s"}]);
    check(
        json!({"registries": [said]}),
        "expected map with a single key",
    );
}
