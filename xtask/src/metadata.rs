//! What `cargo metadata` (format version 1) says about the workspace and its dependencies.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

/// The part of `cargo metadata` that the rules read.
#[derive(Debug, Deserialize)]
pub(crate) struct Metadata {
    /// Every package of the tree, ours and others'.
    pub(crate) packages: Vec<Package>,
    /// Ids of our packages.
    workspace_members: Vec<String>,
    /// The repository's root.
    pub(crate) workspace_root: PathBuf,
}

/// One package.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    /// An SPDX expression.
    pub(crate) license: Option<String>,
    pub(crate) description: Option<String>,
    manifest_path: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
}

/// One declared dependency.
#[derive(Debug, Deserialize)]
pub(crate) struct Dependency {
    /// The package's name, also where it is renamed.
    pub(crate) name: String,
    /// What it is needed for; absent for the crate itself.
    pub(crate) kind: Option<Kind>,
    #[serde(default)]
    pub(crate) features: Vec<String>,
    #[serde(default)]
    pub(crate) uses_default_features: bool,
}

/// What a dependency is needed for, other than the crate itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// Tests, examples and benchmarks.
    Dev,
    /// The build script.
    Build,
}

/// Why the workspace could not be described.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MetadataError {
    #[error("cannot start `{program} metadata`: {source}")]
    Start {
        program: String,
        source: std::io::Error,
    },
    #[error("`cargo metadata` failed:\n{0}")]
    Failed(String),
    #[error("cannot read what `cargo metadata` wrote: {0}")]
    Format(#[from] serde_json::Error),
}

impl Metadata {
    /// Asks cargo about the workspace around the current folder.
    pub(crate) fn load() -> Result<Self, MetadataError> {
        let program = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let output = Command::new(&program)
            .args(["metadata", "--format-version", "1"])
            .output()
            .map_err(|source| MetadataError::Start { program, source })?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(MetadataError::Failed(said));
        }
        Self::parse(&output.stdout)
    }

    /// Reads cargo's JSON.
    pub(crate) fn parse(json: &[u8]) -> Result<Self, MetadataError> {
        Ok(serde_json::from_slice(json)?)
    }

    /// Our own packages.
    pub(crate) fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| self.is_ours(package))
    }

    /// Whether a package is a member of the workspace.
    pub(crate) fn is_ours(&self, package: &Package) -> bool {
        self.workspace_members.contains(&package.id)
    }

    /// The path of a member's Cargo.toml, relative to the root.
    pub(crate) fn manifest_of(&self, package: &Package) -> String {
        let path: &Path = &package.manifest_path;
        let relative = path.strip_prefix(&self.workspace_root).unwrap_or(path);
        relative.to_string_lossy().replace('\\', "/")
    }
}

/// A dependency of a fixture: its name and its kind as cargo writes it.
#[cfg(test)]
pub(crate) type Edge<'a> = (&'a str, Option<&'a str>);

#[cfg(test)]
impl Metadata {
    /// A workspace in `/w` of crates with their dependencies.
    pub(crate) fn of(crates: &[(&str, &[Edge])]) -> Self {
        let packages: Vec<_> = crates
            .iter()
            .map(|(name, dependencies)| {
                let dependencies: Vec<_> = dependencies
                    .iter()
                    .map(|(name, kind)| serde_json::json!({ "name": name, "kind": kind }))
                    .collect();
                let folder = name.trim_start_matches("liftlock-");
                serde_json::json!({
                    "id": name, "name": name, "version": "0.1.0", "license": "Apache-2.0",
                    "description": "A crate.", "dependencies": dependencies,
                    "manifest_path": format!("/w/crates/{folder}/Cargo.toml"),
                })
            })
            .collect();
        let members: Vec<_> = crates.iter().map(|(name, _)| name).collect();
        let whole = serde_json::json!({
            "packages": packages, "workspace_members": members, "workspace_root": "/w",
        });
        Self::parse(whole.to_string().as_bytes()).expect("a fixture in cargo's own format")
    }
}
