//! The first pipeline file of a new user.

use liftlock_core::{PersonName, PipelineName};
use liftlock_oci::Repository;

use crate::written::quoted;

const TEXT: &str = r#"# How a release of this application gets to production.
# `liftlock policy check` looks at this file; `liftlock policy schema` lists every key.
version: 1
pipeline: @PIPELINE

# `claimed`: people are who they say they are. That is enough to start, and for a team that
# shares one state file, but it proves nothing. Only a server makes identity a fact; with one,
# write `authenticated`.
identity: claimed

image: @IMAGE

groups:
  release-managers: [@USER]

environments:
  # The entry: it comes after no other environment.
  staging:
    tags: [staging]                  # moves to each release that is promoted here
    gates:
      # Fulfilled with: liftlock evidence add RELEASE unit-tests --report junit.xml
      unit-tests: { evidence: tests }
      integration-tests: { evidence: tests }
      # A Trivy report without critical or high findings, not older than a day.
      image-scan: { evidence: scan, max: { critical: 0, high: 0 }, fresh: 24h }
    # To let Liftlock deploy the release by its digest, and check it, take the # away:
    # deploy:
    #   compose: { file: docker-compose.staging.yml, services: { web: app } }
    # checks:
    #   health: { http: "https://staging.example.com/health", within: 2m }
    # rollback: { on: [check] }

  production:
    after: staging                   # only what was verified in staging
    # A registry of its own, or a list of them: images are copied there before anything else.
    # repository: production.example.com/{image}
    tags: [production, "production-{release}"]    # one that moves, one that is written once
    gates:
      # Given with: liftlock approve RELEASE --to production
      # `exclude: [requester]` keeps whoever asks for a promotion from approving it too. Write
      # that as soon as there are two of you.
      sign-off: { approval: release-managers, exclude: [] }
      # A day in staging without an incident. It needs a deployment or a check there.
      # soak: { soak: 24h }
    # deploy:
    #   compose: { file: docker-compose.yml, services: { web: app } }
    # checks:
    #   health: { http: "https://app.example.com/health", within: 5m }
    # rollback: { on: [check] }
"#;

/// The text that `liftlock init` writes: staging as the entry and production after it, with the
/// gates a team usually starts with, and `user` as the one who signs off. It parses as it is, and
/// with any of its examples uncommented.
pub fn starter(image: &Repository, pipeline: &PipelineName, user: &PersonName) -> String {
    // A user who is called like a group has to be named as an identity.
    let user = match user.as_str() {
        "owners" | "release-managers" => format!("user:{user}"),
        name => name.to_owned(),
    };
    let image = image.to_string();
    // The port's colon is no reason for quotes; an address in brackets is.
    let image = match image.starts_with('[') {
        true => quoted(&image),
        false => image,
    };
    TEXT.replace("@PIPELINE", &quoted(pipeline.as_str()))
        .replace("@IMAGE", &image)
        .replace("@USER", &quoted(&user))
}
