//! The examples, and what they mean.

use liftlock_core::Policy;
use liftlock_core::policy::{CheckKind, Deploy, Exclude, GateRule, IdentityMode, Per, Verb};
use liftlock_core::{PersonName, Span};
use liftlock_oci::Digest;
use liftlock_pipeline_file::{Source, parse};

const SHOP: &str = include_str!("files/shop.yaml");
const MINIMAL: &str = include_str!("files/minimal.yaml");

fn read(text: &str) -> Policy {
    let source = Source {
        name: "liftlock.yaml",
        text: text.as_bytes(),
    };
    parse(&source, &|path| Ok(path.as_bytes().to_vec())).unwrap_or_else(|diagnostics| {
        let lines: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
        panic!("{}", lines.join("\n"));
    })
}

fn gate<'p>(policy: &'p Policy, environment: &str, name: &str) -> &'p GateRule {
    let mut environments = policy.environments.iter();
    environments
        .find(|known| known.name.as_str() == environment)
        .and_then(|known| known.gate(&name.parse().ok()?))
        .map(|gate| &gate.rule)
        .unwrap_or_else(|| panic!("{environment} has no gate {name}"))
}

#[test]
fn the_full_example_is_read_as_it_is_written() {
    let policy = read(SHOP);
    assert_eq!(policy.pipeline.as_str(), "shop");
    assert_eq!(policy.identity, IdentityMode::Authenticated);
    assert!(policy.keep);
    let names: Vec<&str> = policy
        .environments
        .iter()
        .map(|e| e.name.as_str())
        .collect();
    assert_eq!(names, ["development", "staging", "production"]);
    let alice: PersonName = "alice".parse().unwrap();
    assert_eq!(policy.people[&alice].len(), 2);
    let GateRule::Evidence(scan) = gate(&policy, "staging", "image-scan") else {
        panic!()
    };
    assert_eq!(
        (scan.per, scan.fresh),
        (Per::Image, Some(Span::from_secs(86_400)))
    );
    assert_eq!((scan.max.len(), scan.platforms.len()), (2, 2));
    let GateRule::Evidence(tests) = gate(&policy, "staging", "unit-tests") else {
        panic!()
    };
    assert_eq!(tests.per, Per::Release);
    let GateRule::Approval(sign_off) = gate(&policy, "production", "sign-off") else {
        panic!()
    };
    assert_eq!(sign_off.count, 2);
    assert_eq!(sign_off.exclude, [Exclude::Requester, Exclude::Author]);
    let GateRule::Approval(review) = gate(&policy, "production", "scan-review") else {
        panic!()
    };
    assert_eq!(
        (review.count, &review.exclude[..]),
        (1, &[Exclude::Requester][..])
    );
    assert_eq!(review.of.as_ref().unwrap().as_str(), "image-scan");
}

#[test]
fn deployments_checks_and_files_are_read() {
    let policy = read(SHOP);
    let staging = &policy.environments[1];
    let production = &policy.environments[2];
    let Some(Deploy::Compose {
        files,
        services,
        project,
        within,
        ..
    }) = &production.deploy
    else {
        panic!()
    };
    assert_eq!(
        files,
        &["docker-compose.yml", "docker-compose.production.yml"]
    );
    assert_eq!(services["web"].as_str(), "api");
    assert_eq!(
        (project.as_deref(), *within),
        (Some("shop"), Span::from_secs(900))
    );
    assert_eq!(
        staging.deploy.as_ref().unwrap().within(),
        Span::from_secs(300)
    );
    assert_eq!(production.expires, Span::from_secs(14 * 86_400));
    assert_eq!(staging.expires, Span::from_secs(7 * 86_400));
    let CheckKind::Command {
        command, within, ..
    } = &staging.checks[1].kind
    else {
        panic!()
    };
    assert_eq!(command, &["./load-test.sh", "--users", "50"]);
    assert_eq!(*within, Span::from_secs(60));
    assert_eq!(policy.files.len(), 4);
    assert_eq!(
        policy.files["docker-compose.yml"],
        Digest::of(b"docker-compose.yml")
    );
}

#[test]
fn the_smallest_example_uses_the_defaults() {
    let policy = read(MINIMAL);
    assert_eq!(policy.images.keys().next().unwrap().as_str(), "app");
    let GateRule::Evidence(tests) = gate(&policy, "staging", "unit-tests") else {
        panic!()
    };
    assert!(tests.from.is_empty() && tests.fresh.is_none());
    assert_eq!(read(&format!("\u{feff}{MINIMAL}")), policy);
    assert_eq!(read(&MINIMAL.replace('\n', "\r\n")), policy);
}

#[test]
fn numbers_are_text_where_text_is_wanted() {
    let policy = read(&MINIMAL.replace("[staging]", "[1.0, 0x10, 1e3, yes]"));
    let tags: Vec<&str> = policy.environments[0]
        .tags
        .iter()
        .map(|t| t.as_str())
        .collect();
    assert_eq!(tags, ["1.0", "0x10", "1e3", "yes"]);
}

/// An example of the repository's, with the files it names.
fn example(name: &str) -> Policy {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let folder = folder.join(name);
    let file = |path: &str| std::fs::read(folder.join(path)).map_err(|error| error.to_string());
    let text = file("liftlock.yaml").unwrap_or_else(|error| panic!("{name}: {error}"));
    let source = Source {
        name: "liftlock.yaml",
        text: &text,
    };
    parse(&source, &file).unwrap_or_else(|diagnostics| panic!("{}", diagnostics[0]))
}

#[test]
fn an_internal_tool_goes_to_production_by_itself() {
    let policy = example("internal-tool");
    assert_eq!(policy.identity, IdentityMode::Claimed);
    assert!(
        policy
            .environments
            .iter()
            .all(|environment| environment.auto)
    );
    let GateRule::Soak(soak) = gate(&policy, "production", "soak") else {
        panic!()
    };
    assert_eq!(soak.time, "1h".parse::<Span>().unwrap());
}

#[test]
fn a_web_application_goes_where_its_page_says() {
    let policy = example("web-application");
    let [staging, production] = &policy.environments[..] else {
        panic!()
    };
    assert!(staging.deploy.is_some() && production.deploy.is_some());
    assert_eq!(staging.checks.len(), 2);
    let GateRule::Approval(approval) = gate(&policy, "production", "sign-off") else {
        panic!()
    };
    assert_eq!(approval.count, 1);
}

#[test]
fn a_payment_service_asks_for_everything() {
    let policy = example("payment-service");
    assert_eq!(policy.identity, IdentityMode::Authenticated);
    let production = &policy.environments[2];
    assert!(!production.auto);
    assert_eq!(production.repositories.len(), 2);
    assert!(production.overrides.is_some());
    let kinds: Vec<_> = production
        .gates
        .list()
        .iter()
        .map(|gate| gate.rule.kind())
        .collect();
    assert_eq!(
        kinds,
        [
            "soak", "evidence", "evidence", "approval", "approval", "window"
        ]
    );
    // What it names is there, and part of the policy.
    for file in [
        "docker-compose.yml",
        "docker-compose.staging.yml",
        "./check-ledger.sh",
    ] {
        assert!(policy.files.contains_key(file), "{file}");
    }
}

#[test]
fn groups_of_the_provider_are_named_wherever_people_are() {
    let text = "version: 1
pipeline: shop
image: registry.example.com/shop
owners: [\"oidc-group:platform\"]
groups: { leads: [alice, \"oidc-group:/org/Release Managers\"] }
people: { alice: [\"oidc:alice\"] }
allow: { promote: leads, read: [\"oidc-group:everyone\"] }
environments:
  production:
    tags: [production]
    gates:
      sign-off: { approval: [leads, \"oidc-group:on call\"], count: 5 }
";
    let policy = read(text);
    let of = |groups: &[&str]| {
        let groups = liftlock_core::Groups::of(groups.iter().copied()).unwrap();
        liftlock_core::Actor::authenticated("oidc:zoe".parse().unwrap(), groups)
    };
    let may = |verb, groups: &[&str]| policy.permits(verb, &of(groups));
    assert!(may(Verb::Promote, &["/org/Release Managers"]));
    assert!(!may(Verb::Promote, &["/org/release managers", "everyone"]));
    assert!(may(Verb::Read, &["everyone"]));
    assert!(policy.is_owner(&of(&["platform"])));
    assert!(policy.names(&of(&["on call"])) && !policy.names(&of(&["elsewhere"])));
}
