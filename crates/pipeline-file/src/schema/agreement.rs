//! That the schema accepts what the parser accepts, and refuses bad form as it does.

use serde_json::{Map, Value, json};

use super::schema;
use crate::node::{Kind, Node};
use crate::{Source, parse, starter, tree};

const SHOP: &str = include_str!("../../tests/files/shop.yaml");
const MINIMAL: &str = include_str!("../../tests/files/minimal.yaml");
const DELIVERY: &str = include_str!("../../tests/files/delivery.yaml");
const BASE: &str = include_str!("../../tests/files/base.yaml");

/// What stands in the place of `owners`, for gates that name a key.
const KEYED: &str = "owners: [dana]\nkeys: { ci: MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEoovx2h2HeFP2wQwYYt1c0WG9yZfXvThWjXPZnHu8HS7cGdVpH1+1AgeX2w9LRSMi+MRwEZWRaI1AEXQ6+qUoAQ== }";

/// The JSON value that an editor sees in a YAML text (YAML 1.2 core schema).
fn value(node: &Node) -> Value {
    match &node.kind {
        Kind::List(items) => items.iter().map(value).collect(),
        Kind::Map(entries) => {
            let entries = entries
                .iter()
                .map(|entry| (entry.key.clone(), value(&entry.value)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
        Kind::Scalar { .. } if node.is_null() => Value::Null,
        Kind::Scalar { text, quoted } => match (node.boolean(), text.parse::<f64>()) {
            (Some(value), _) => json!(value),
            (None, Ok(_)) if !quoted => text.parse::<u64>().map_or(json!(1.5), |n| json!(n)),
            _ => json!(text),
        },
    }
}

fn accepts(text: &str) -> bool {
    let validator = jsonschema::draft202012::new(&schema()).unwrap();
    validator.is_valid(&value(&tree::read(text).root.unwrap()))
}

fn parses(text: &str) -> bool {
    let source = Source {
        name: "f",
        text: text.as_bytes(),
    };
    parse(&source, &|_| Ok(Vec::new())).is_ok()
}

#[test]
fn the_schema_is_one_and_accepts_the_examples() {
    assert!(jsonschema::draft202012::meta::is_valid(&schema()));
    let image = "registry.example.com/myapp".parse().unwrap();
    let (pipeline, user) = ("myapp".parse().unwrap(), "alice".parse().unwrap());
    for text in [
        SHOP,
        MINIMAL,
        DELIVERY,
        BASE,
        &starter(&image, &pipeline, &user),
    ] {
        assert!(accepts(text) && parses(text), "{text}");
    }
}

#[test]
fn the_examples_of_each_definition_satisfy_it() {
    let schema = schema();
    let mut count = 0;
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        let reference = format!("#/$defs/{name}");
        let alone = json!({ "$ref": reference, "$defs": schema["$defs"] });
        let validator = jsonschema::draft202012::new(&alone).unwrap();
        for example in definition["examples"].as_array().into_iter().flatten() {
            assert!(validator.is_valid(example), "{name}: {example}");
            count += 1;
        }
    }
    assert!(count > 20, "{count}");
}

#[test]
fn good_and_bad_form_is_the_same_to_both() {
    for (from, to, good) in [
        ("owners: [dana]", "owners: dana", true),
        (
            "owners: [dana]",
            "owners: [\"oidc:dana@example.com\"]",
            true,
        ),
        ("owners: [dana]", "owners: [\"oidc:\"]", false),
        ("owners: [dana]", "owner: [dana]", false),
        ("owners: [dana]", "owners: [dana]\nkeep: none", true),
        ("owners: [dana]", "owners: [dana]\nkeep: true", false),
        (
            "owners: [dana]",
            "owners: [dana]\nimage: x.example.com/y",
            false,
        ),
        (
            "owners: [dana]",
            "owners: [dana]\nallow: { freeze: owners }",
            true,
        ),
        ("pipeline: shop", "pipeline: 1.0", true),
        ("pipeline: shop", "pipeline: true", false),
        ("pipeline: shop", "pipeline: -shop", false),
        ("version: 1", "version: 2", false),
        ("{ api: registry", "{ API: registry", false),
        ("shop/api }", "shop/api@sha256:00 }", false),
        ("tags: [staging]", "tags: staging", true),
        ("tags: [staging]", "tags: [1.0, 2]", true),
        ("tags: [staging]", "tags: []", false),
        ("after: staging", "after: []", false),
        (
            "after: staging",
            "after: staging\n    repository: prod.example.com/shop/{image}",
            true,
        ),
        (
            "after: staging",
            "repository: [eu.example.com/a, us.example.com/a]",
            true,
        ),
        ("after: staging", "repository: []", false),
        (
            "after: staging",
            "repository: prod.example.com/{key}",
            false,
        ),
        (
            "after: staging",
            "repository: prod.example.com/{image",
            false,
        ),
        (
            "after: staging",
            "repository: prod.example.com/image}",
            false,
        ),
        ("after: staging", "repository: \"{image}/a\"", false),
        ("after: staging", "repository: prod.example.com/a@b", false),
        ("fresh: 24h", "fresh: 1d12h", true),
        ("fresh: 24h", "fresh: 12h1d", false),
        ("fresh: 24h", "fresh: 24", false),
        ("fresh: 24h", "fresh: \"\"", false),
        ("fresh: 24h", "per: image, platforms: linux/amd64", true),
        ("fresh: 24h", "per: image, platforms: linux", false),
        (
            "evidence: tests, from: ci, fresh: 24h",
            "evidence: scan, from: ci, max: { high: 0 }",
            true,
        ),
        (
            "evidence: tests, from: ci, fresh: 24h",
            "evidence: scan, from: ci, max: {}",
            false,
        ),
        (
            "fresh: 24h",
            "min: { passed: 100 }, max: { skipped: 3 }",
            true,
        ),
        ("fresh: 24h", "min: { passed: 0 }", false),
        ("fresh: 24h", "min: { failed: 1 }", false),
        (
            "evidence: tests, from: ci, fresh: 24h",
            "evidence: load, from: ci, min: { requests: 1 }, max: { requests-failed: 0 }",
            true,
        ),
        (
            "evidence: tests, from: ci, fresh: 24h",
            "evidence: scan, from: ci, vex: [ci, alice], max: { high: 0 }, accept: { id: CVE-1, until: 2026-12-31, reason: no }",
            true,
        ),
        (
            "evidence: tests, from: ci, fresh: 24h",
            "evidence: scan, from: ci, max: { high: 0 }, accept: [{ id: 1, until: \"2026-12-31\", reason: 2 }, { id: B, until: 2026-12-31, reason: no }]",
            true,
        ),
        (
            "evidence: tests, from: ci, fresh: 24h",
            "evidence: scan, from: ci, max: { high: 0 }, accept: []",
            false,
        ),
        (
            "evidence: tests, from: ci, fresh: 24h",
            "evidence: scan, from: ci, max: { high: 0 }, accept: { id: CVE-1, until: 2026-12-31 }",
            false,
        ),
        (
            "evidence: tests, from: ci, fresh: 24h",
            "evidence: scan, from: ci, max: { high: 0 }, accept: { id: CVE-1, until: 31.12.2026, reason: no }",
            false,
        ),
        (
            "evidence: tests, from: ci, fresh: 24h",
            "evidence: scan, from: ci, max: { high: 0 }, vex: []",
            false,
        ),
        (
            "evidence: tests, from: ci, fresh: 24h",
            "evidence: load, from: ci",
            true,
        ),
        (
            "evidence: tests, from: ci, fresh: 24h",
            "evidence: any, from: ci",
            true,
        ),
        (
            "evidence: tests, from: ci, fresh: 24h",
            "evidence: guess, from: ci",
            false,
        ),
        ("count: 2", "exclude: []", true),
        ("count: 2", "exclude: author", true),
        ("count: 2", "exclude: [me]", false),
        ("count: 2", "count: 0", false),
        ("count: 2", "soak: 1h", false),
        (
            "approval: managers, count: 2",
            "approval: managers, of: unit-tests, shared: true",
            true,
        ),
        (
            "approval: managers, count: 2",
            "approval: managers, shared: 1",
            false,
        ),
        ("approval: managers, count: 2", "soak: 1h", true),
        (
            "approval: managers, count: 2",
            "soak: 1h, unobserved: yes",
            false,
        ),
        (
            "approval: managers, count: 2",
            "window: { days: mon-thu, hours: \"09:00-16:00\", timezone: Europe/Berlin }",
            true,
        ),
        (
            "approval: managers, count: 2",
            "window: { days: mon-thu, hours: \"09:00-16:00\", timezone: Europe/Berlin, except: [2026-12-24, 2026-12-25..2027-01-02] }",
            true,
        ),
        (
            "approval: managers, count: 2",
            "window: { days: mon-thu, hours: \"09:00-16:00\", timezone: Europe/Berlin, except: 2026-12-24 }",
            true,
        ),
        (
            "approval: managers, count: 2",
            "window: { days: mon-thu, hours: \"09:00-16:00\", timezone: Europe/Berlin, except: [] }",
            false,
        ),
        (
            "approval: managers, count: 2",
            "window: { days: mon-thu, hours: \"09:00-16:00\", timezone: Europe/Berlin, except: 24.12.2026 }",
            false,
        ),
        (
            "approval: managers, count: 2",
            "window: { days: mon-thu, hours: \"09:00-16:00\", timezone: Europe/Berlin, only: mon }",
            false,
        ),
        (
            "approval: managers, count: 2",
            "window: { days: [mon, wed-fri], hours: [\"00:00-24:00\", 22:00-02:00], timezone: UTC }",
            true,
        ),
        (
            "approval: managers, count: 2",
            "window: { days: fri-mon, hours: \"00:00-24:00\", timezone: UTC }",
            true,
        ),
        (
            "approval: managers, count: 2",
            "window: { days: [], hours: \"00:00-24:00\", timezone: UTC }",
            false,
        ),
        (
            "approval: managers, count: 2",
            "window: { days: mon-mon, hours: \"00:00-24:00\", timezone: UTC }",
            false,
        ),
        (
            "approval: managers, count: 2",
            "window: { days: Monday, hours: \"00:00-24:00\", timezone: UTC }",
            false,
        ),
        (
            "approval: managers, count: 2",
            "window: { days: mon, hours: \"9:00-16:00\", timezone: UTC }",
            false,
        ),
        (
            "approval: managers, count: 2",
            "window: { days: mon, hours: \"09:00-24:01\", timezone: UTC }",
            false,
        ),
        (
            "approval: managers, count: 2",
            "window: { days: mon, hours: \"09:00-09:00\", timezone: UTC }",
            false,
        ),
        (
            "approval: managers, count: 2",
            "window: { days: mon, hours: [], timezone: UTC }",
            false,
        ),
        (
            "approval: managers, count: 2",
            "window: { days: mon, hours: \"09:00-16:00\", timezone: utc }",
            false,
        ),
        (
            "approval: managers, count: 2",
            "window: { days: mon, hours: \"09:00-16:00\" }",
            false,
        ),
        (
            "approval: managers, count: 2",
            "window: { hours: \"09:00-16:00\", timezone: UTC }",
            false,
        ),
        ("approval: managers, count: 2", "window: mon-thu", false),
        (
            "    after: staging\n",
            "    after: staging\n    sign: ci\n",
            true,
        ),
        (
            "    after: staging\n",
            "    after: staging\n    sign: [ci]\n",
            false,
        ),
        ("keys: { ci: ", "keys: { a b: c, ci: ", false),
        ("keys: { ci: ", "keys: { other: [c], ci: ", false),
        (
            "approval: managers, count: 2",
            "signature: image, key: ci",
            true,
        ),
        (
            "approval: managers, count: 2",
            "signature: https://slsa.dev/provenance/v1, key: [ci], where: { /a/b: [x, 1, true], /c: y }",
            true,
        ),
        ("approval: managers, count: 2", "signature: image", false),
        (
            "approval: managers, count: 2",
            "signature: image, key: []",
            false,
        ),
        (
            "approval: managers, count: 2",
            "signature: provenance, key: ci",
            false,
        ),
        (
            "approval: managers, count: 2",
            "signature: image, key: ci, where: {}",
            false,
        ),
        (
            "approval: managers, count: 2",
            "signature: image, key: ci, where: { a: b }",
            false,
        ),
        (
            "approval: managers, count: 2",
            "signature: image, key: ci, where: { /a: [] }",
            false,
        ),
        ("fresh: 24h", "key: ci", true),
        ("fresh: 24h", "key: []", false),
        ("file: compose.yml", "files: [./a.yml, b/c..yml]", true),
        (
            "file: compose.yml",
            "file: compose.yml, profiles: jobs",
            true,
        ),
        (
            "file: compose.yml",
            "file: compose.yml, profiles: [jobs, x.y]",
            true,
        ),
        (
            "file: compose.yml",
            "file: compose.yml, profiles: [\"-f\"]",
            false,
        ),
        (
            "file: compose.yml",
            "file: compose.yml, profiles: []",
            false,
        ),
        ("file: compose.yml", "file: a/../b.yml", false),
        ("file: compose.yml", "file: a/..", false),
        ("file: compose.yml", "file: /a.yml", false),
        ("file: compose.yml", "file: a.yml, files: b.yml", false),
        ("file: compose.yml, ", "", false),
        (
            "compose: { file: compose.yml, services: { web: api } }",
            "command: [a, 1], env: { A: 1 }",
            true,
        ),
        (
            "compose: { file: compose.yml, services: { web: api } }",
            "command: a b",
            false,
        ),
        (
            "compose: { file: compose.yml, services: { web: api } }",
            "command: [a], env: { LIFTLOCK_A: 1 }",
            false,
        ),
        (
            "compose: { file: compose.yml, services: { web: api } }",
            "gitops: { repository: ../hub.git, images: { api: { kustomize: k.yaml } } }",
            true,
        ),
        (
            "compose: { file: compose.yml, services: { web: api } }",
            "gitops: { repository: \"https://git.example.com/a.git\", branch: release/1.0, path: apps/shop, within: 2m, \
             images: { api: [{ kustomize: k.yaml, name: api }, { helm: v.yaml, at: \"a.b[0]\" }, \
             { file: d.yaml, at: \"spec.containers[name=web].image\", write: digest }] } }",
            true,
        ),
        (
            "compose: { file: compose.yml, services: { web: api } }",
            "gitops: { repository: git@git.example.com:a/b.git, images: { api: { kustomize: k.yaml } } }",
            true,
        ),
        (
            "compose: { file: compose.yml, services: { web: api } }",
            "gitops: { repository: \"ssh://git@git.example.com/a.git\", images: { api: { kustomize: k.yaml } } }",
            true,
        ),
        (
            "compose: { file: compose.yml, services: { web: api } }",
            "gitops: { repository: \"https://dana:secret@git.example.com/a.git\", images: { api: { kustomize: k.yaml } } }",
            false,
        ),
        (
            "compose: { file: compose.yml, services: { web: api } }",
            "gitops: { repository: \"http://git.example.com/a.git\", images: { api: { kustomize: k.yaml } } }",
            false,
        ),
        (
            "compose: { file: compose.yml, services: { web: api } }",
            "gitops: { repository: \"ext::sh\", images: { api: { kustomize: k.yaml } } }",
            false,
        ),
        (
            "compose: { file: compose.yml, services: { web: api } }",
            "gitops: { repository: a.git, path: ../b, images: { api: { kustomize: k.yaml } } }",
            false,
        ),
        (
            "compose: { file: compose.yml, services: { web: api } }",
            "gitops: { repository: a.git, branch: a..b, images: { api: { kustomize: k.yaml } } }",
            false,
        ),
        (
            "compose: { file: compose.yml, services: { web: api } }",
            "gitops: { repository: a.git, images: { api: { helm: v.yaml } } }",
            false,
        ),
        (
            "compose: { file: compose.yml, services: { web: api } }",
            "gitops: { repository: a.git, images: { api: { file: v.yaml, at: a..b } } }",
            false,
        ),
        (
            "compose: { file: compose.yml, services: { web: api } }",
            "gitops: { repository: a.git, images: { api: [] } }",
            false,
        ),
        (
            "compose: { file: compose.yml, services: { web: api } }",
            "gitops: { repository: a.git }",
            false,
        ),
        ("https://staging.example.com/", "http://localhost:80", true),
        ("https://staging.example.com/", "ftp://localhost", false),
        ("https://staging.example.com/", "https://a@b/", false),
        ("within: 2m", "expect: 204, contains: ok", true),
        ("within: 2m", "expect: 600", false),
        (
            "within: 2m",
            "within: 2m, json: { a: true, \"b.c[0]\": 1, d: x }, headers: { A: 1 }, matches: a+, times: 2, ca: ca.pem, token: { from_env: T }",
            true,
        ),
        ("within: 2m", "json: {}", false),
        ("within: 2m", "json: [a]", false),
        ("within: 2m", "json: { a: [1] }", false),
        ("within: 2m", "times: 0", false),
        ("within: 2m", "times: 1001", false),
        ("within: 2m", "token: secret", false),
        ("within: 2m", "token: {}", false),
        ("within: 2m", "token: { from_env: A, from_file: B }", false),
        ("within: 2m", "token: { from_env: \"a b\" }", false),
        ("within: 2m", "after: []", false),
        (
            "http: \"https://staging.example.com/\", within: 2m",
            "k6: load.js, env: { A: 1 }, within: 2m",
            true,
        ),
        (
            "http: \"https://staging.example.com/\", within: 2m",
            "k6: ../load.js",
            false,
        ),
        (
            "http: \"https://staging.example.com/\", within: 2m",
            "k6: load.js, script: a",
            false,
        ),
        (
            "http: \"https://staging.example.com/\", within: 2m",
            "prometheus: \"http://localhost:9090\", query: up, expect: \"== 1\", for: 10s",
            true,
        ),
        (
            "http: \"https://staging.example.com/\", within: 2m",
            "prometheus: \"http://localhost:9090\", query: up, expect: \"<= -1.5e3\", within: 2m, ca: ca.pem",
            true,
        ),
        (
            "http: \"https://staging.example.com/\", within: 2m",
            "prometheus: \"http://localhost:9090\", query: up, expect: \"= 1\"",
            false,
        ),
        (
            "http: \"https://staging.example.com/\", within: 2m",
            "prometheus: \"http://localhost:9090\", query: up, expect: 1",
            false,
        ),
        (
            "http: \"https://staging.example.com/\", within: 2m",
            "prometheus: \"http://localhost:9090\", query: up",
            false,
        ),
        (
            "http: \"https://staging.example.com/\", within: 2m",
            "prometheus: \"https://a@b\", query: up, expect: \"< 1\"",
            false,
        ),
        ("rollback: { on: [check] }", "rollback: { on: check }", true),
        ("rollback: { on: [check] }", "rollback: { on: [] }", false),
        (
            "rollback: { on: [check] }",
            "rollback: { on: [check, incident], within: 1h }",
            true,
        ),
        (
            "rollback: { on: [check] }",
            "rollback: { on: incident, within: 1h }",
            true,
        ),
        (
            "rollback: { on: [check] }",
            "rollback: { on: [check, incident] }",
            false,
        ),
        (
            "rollback: { on: [check] }",
            "rollback: { on: [check], within: 1h }",
            false,
        ),
        ("    rollback: { on: [check] }\n", "", false),
        (
            "    after: staging\n",
            "    after: staging\n    override: { by: managers, max: 24h }\n",
            true,
        ),
        (
            "    after: staging\n",
            "    after: staging\n    override: { by: managers }\n",
            false,
        ),
        (
            "    after: staging\n",
            "    after: staging\n    auto: true\n",
            true,
        ),
        (
            "    after: staging\n",
            "    after: staging\n    auto: yes\n",
            false,
        ),
        (
            "    after: staging\n",
            "    after: staging\n    worker: prod-host\n",
            true,
        ),
        (
            "    after: staging\n",
            "    after: staging\n    worker: prod host\n",
            false,
        ),
        (
            "    after: staging\n",
            "    after: staging\n    worker: [prod-host]\n",
            false,
        ),
    ] {
        let base = BASE.replacen("owners: [dana]", KEYED, 1);
        assert!(base.contains(from), "{from}");
        let text = base.replacen(from, to, 1);
        assert_eq!(
            (accepts(&text), parses(&text)),
            (good, good),
            "{from} -> {to}"
        );
    }
}
