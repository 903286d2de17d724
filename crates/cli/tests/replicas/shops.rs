//! Pipelines of one state: staging, and production, which takes by itself what staging has.

use std::collections::BTreeMap;

use liftlock_testkit::{Output, World};
use serde_json::Value;

use crate::fleet::until;

const PROGRAM: &str = env!("CARGO_BIN_EXE_liftlock");

const FILE: &str = r#"version: 1
pipeline: shop-@N
identity: claimed
images:
  api: REGISTRY/shop-@N/api
environments:
  staging-@N:
    tags: [staging]
    gates: none
    deploy: { command: [./deploy.sh], within: 3m }
    checks:
      works: { command: [./check.sh], within: 30s }
    rollback: { on: [check] }
  production-@N:
    tags: [production, "production-{release}"]
    after: staging-@N
    gates: none
    auto: true
    deploy: { command: [./deploy.sh], within: 3m }
    checks:
      works: { command: [./check.sh], within: 30s }
    rollback: { on: [check] }
"#;

pub(crate) struct Shops {
    pub(crate) world: World,
    pub(crate) state: String,
    count: usize,
    /// How many releases each has.
    releases: usize,
}

impl Shops {
    pub(crate) fn new(state: &str, count: usize) -> Self {
        let world = World::new();
        world.write_programs();
        for n in 0..count {
            let file = FILE.replace("@N", &n.to_string());
            world.write(format!("shop-{n}.yaml"), &file);
        }
        Self {
            world,
            state: state.to_owned(),
            count,
            releases: 0,
        }
    }

    /// One, whose production is carried out by workers with this label alone.
    pub(crate) fn labelled(state: &str, label: &str) -> Self {
        let shops = Self::new(state, 1);
        let production = "  production-@N:\n";
        let labelled = format!("{production}    worker: {label}\n");
        let file = FILE.replace(production, &labelled).replace("@N", "0");
        shops.world.write("shop-0.yaml", &file);
        shops
    }

    /// Runs a command in a pipeline, until nobody else is in its way.
    pub(crate) fn run(&self, n: usize, arguments: &[&str]) -> Output {
        let file = format!("shop-{n}.yaml");
        let common = ["--state", &self.state, "--file", &file];
        self.world.run(PROGRAM, &[&common, arguments].concat())
    }

    /// A new release of each, asked for in staging; nothing more is done here.
    pub(crate) fn build(&mut self) {
        self.releases += 1;
        let name = self.last();
        for n in 0..self.count {
            let repository = format!("shop-{n}/api");
            let content = format!("{repository} {name}");
            self.world.push(&repository, &name, &content);
            let image = self.world.reference(&repository, &name);
            let environment = format!("staging-{n}");
            let ask = ["promote", &image, "--to", &environment, "--detach"];
            // A state that a paused server has locked is asked again.
            let mut last = None;
            for _ in 0..60 {
                let output = self.run(n, &ask);
                let code = output.code;
                last = Some(output);
                if [0, 4].contains(&code) {
                    last = None;
                    break;
                }
            }
            assert_eq!(last, None, "{name} of {n} is not taken");
        }
    }

    fn last(&self) -> String {
        format!("r{}", self.releases)
    }

    /// Whether the last release of each runs everywhere.
    pub(crate) fn are_through(&self) -> bool {
        let last = self.last();
        (0..self.count).all(|n| {
            ["staging", "production"].iter().all(|kind| {
                let running = self.world.running(&format!("{kind}-{n}"));
                let tag = self.world.registry().tag(&format!("shop-{n}/api"), kind);
                let there = running.filter(|there| there.release == last);
                let there = there.and_then(|there| there.digests.into_values().next());
                there.is_some_and(|there| tag.is_some_and(|tag| there.contains(&tag.to_string())))
            })
        })
    }

    /// Each release was promoted once to each environment, and the ledger says so.
    pub(crate) fn judge(&self) {
        let verified = self.run(0, &["log", "verify"]);
        assert_eq!(verified.code, 0, "{verified:?}");
        for n in 0..self.count {
            let mut ends: BTreeMap<(String, String), usize> = BTreeMap::new();
            until("every promotion has ended", || {
                ends.clear();
                let history = self.run(n, &["history", "--json"]).json();
                let promotions = history["result"]["promotions"].as_array().cloned();
                let promotions = promotions.unwrap_or_else(|| panic!("{history}"));
                promotions.iter().all(|promotion| {
                    let text = |key: &str| promotion["request"][key].to_string();
                    *ends
                        .entry((text("release"), text("environment")))
                        .or_default() += 1;
                    is_success(promotion)
                })
            });
            assert_eq!(ends.len(), 2 * self.releases, "{ends:?}");
            assert!(ends.values().all(|count| *count == 1), "{ends:?}");
        }
    }
}

fn is_success(promotion: &Value) -> bool {
    let result = &promotion["outcome"]["result"];
    assert!(result.is_null() || result == "succeeded", "{promotion}");
    result == "succeeded"
}
