//! What an operator may configure.

use liftlock_identity::{ConfigError, Identities, IdentityConfig, RULES_MAX};
use serde_json::{Value, json};

use crate::memory::Memory;
use crate::world::{PUBLIC_URL, with};

fn refused(config: Value) -> Option<ConfigError> {
    let config: IdentityConfig = serde_json::from_value(config).unwrap();
    Identities::new(config, PUBLIC_URL, Memory::default()).err()
}

fn rule(claims: Value) -> Value {
    json!({ "name": "shop", "issuer": "https://ci.example.com", "audience": PUBLIC_URL,
        "claims": claims })
}

fn with_rule(rule: Value) -> Value {
    json!({ "ci": [rule] })
}

#[test]
fn a_rule_names_a_repository_by_what_nobody_else_can_take() {
    for good in [
        json!({"repository_id": "74"}),
        json!({"project_id": "22"}),
        json!({"repository_owner_id": "9", "job_workflow_ref": "a/b/.github/workflows/c.yml@refs/heads/main"}),
        json!({"namespace_id": "9", "ci_config_ref_uri": "gitlab.com/a/b//.gitlab-ci.yml@refs/heads/main"}),
    ] {
        assert!(refused(with_rule(rule(good.clone()))).is_none(), "{good}");
    }
    for bad in [
        json!({}),
        json!({"repository": "acme/shop"}),
        json!({"sub": "repo:acme/shop:ref:refs/heads/main"}),
        json!({"repository_owner_id": "9"}),
        json!({"namespace_id": "9", "job_workflow_ref": "x"}),
    ] {
        let error = refused(with_rule(rule(bad.clone())));
        assert!(matches!(error, Some(ConfigError::Mutable { .. })), "{bad}");
    }
}

#[test]
fn issuers_are_https_or_on_this_machine() {
    let good = rule(json!({"project_id": "22"}));
    for (url, is_fine) in [
        ("https://ci.example.com", true),
        ("https://ci.example.com/path/", true),
        ("http://127.0.0.1:5556/dex", true),
        ("http://[::1]:5556", true),
        ("http://localhost:5556", true),
        ("http://ci.example.com", false),
        ("http://localhost.evil.example", false),
        ("http://127.0.0.1.evil.example", false),
        ("https://user@ci.example.com", false),
        ("https://ci.example.com?a=b", false),
        ("https://ci.example.com#a", false),
        ("file:///etc/passwd", false),
        ("ci.example.com", false),
        ("", false),
    ] {
        let error = refused(with_rule(with(good.clone(), "issuer", json!(url))));
        assert_eq!(error.is_none(), is_fine, "{url}: {error:?}");
        let people = json!({ "people": { "issuer": url, "client_id": "x" } });
        assert_eq!(refused(people).is_none(), is_fine, "{url}");
    }
}

#[test]
fn rules_have_names_of_their_own_and_limits() {
    let good = rule(json!({"project_id": "22"}));
    let twice = json!({ "ci": [good.clone(), good.clone()] });
    assert!(matches!(refused(twice), Some(ConfigError::Twice(_))));
    let named = |n: usize| with(good.clone(), "name", json!(format!("r{n}")));
    let many: Vec<Value> = (0..=RULES_MAX).map(named).collect();
    assert!(matches!(
        refused(json!({ "ci": many })),
        Some(ConfigError::Many { .. })
    ));
    for (name, value) in [
        ("audience", json!("")),
        ("claims", json!({"project_id": ""})),
        ("claims", json!({"project_id": "x".repeat(600)})),
        ("pipelines", json!([])),
    ] {
        assert!(
            refused(with_rule(with(good.clone(), name, value))).is_some(),
            "{name}"
        );
    }
    let misspelt = with_rule(with(good, "claim", json!({})));
    assert!(serde_json::from_value::<IdentityConfig>(misspelt).is_err());
}

#[test]
fn an_administrator_is_someone_the_server_knows() {
    let rules = json!([rule(json!({"project_id": "22"}))]);
    for (identity, is_fine) in [
        ("oidc:alice", true),
        ("token:root", true),
        ("user:me", false),
        ("worker:server", false),
        ("token:shop", false),
    ] {
        let config = json!({ "ci": rules, "administrators": [identity] });
        assert_eq!(refused(config).is_none(), is_fine, "{identity}");
    }
}

#[test]
fn sessions_last_a_sensible_time() {
    for (idle, absolute, is_fine) in [
        ("8h", "24h", true),
        ("5m", "30d", true),
        ("1m", "24h", false),
        ("8h", "31d", false),
        ("9h", "8h", false),
    ] {
        let config = json!({ "sessions": { "idle": idle, "absolute": absolute } });
        assert_eq!(refused(config).is_none(), is_fine, "{idle} {absolute}");
    }
}
