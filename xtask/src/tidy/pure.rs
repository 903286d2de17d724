//! Crates that do no IO: their dependencies come from a list that cannot, and their sources name
//! no clock, file, socket, process, thread or environment variable. Tests may.

use crate::cargo_toml::dependency_line;
use crate::metadata::{Dependency, Kind, Metadata, Package};
use crate::problem::Problem;
use crate::rust_code::{code_only, line_at, without_tests, word_offsets};
use crate::tree::{File, Tree};

/// A crate without IO and the crates of others that it may use.
struct Pure {
    name: &'static str,
    folder: &'static str,
    others: &'static [&'static str],
}

/// Each list is short on purpose: before adding to one, look whether the new crate can open a
/// file, a socket or a clock, with the features that are asked for.
const PURE: &[Pure] = &[
    Pure {
        name: "liftlock-oci",
        folder: "crates/oci/",
        others: &["serde", "serde_json", "sha2", "thiserror"],
    },
    Pure {
        name: "liftlock-core",
        folder: "crates/core/",
        others: &[
            "base64",
            "jiff",
            "lz4_flex",
            "rpds",
            "serde",
            "serde_json",
            "thiserror",
        ],
    },
    Pure {
        name: "liftlock-attest",
        folder: "crates/attest/",
        others: &[
            "base64",
            "crypto_secretbox",
            "p256",
            "scrypt",
            "serde",
            "serde_json",
            "thiserror",
            "zeroize",
        ],
    },
    Pure {
        name: "liftlock-ledger",
        folder: "crates/ledger/",
        // aws-lc-rs is cryptography alone: it opens nothing but the system's source of randomness.
        others: &[
            "aws-lc-rs",
            "base64",
            "serde",
            "serde_json",
            "sha2",
            "thiserror",
            "zeroize",
        ],
    },
    Pure {
        name: "liftlock-reports",
        folder: "crates/reports/",
        others: &["jiff", "roxmltree", "serde", "serde_json", "thiserror"],
    },
    Pure {
        name: "liftlock-pipeline-file",
        folder: "crates/pipeline-file/",
        others: &[
            "granit-parser",
            "regex-lite",
            "serde",
            "serde_json",
            "thiserror",
        ],
    },
    Pure {
        name: "liftlock-yaml-edit",
        folder: "crates/yaml-edit/",
        others: &["granit-parser", "thiserror"],
    },
];

/// Features with which a listed crate would read files after all: jiff's look for the machine's
/// time zones.
const READING_FEATURES: &[(&str, &[&str])] = &[(
    "jiff",
    &["default", "tz-system", "tzdb-zoneinfo", "tzdb-concatenated"],
)];

/// Modules of `std` that reach outside.
const OUTSIDE: [&str; 5] = ["env", "fs", "net", "process", "thread"];

/// Other words that read a clock or start something.
const WORDS: [&str; 5] = [
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "tokio::",
];

/// Addresses are values; reading one opens nothing.
const VALUES: &str = "std::net::Ip";

/// Dependencies and sources of the crates without IO.
pub(super) fn check(metadata: &Metadata, tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for package in metadata.members() {
        let Some(pure) = PURE.iter().find(|pure| pure.name == package.name) else {
            continue;
        };
        problems.extend(check_dependencies(pure, metadata, tree, package));
        problems.extend(check_sources(pure, tree));
    }
    problems
}

fn check_dependencies(
    pure: &Pure,
    metadata: &Metadata,
    tree: &Tree,
    package: &Package,
) -> Vec<Problem> {
    let manifest = metadata.manifest_of(package);
    let ours = |name: &str| metadata.members().any(|member| member.name == name);
    package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind != Some(Kind::Dev) && !ours(&dependency.name))
        .filter_map(|dependency| {
            let why = refusal(pure, dependency)?;
            let line = dependency_line(tree.text(&manifest), dependency.kind, &dependency.name);
            Some(Problem::at(&manifest, line, why))
        })
        .collect()
}

fn refusal(pure: &Pure, dependency: &Dependency) -> Option<String> {
    let (crate_name, name) = (pure.name, dependency.name.as_str());
    if !pure.others.contains(&name) {
        return Some(format!(
            "{crate_name} does no IO and may not use {name}. It may use: {}",
            pure.others.join(", ")
        ));
    }
    let (_, reading) = READING_FEATURES.iter().find(|(known, _)| *known == name)?;
    let asked = dependency.features.iter().map(String::as_str);
    let default = dependency.uses_default_features.then_some("default");
    let feature = asked.chain(default).find(|asked| reading.contains(asked))?;
    Some(format!(
        "{crate_name} does no IO, and {name} with feature {feature:?} reads files"
    ))
}

fn check_sources(pure: &Pure, tree: &Tree) -> Vec<Problem> {
    let sources = format!("{}src/", pure.folder);
    let files: Vec<_> = tree
        .with_ending("rs")
        .filter(|file| file.path.starts_with(&sources))
        .map(|file| {
            let (code, test_modules) = without_tests(&code_only(&file.text));
            (file, code, test_modules)
        })
        .collect();
    let tests: Vec<String> = files
        .iter()
        .flat_map(|(file, _, modules)| modules.iter().map(|name| module_stem(file, name)))
        .collect();
    let is_test = |path: &str| {
        let rest = tests.iter().find_map(|stem| path.strip_prefix(stem));
        rest.is_some_and(|rest| rest.starts_with(['.', '/']))
    };
    files
        .iter()
        .filter(|(file, ..)| !is_test(&file.path))
        .flat_map(|(file, code, _)| check_code(pure.name, &file.path, code))
        .collect()
}

/// Where a module that `file` declares is, without its ending.
fn module_stem(file: &File, name: &str) -> String {
    let stem = file.path.trim_end_matches(".rs");
    let (folder, last) = stem.rsplit_once('/').unwrap_or(("", stem));
    if ["lib", "main", "mod"].contains(&last) {
        format!("{folder}/{name}")
    } else {
        format!("{stem}/{name}")
    }
}

fn check_code(crate_name: &str, path: &str, code: &str) -> Vec<Problem> {
    let mut found: Vec<(usize, String)> = grouped(code);
    for module in OUTSIDE {
        let word = format!("std::{module}");
        let outside = |at: &usize| !code[*at..].starts_with(VALUES);
        let offsets: Vec<usize> = word_offsets(code, &word).filter(outside).collect();
        found.extend(offsets.into_iter().map(|at| (at, word.clone())));
    }
    for word in WORDS {
        found.extend(word_offsets(code, word).map(|at| (at, word.to_owned())));
    }
    found
        .into_iter()
        .map(|(at, word)| {
            let message = format!(
                "{crate_name} does no IO and may not use `{word}`: take the value as an argument"
            );
            Problem::at(path, line_at(code, at), message)
        })
        .collect()
}

/// Modules taken together, as in `use std::{fmt, fs::File}`.
fn grouped(code: &str) -> Vec<(usize, String)> {
    const OPEN: &str = "std::{";
    let mut found = Vec::new();
    for start in word_offsets(code, OPEN) {
        let mut depth = 1_usize;
        let mut first = true;
        for (at, c) in code[start + OPEN.len()..].char_indices() {
            let offset = start + OPEN.len() + at;
            if first && depth == 1 && c.is_alphabetic() {
                let rest = &code[offset..];
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
                let name = &rest[..end.unwrap_or(rest.len())];
                if OUTSIDE.contains(&name) {
                    found.push((offset, format!("std::{name}")));
                }
                first = false;
            }
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => first = true,
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Vec<(usize, String)> {
        let metadata = Metadata::of(&[("liftlock-core", &[])]);
        let tree = Tree::of(&[
            ("crates/core/src/a.rs", source),
            ("crates/core/src/a/tests.rs", "use std::fs;"),
            ("crates/core/tests/b.rs", "use std::fs;"),
            ("crates/store/src/lib.rs", "use std::fs;"),
        ]);
        let problems = check(&metadata, &tree);
        problems
            .into_iter()
            .filter(|problem| problem.path == "crates/core/src/a.rs")
            .map(|problem| {
                let word = problem.message.split('`').nth(1).unwrap_or_default();
                (problem.line, word.to_owned())
            })
            .collect()
    }

    #[test]
    fn sources_name_nothing_outside() {
        let check = |source: &str, expected: &[(usize, &str)]| {
            let found = found(source);
            let found: Vec<_> = found.iter().map(|(n, word)| (*n, word.as_str())).collect();
            assert_eq!(found, expected, "{source}");
        };
        check("use std::fmt;\nuse std::fs::File;", &[(2, "std::fs")]);
        check(
            "use std::{\n fmt,\n io::{self, fs},\n env,\n};",
            &[(4, "std::env")],
        );
        check(
            "fn f() { std::time::Instant::now(); }",
            &[(1, "Instant::now")],
        );
        check("/// As std::fs does.\nconst S: &str = \"std::fs\";", &[]);
        check("fn f(a: std::net::Ipv6Addr) {}", &[]);
        check("use std::net::TcpStream;", &[(1, "std::net")]);
        check("#[cfg(test)]\nmod tests { use std::fs; }", &[]);
    }

    #[test]
    fn a_test_module_in_its_own_file_is_left_out() {
        let problems = |source: &str| {
            let tree = Tree::of(&[
                ("crates/core/src/a.rs", source),
                ("crates/core/src/a/tests.rs", "use std::fs;"),
            ]);
            check(&Metadata::of(&[("liftlock-core", &[])]), &tree).len()
        };
        assert_eq!(problems("#[cfg(test)]\nmod tests;"), 0);
        assert_eq!(problems("mod tests;"), 1);
    }

    #[test]
    fn dependencies_come_from_the_list() {
        let metadata = Metadata::of(&[(
            "liftlock-core",
            &[("serde", None), ("tokio", None), ("proptest", Some("dev"))],
        )]);
        let manifest = "[dependencies]\nserde = \"1\"\ntokio = \"1\"\n";
        let tree = Tree::of(&[("crates/core/Cargo.toml", manifest)]);
        let problems = check(&metadata, &tree);
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].line, 3);
        assert!(problems[0].message.contains("may not use tokio"));
    }

    #[test]
    fn features_that_read_files_are_refused() {
        let core = &PURE[1];
        let refused = |features: &[&str], default: bool| {
            let json = serde_json::json!({
                "name": "jiff", "kind": null, "features": features,
                "uses_default_features": default,
            });
            refusal(core, &serde_json::from_value(json).unwrap()).is_some()
        };
        assert!(!refused(&["std"], false));
        assert!(refused(&["std"], true));
        assert!(refused(&["tz-system"], false));
    }
}
