//! Deployments through a Git repository that something else applies.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::YamlPath;
use crate::{ImageKey, Span};

/// A deployment by a commit: the digests are written into YAML files of a branch, and what runs
/// follows from that by another's doing. Liftlock knows no more than what the branch says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gitops {
    /// The repository, as git is told it: a URL, or a path from the pipeline file's folder.
    pub repository: String,
    /// The branch.
    pub branch: String,
    /// The folder in the repository that the files are in; `None`: its root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Where each image is named; never none for an image.
    pub images: BTreeMap<ImageKey, Vec<GitopsPlace>>,
    /// How long it may take.
    pub within: Span,
}

/// A place in a repository that names an image. Files are relative to [`Gitops::path`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GitopsPlace {
    /// An entry of `images` in a kustomization.
    Kustomize {
        /// The file.
        file: String,
        /// The entry's `name`; `None`: the one whose `newName` or `name` is the image's repository.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// A mapping with `digest`, and perhaps `repository` and `registry`, as charts have it.
    Helm {
        /// The file.
        file: String,
        /// The mapping.
        at: YamlPath,
    },
    /// Any value.
    Value {
        /// The file.
        file: String,
        /// The value.
        at: YamlPath,
        /// What is written there.
        form: GitopsForm,
    },
}

/// What a value names an image by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GitopsForm {
    /// `repository@sha256:...`.
    Reference,
    /// `sha256:...`.
    Digest,
}

impl GitopsPlace {
    /// The file that it is in.
    pub fn file(&self) -> &str {
        match self {
            Self::Kustomize { file, .. } | Self::Helm { file, .. } | Self::Value { file, .. } => {
                file
            }
        }
    }
}
