//! Deployments and checks as rules (pipeline file, `deploy`, `checks`, `rollback`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Gitops, HttpCheck, K6Check, PrometheusCheck};
use crate::{CheckName, ImageKey, Span};

/// How a release is deployed. Paths are relative to the pipeline file's folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deploy {
    /// With docker compose and a generated override that pins each service's image.
    Compose {
        /// The compose files, in order; their SHA-256 is part of the policy.
        files: Vec<String>,
        /// Which service runs which image.
        services: BTreeMap<String, ImageKey>,
        /// The compose project's name; compose's own rule where it is not given.
        project: Option<String>,
        /// How long it may take.
        within: Span,
        /// The profiles that are brought up, besides the services of none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        profiles: Vec<String>,
    },
    /// With a program that gets the digests in its environment.
    Command {
        /// Program and arguments; never a shell line.
        command: Vec<String>,
        /// More environment variables.
        env: BTreeMap<String, String>,
        /// How long it may take.
        within: Span,
    },
    /// With a commit to a Git repository.
    Gitops(Gitops),
}

/// A named check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The name, unique in its environment.
    pub name: CheckName,
    /// What is run.
    pub kind: CheckKind,
    /// The checks of this environment that have to pass before it is begun. Those that wait for
    /// none are run side by side.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<CheckName>,
    /// How often it is run again while the release is current; not at all where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Span>,
}

/// The kinds of checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckKind {
    /// A GET request, repeated until it passes or the time is over.
    Http(HttpCheck),
    /// A program that exits with 0; run once.
    Command {
        /// Program and arguments; never a shell line.
        command: Vec<String>,
        /// More environment variables.
        env: BTreeMap<String, String>,
        /// How long it may take.
        within: Span,
    },
    /// A load test with k6, whose thresholds decide.
    K6(K6Check),
    /// A query of Prometheus whose result holds for a time.
    Prometheus(PrometheusCheck),
}

/// What makes an environment return to its last known-good release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RollbackRule {
    /// `rollback: none`, said.
    None,
    /// `rollback: { on: [...] }`, never empty.
    On(Vec<RollbackOn>),
    /// `rollback: { on: [..., incident], within: ... }`
    Within {
        /// The reasons.
        on: Vec<RollbackOn>,
        /// How long after a promotion an incident is a reason.
        within: Span,
    },
}

/// A reason to roll back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RollbackOn {
    /// A deployment or a check of a promotion failed.
    Check,
    /// An incident was opened there soon after a promotion.
    Incident,
}

impl RollbackRule {
    /// Whether `reason` starts a rollback.
    pub fn covers(&self, reason: RollbackOn) -> bool {
        match self {
            Self::None => false,
            Self::On(on) | Self::Within { on, .. } => on.contains(&reason),
        }
    }

    /// The reasons; none where nothing does.
    pub fn reasons(&self) -> &[RollbackOn] {
        match self {
            Self::None => &[],
            Self::On(on) | Self::Within { on, .. } => on,
        }
    }
}

impl Deploy {
    /// The files of the pipeline file's folder that it names, as written: compose files, and a
    /// program that lies there.
    pub fn files(&self) -> Vec<&String> {
        match self {
            Self::Compose { files, .. } => files.iter().collect(),
            Self::Command { command, .. } => own_program(command).into_iter().collect(),
            Self::Gitops(_) => Vec::new(),
        }
    }

    /// How long it may take.
    pub fn within(&self) -> Span {
        match self {
            Self::Compose { within, .. } | Self::Command { within, .. } => *within,
            Self::Gitops(gitops) => gitops.within,
        }
    }

    /// The word that names the kind in a pipeline file.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Compose { .. } => "compose",
            Self::Command { .. } => "command",
            Self::Gitops(_) => "gitops",
        }
    }
}

impl CheckKind {
    /// The files of the pipeline file's folder that it names, as written: a program or script
    /// that lies there, certificates.
    pub fn files(&self) -> Vec<&String> {
        match self {
            Self::Http(http) => http.ca.iter().collect(),
            Self::Command { command, .. } => own_program(command).into_iter().collect(),
            Self::K6(k6) => vec![&k6.script],
            Self::Prometheus(prometheus) => prometheus.ca.iter().collect(),
        }
    }
}

/// The program of a command, where it is a file of the pipeline file's folder: a relative path
/// with a slash in it. A bare name is looked up in PATH, and is the machine's.
pub fn own_program(command: &[String]) -> Option<&String> {
    command
        .first()
        .filter(|program| program.contains('/') && !program.starts_with('/'))
}
