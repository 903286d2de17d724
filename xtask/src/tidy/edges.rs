//! Which crate may depend on which. The direction is the architecture: `core` decides, `engine`
//! carries out, adapters touch the world, `cli` puts them together.

use crate::cargo_toml::dependency_line;
use crate::metadata::{Kind, Metadata, Package};
use crate::problem::Problem;
use crate::tree::Tree;

/// This file, where the table is.
const TABLE: &str = "xtask/src/tidy/edges.rs";

/// What one crate may depend on, of ours.
struct Row {
    name: &'static str,
    /// In the crate itself and its build script.
    uses: &'static [&'static str],
    /// In its tests, besides.
    tests_use: &'static [&'static str],
    /// Why no more than that.
    why: &'static str,
}

const OCI: &str = "liftlock-oci";
const AGENT: &str = "liftlock-agent";
const ATTEST: &str = "liftlock-attest";
const CORE: &str = "liftlock-core";
const LEDGER: &str = "liftlock-ledger";
const REPORTS: &str = "liftlock-reports";
const REGISTRY: &str = "liftlock-registry";
const REGISTRY_SERVER: &str = "liftlock-registry-server";
const STORE: &str = "liftlock-store";
const DELIVERY: &str = "liftlock-delivery";
const ENGINE: &str = "liftlock-engine";
const PIPELINE_FILE: &str = "liftlock-pipeline-file";
const YAML_EDIT: &str = "liftlock-yaml-edit";
const HOOKS: &str = "liftlock-hooks";
const ATTESTOR: &str = "liftlock-attestor";
const AIR_GAP: &str = "liftlock-air-gap";
const IDENTITY: &str = "liftlock-identity";
const TESTKIT: &str = "liftlock-testkit";
const SIMULATION: &str = "liftlock-simulation";
const SERVER: &str = "liftlock-server";
const LOAD: &str = "liftlock-load";
const VERBS: &str = "liftlock-verbs";
const CLI: &str = "liftlock-cli";

const TABLE_OF_EDGES: &[Row] = &[
    Row {
        name: OCI,
        uses: &[],
        tests_use: &[],
        why: "it is the vocabulary everything else builds on",
    },
    Row {
        name: ATTEST,
        uses: &[OCI],
        tests_use: &[],
        why: "a statement must be checkable without any of the rest",
    },
    Row {
        name: LEDGER,
        uses: &[],
        tests_use: &[],
        why: "a proof must be checkable without any of the rest",
    },
    Row {
        name: CORE,
        uses: &[OCI],
        tests_use: &[],
        why: "it decides from values alone, and everything that acts depends on it",
    },
    Row {
        name: REPORTS,
        uses: &[OCI, CORE],
        tests_use: &[],
        why: "it turns bytes into facts; where they come from and go to is for others",
    },
    Row {
        name: PIPELINE_FILE,
        uses: &[OCI, CORE],
        tests_use: &[],
        why: "it turns text into a policy; who adopts it is for others",
    },
    Row {
        name: HOOKS,
        uses: &[OCI, CORE],
        tests_use: &[],
        why: "it tells what was recorded, and reads what others tell; nothing of it decides",
    },
    Row {
        name: YAML_EDIT,
        uses: &[CORE],
        tests_use: &[],
        why: "it turns text into text; where that comes from and goes to is for others",
    },
    Row {
        name: ENGINE,
        uses: &[OCI, CORE, LEDGER],
        tests_use: &[],
        why: "it owns the ports, and adapters depend on it, never the other way round",
    },
    Row {
        name: AGENT,
        uses: &[OCI, CORE, ENGINE],
        tests_use: &[],
        why: "an adapter asks the server for what an engine asks of its ports, and decides nothing",
    },
    Row {
        name: REGISTRY,
        uses: &[OCI, ATTEST, ENGINE],
        tests_use: &[REGISTRY_SERVER],
        why: "an adapter serves the engine's port and moves bytes; it decides nothing",
    },
    Row {
        name: REGISTRY_SERVER,
        uses: &[OCI, REGISTRY],
        tests_use: &[],
        why: "it is a registry like any other, and knows no promotions",
    },
    Row {
        name: IDENTITY,
        uses: &[CORE],
        tests_use: &[],
        why: "it says who is asking; what they may do is decided in core",
    },
    Row {
        name: STORE,
        uses: &[OCI, ENGINE, LEDGER, IDENTITY, HOOKS],
        tests_use: &[CORE, TESTKIT],
        why: "an adapter keeps events without understanding them",
    },
    Row {
        name: DELIVERY,
        uses: &[OCI, CORE, REPORTS, YAML_EDIT, ENGINE],
        tests_use: &[],
        why: "an adapter does what a plan's step says; it chooses nothing",
    },
    Row {
        name: ATTESTOR,
        uses: &[OCI, ATTEST, CORE, ENGINE, REGISTRY],
        tests_use: &[],
        why: "an adapter signs what was stated and checks what was found; what that is worth is decided in core",
    },
    Row {
        name: AIR_GAP,
        uses: &[OCI, ATTEST, CORE, LEDGER, REGISTRY],
        tests_use: &[],
        why: "it reads and writes archives, and checks what is in them; what a release is worth is decided in core",
    },
    Row {
        name: TESTKIT,
        uses: &[
            OCI,
            ATTEST,
            CORE,
            LEDGER,
            REPORTS,
            REGISTRY,
            REGISTRY_SERVER,
            STORE,
            DELIVERY,
            ENGINE,
            PIPELINE_FILE,
        ],
        tests_use: &[],
        why: "it drives the parts without the binary",
    },
    Row {
        name: SIMULATION,
        uses: &[OCI, CORE, ENGINE, STORE],
        tests_use: &[],
        why: "it runs the engine as it is, on ports of its own",
    },
    Row {
        name: LOAD,
        uses: &[OCI, CORE, ENGINE, IDENTITY, STORE],
        tests_use: &[],
        why: "it makes a state as the product does, and asks the product as a client does",
    },
    Row {
        name: VERBS,
        uses: &[
            OCI,
            CORE,
            REPORTS,
            REGISTRY,
            STORE,
            DELIVERY,
            ENGINE,
            PIPELINE_FILE,
        ],
        tests_use: &[],
        why: "it says what is asked and what is answered, on a terminal or over HTTP alike",
    },
    Row {
        name: SERVER,
        uses: &[
            OCI,
            AGENT,
            CORE,
            LEDGER,
            ENGINE,
            HOOKS,
            IDENTITY,
            STORE,
            VERBS,
            REGISTRY,
            REGISTRY_SERVER,
        ],
        tests_use: &[TESTKIT, REGISTRY, DELIVERY],
        why: "it answers others over the network with what the parts do; the command line starts it",
    },
    Row {
        name: CLI,
        uses: &[
            SERVER,
            AGENT,
            HOOKS,
            OCI,
            AIR_GAP,
            ATTEST,
            ATTESTOR,
            CORE,
            LEDGER,
            REPORTS,
            REGISTRY,
            REGISTRY_SERVER,
            STORE,
            DELIVERY,
            ENGINE,
            IDENTITY,
            PIPELINE_FILE,
            VERBS,
        ],
        tests_use: &[TESTKIT],
        why: "it puts the parts together; what only tests need stays out of the binary",
    },
    Row {
        name: "xtask",
        uses: &[],
        tests_use: &[],
        why: "it must build and run where the product does not compile",
    },
];

/// Every edge between our crates is in the table, and so is every crate.
pub(super) fn check(metadata: &Metadata, tree: &Tree) -> Vec<Problem> {
    metadata
        .members()
        .flat_map(|package| check_crate(metadata, tree, package))
        .collect()
}

fn check_crate(metadata: &Metadata, tree: &Tree, package: &Package) -> Vec<Problem> {
    let manifest = metadata.manifest_of(package);
    let name = &package.name;
    let Some(row) = TABLE_OF_EDGES.iter().find(|row| row.name == *name) else {
        let message = format!("{name} has no row in {TABLE}: say there what it may depend on");
        return vec![Problem::at(&manifest, 1, message)];
    };
    let ours = |name: &str| metadata.members().any(|member| member.name == name);
    let text = tree.text(&manifest);
    package
        .dependencies
        .iter()
        .filter(|dependency| ours(&dependency.name) && dependency.name != *name)
        .filter(|dependency| !row.allows(&dependency.name, dependency.kind))
        .map(|dependency| {
            let line = dependency_line(text, dependency.kind, &dependency.name);
            Problem::at(
                &manifest,
                line,
                row.refusal(&dependency.name, dependency.kind),
            )
        })
        .collect()
}

impl Row {
    fn allows(&self, name: &str, kind: Option<Kind>) -> bool {
        let in_tests = kind == Some(Kind::Dev) && self.tests_use.contains(&name);
        in_tests || self.uses.contains(&name)
    }

    fn refusal(&self, name: &str, kind: Option<Kind>) -> String {
        let place = match kind {
            Some(Kind::Dev) => " in its tests",
            Some(Kind::Build) => " in its build script",
            None => "",
        };
        let allowed = match self.uses {
            [] => "none of ours".to_owned(),
            uses => uses.join(", "),
        };
        format!(
            "{} must not depend on {name}{place}: {}. It may use: {allowed}",
            self.name, self.why
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::Edge;

    fn messages(crates: &[(&str, &[Edge])]) -> Vec<String> {
        let manifest = "[dependencies]\nserde = \"1\"\nliftlock-store.workspace = true\n";
        let tree = Tree::of(&[("crates/core/Cargo.toml", manifest)]);
        let problems = check(&Metadata::of(crates), &tree);
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_forbidden_edge_names_both_ends_its_line_and_why() {
        let found = messages(&[(CORE, &[(STORE, None), ("serde", None)]), (STORE, &[])]);
        assert_eq!(
            found,
            [
                "crates/core/Cargo.toml:3: liftlock-core must not depend on liftlock-store: it \
              decides from values alone, and everything that acts depends on it. It may use: \
              liftlock-oci"
            ]
        );
    }

    #[test]
    fn an_edge_for_tests_is_not_one_for_the_crate() {
        let edge = |kind| {
            messages(&[
                (REGISTRY, &[(REGISTRY_SERVER, kind)]),
                (REGISTRY_SERVER, &[(REGISTRY, None)]),
            ])
        };
        assert_eq!(edge(Some("dev")), Vec::<String>::new());
        assert_eq!(edge(None).len(), 1);
        assert!(edge(Some("build"))[0].contains("in its build script"));
    }

    #[test]
    fn a_crate_without_a_row_is_a_problem() {
        let found = messages(&[("liftlock-extra", &[])]);
        assert!(
            found[0].starts_with("crates/extra/Cargo.toml:1: liftlock-extra has no row"),
            "{found:?}"
        );
    }

    /// Tests may go round (the server's client is tested against the server), crates may not.
    #[test]
    fn the_table_has_an_order() {
        let mut placed: Vec<&str> = Vec::new();
        while placed.len() < TABLE_OF_EDGES.len() {
            let next = TABLE_OF_EDGES.iter().find(|row| {
                !placed.contains(&row.name) && row.uses.iter().all(|used| placed.contains(used))
            });
            placed.push(next.expect("a circle, or a crate without a row").name);
        }
    }
}
