//! Differences between two policies.

use liftlock_core::Policy;
use liftlock_pipeline_file::{Source, diff, parse};

const SHOP: &str = include_str!("files/shop.yaml");

fn read(text: &str) -> Policy {
    let source = Source {
        name: "liftlock.yaml",
        text: text.as_bytes(),
    };
    parse(&source, &|_| Ok(Vec::new())).unwrap_or_else(|d| panic!("{}", d[0]))
}

/// The changes as `path: before -> after`, with `-` for nothing.
fn changes(old: &Policy, new: &Policy) -> Vec<String> {
    let value = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    diff(old, new)
        .into_iter()
        .map(|c| format!("{}: {} -> {}", c.path, value(c.before), value(c.after)))
        .collect()
}

#[test]
fn each_change_is_said_in_the_files_words() {
    let old = read(SHOP);
    assert_eq!(diff(&old, &old), []);
    for (from, to, expected) in [
        (
            "fresh: 24h",
            "fresh: 12h",
            "environments.staging.gates.image-scan.fresh: 1d -> 12h",
        ),
        (
            "        fresh: 24h\n",
            "",
            "environments.staging.gates.image-scan.fresh: 1d -> -",
        ),
        (
            "owners: [dana]",
            "owners: [dana, erin]",
            "owners: [dana] -> [dana, erin]",
        ),
        (
            "owners: [dana]",
            "owners: [dana, \"oidc-group:Platform Team\"]",
            "owners: [dana] -> [dana, \"oidc-group:Platform Team\"]",
        ),
        (
            "owners: [dana]",
            "owners: [dana]\nkeep: none",
            "keep: - -> none",
        ),
        (
            "{ approval: security, of: image-scan }",
            "{ approval: security, of: image-scan, count: 1, exclude: [author] }",
            "environments.production.gates.scan-review.exclude: [requester] -> [author]",
        ),
        (
            "{ approval: security, of: image-scan }",
            "{ soak: 1h }",
            "environments.production.gates.scan-review: { approval: [security], count: 1, exclude: [requester], of: image-scan } -> { soak: 1h, unobserved: false }",
        ),
        (
            "    gates: none                      # said, not forgotten",
            "    gates: { t: { evidence: tests, from: ci, fresh: 90m } }",
            "environments.development.gates: none -> { t: { evidence: tests, from: [ci], fresh: 1h30m, per: release } }",
        ),
        (
            "    after: staging\n",
            "    after: staging\n    repository: [\"eu.example.com/{image}\", \"us.example.com/x/{image}\"]\n",
            r#"environments.production.repository: - -> ["eu.example.com/{image}", "us.example.com/x/{image}"]"#,
        ),
        (
            "days: mon-thu",
            "days: [sun, mon-wed]",
            "environments.production.gates.hours.window.days: [mon-thu] -> [mon-wed, sun]",
        ),
        (
            ", except: [2026-12-24..2027-01-02]",
            "",
            "environments.production.gates.hours.window.except: [\"2026-12-24..2027-01-02\"] -> -",
        ),
        (
            "rollback: none",
            "rollback: { on: check }",
            "environments.production.rollback: none -> { on: [check] }",
        ),
        (
            "--users, 50]",
            "--users, 60]",
            r#"environments.staging.checks.load-test.command: ["./load-test.sh", "--users", "50"] -> ["./load-test.sh", "--users", "60"]"#,
        ),
    ] {
        let new = read(&SHOP.replacen(from, to, 1));
        assert_ne!(old, new, "{from}");
        let found = changes(&old, &new);
        assert_eq!(found, [expected], "{from}");
    }
}

#[test]
fn environments_are_matched_by_name_and_their_order_is_a_change_of_its_own() {
    let old = read(SHOP);
    let mut new = old.clone();
    new.environments.swap(0, 1);
    assert_eq!(
        changes(&old, &new),
        ["environments: [development, staging, production] -> [staging, development, production]"]
    );
    new = old.clone();
    let last = new.environments.pop().unwrap();
    let found = changes(&old, &new);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("environments.production: { after: [staging], tags: "));
    let mut renamed = last;
    renamed.name = "v1.0".parse().unwrap();
    new.environments.push(renamed);
    assert!(changes(&old, &new)[1].starts_with("environments.\"v1.0\": - -> { after:"));
}

#[test]
fn another_content_of_a_named_file_is_a_change() {
    let source = Source {
        name: "liftlock.yaml",
        text: SHOP.as_bytes(),
    };
    let new = parse(&source, &|path| Ok(path.as_bytes()[..7].to_vec())).unwrap();
    let found = diff(&read(SHOP), &new);
    assert_eq!(found.len(), 4);
    assert_eq!(found[0].path, "files.\"./load-test.sh\"");
    assert_eq!(found[2].path, "files.\"docker-compose.staging.yml\"");
    assert_ne!(found[2].before, found[2].after);
}
