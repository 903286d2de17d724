//! What `liftlock init` writes.

use liftlock_core::{Actor, Groups, Policy};
use liftlock_pipeline_file::{Diagnostic, Source, parse, starter};

fn read(text: &str) -> Result<Policy, Vec<Diagnostic>> {
    let source = Source {
        name: "liftlock.yaml",
        text: text.as_bytes(),
    };
    parse(&source, &|_| Ok(Vec::new()))
}

#[test]
fn the_starter_parses_whatever_the_names() {
    for image in [
        "registry.example.com/myapp",
        "localhost:5000/a/b",
        "[::1]:5000/a",
        "app",
    ] {
        for pipeline in ["myapp", "1.0", "null", "true", "no"] {
            for user in ["alice", "owners", "release-managers", "123", "null", "on"] {
                let pipeline = pipeline.parse().unwrap();
                let (image, user) = (image.parse().unwrap(), user.parse().unwrap());
                let text = starter(&image, &pipeline, &user);
                let policy = read(&text).unwrap_or_else(|d| panic!("{}\n{text}", d[0]));
                assert_eq!(policy.pipeline, pipeline);
                assert_eq!(policy.images.values().next(), Some(&image));
                let group = policy.groups.values().next().unwrap();
                let identity = format!("user:{user}").parse().unwrap();
                let actor = Actor::authenticated(identity, Groups::default());
                assert!(policy.any_means(group, &actor), "{text}");
            }
        }
    }
}

#[test]
fn the_starter_s_examples_parse_when_they_are_uncommented() {
    let image = "registry.example.com/myapp".parse().unwrap();
    let text = starter(&image, &"myapp".parse().unwrap(), &"alice".parse().unwrap());
    let is_example = |line: &str| {
        let line = line.trim_start();
        let examples = [
            "# repository:",
            "# deploy:",
            "#   ",
            "# checks:",
            "# rollback:",
            "# soak:",
        ];
        examples.iter().any(|start| line.starts_with(start))
    };
    let lines = text.lines().map(|line| match is_example(line) {
        true => line.replacen("# ", "", 1),
        false => line.to_owned(),
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    let policy = read(&text).unwrap_or_else(|d| panic!("{}\n{text}", d[0]));
    assert!(
        policy
            .environments
            .iter()
            .all(|e| e.deploy.is_some() && !e.checks.is_empty())
    );
    assert_eq!(policy.environments[1].gates.list().len(), 2);
    assert_eq!(policy.environments[1].repositories.len(), 1);
}
