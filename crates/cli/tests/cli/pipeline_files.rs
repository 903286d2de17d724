//! Pipeline files that are refused, and files they name.

use std::fs;

use crate::sample::{SHOP, release, shop};
use crate::scenario::Scenario;

#[test]
fn a_bad_pipeline_file_is_told_by_line() {
    let mut s = Scenario::new();
    s.world.write_programs();
    let base = "version: 1\npipeline: shop\nidentity: claimed\nimage: r.example.com/shop\n";
    let one = "environments:\n  staging: { tags: [staging], gates: none }\n";
    let two = "environments:\n  staging: { tags: [a], gates: none, after: production }\n  production: { tags: [b], gates: none, after: staging }\n";
    let files: &[(&str, String)] = &[
        ("a cycle", format!("{base}{two}")),
        (
            "no images",
            format!("version: 1\npipeline: shop\nidentity: claimed\n{one}"),
        ),
        (
            "an empty group",
            format!("{base}groups: {{ qa: [] }}\n{one}"),
        ),
        (
            "gates are not said",
            format!("{base}environments:\n  staging: {{ tags: [staging] }}\n"),
        ),
        (
            "an empty list of gates",
            format!("{base}{}", one.replace("none", "{}")),
        ),
        (
            "one tag, two environments",
            format!(
                "{base}{one}  production: {{ tags: [staging], gates: none, after: staging }}\n"
            ),
        ),
        (
            "a key near a known one",
            format!("{base}{}", one.replace("tags", "tag")),
        ),
        ("another such key", format!("{base}enviroments:\n")),
        (
            "an unknown environment",
            format!(
                "{base}{}",
                one.replace("gates: none", "gates: none, after: development")
            ),
        ),
        (
            "an unknown group",
            // With claimed identities it would be a user's name.
            format!(
                "{}owners: [\"oidc:dana\"]\n{}",
                base.replace("claimed", "authenticated"),
                one.replace("none", "{ ok: { approval: qa } }")
            ),
        ),
        (
            "no rollback",
            format!(
                "{base}{}",
                one.replace("none", "none, deploy: { command: [./deploy.sh] }")
            ),
        ),
        ("the same key twice", format!("{base}pipeline: shop\n{one}")),
        (
            "a newer version",
            format!("{base}{one}").replace("version: 1", "version: 2"),
        ),
        ("not a mapping", "- 1\n- 2\n".to_owned()),
        ("nothing", String::new()),
        ("not YAML", "version: [1\n".to_owned()),
        (
            "a hostile name",
            format!("{base}{one}").replace("pipeline: shop", "pipeline: \"a\\e[2J\\u202e\""),
        ),
        (
            "too large",
            format!("{base}{one}# {}\n", "x".repeat(300 * 1024)),
        ),
    ];
    for (name, text) in files {
        s.heading(name);
        s.world.write_pipeline(text);
        let output = s.refused(2, &["policy", "check"]);
        assert!(
            output.stderr.contains("liftlock.yaml"),
            "{name}: {output:?}"
        );
        let tick = s.world.run(crate::scenario::LIFTLOCK, &["tick"]);
        assert_eq!((tick.code, &tick.stderr), (2, &output.stderr), "{name}");
    }
    s.heading("not UTF-8");
    let path = s.world.folder().join("liftlock.yaml");
    fs::write(&path, b"version: 1\npipeline: \xff\xfe\n").expect("a file");
    s.refused(2, &["policy", "check"]);
    s.json(2, &["policy", "check"]);
    s.heading("a folder");
    fs::remove_file(&path).expect("no file");
    fs::create_dir(&path).expect("a folder");
    s.refused(2, &["policy", "check"]);
    assert!(
        !s.world.folder().join(".liftlock").exists(),
        "a state was made"
    );
    s.end("pipeline_files");
}

#[test]
fn a_named_file_is_part_of_the_policy() {
    let mut s = shop();
    release(&s, "1.0.0", "build-1");
    let check = s.world.folder().join("check.sh");
    let before = fs::read(&check).expect("a program");
    let mut changed = before.clone();
    changed.extend(b"# one more line\n");
    fs::write(&check, changed).expect("a program");
    s.heading("changed since it was adopted");
    s.refused(
        2,
        &["promote", "1.0.0", "--to", "development", "--as", "ci"],
    );
    s.ends(2, &["policy", "diff"]);
    s.heading("missing");
    fs::remove_file(&check).expect("no program");
    s.refused(
        2,
        &["promote", "1.0.0", "--to", "development", "--as", "ci"],
    );
    s.refused(2, &["status"]);
    s.heading("as it was");
    fs::write(&check, before).expect("a program");
    s.ends(
        0,
        &[
            "promote",
            "1.0.0",
            "--to",
            "development",
            "--as",
            "ci",
            "-q",
        ],
    );
    s.heading("a compose file that is not there");
    let compose = SHOP.replacen(
        "deploy: { command: [./deploy.sh], within: 30s }",
        "deploy: { compose: { file: compose.yml, services: { web: app } } }",
        1,
    );
    s.world.write_pipeline(&compose);
    s.refused(2, &["policy", "check"]);
    s.end("named_files");
}
