//! What the kinds of checks say, each for itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Check, Comparison, YamlPath};
use crate::{CheckName, GateName, Span};

/// A GET request, repeated until it passes or the time is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpCheck {
    /// The URL, http or https.
    pub url: String,
    /// The status that passes.
    pub expect: u16,
    /// Text the body must contain.
    pub contains: Option<String>,
    /// How long to try.
    pub within: Span,
    /// A regular expression that must match somewhere in the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matches: Option<String>,
    /// Headers of the answer, each with the value it must have.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Values of the body, which is JSON then, each with the text it must have.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub json: BTreeMap<YamlPath, String>,
    /// How often in a row it must pass; 0 means once, as in policies of before this field.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub times: u32,
    /// A file with the certificates that are trusted instead of the machine's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
    /// The bearer token that is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<SecretFrom>,
}

/// A load test with k6, whose thresholds decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct K6Check {
    /// The script; its SHA-256 is part of the policy. What it imports is not.
    pub script: String,
    /// More environment variables, for the script's `__ENV`.
    pub env: BTreeMap<String, String>,
    /// How long it may take.
    pub within: Span,
    /// The gate for which its summary becomes evidence, by whoever carries the promotion out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<GateName>,
}

/// A query of Prometheus whose result holds for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrometheusCheck {
    /// Where Prometheus is, http or https.
    pub url: String,
    /// The query, in PromQL.
    pub query: String,
    /// What each value of the result must be. No value at all does not hold.
    pub expect: Comparison,
    /// For how long it must hold without a break.
    #[serde(rename = "for")]
    pub hold: Span,
    /// How long to try.
    pub within: Span,
    /// A file with the certificates that are trusted instead of the machine's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
    /// The bearer token that is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<SecretFrom>,
}

/// Where a secret is read when it is needed; it is itself in no policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretFrom {
    /// In a variable of Liftlock's own environment.
    Env(String),
    /// In a file, relative to the pipeline file's folder or absolute.
    File(String),
}

impl HttpCheck {
    /// A request that passes with status 200, once.
    pub fn new(url: impl Into<String>, within: Span) -> Self {
        Self {
            url: url.into(),
            expect: 200,
            contains: None,
            within,
            matches: None,
            headers: BTreeMap::new(),
            json: BTreeMap::new(),
            times: 0,
            ca: None,
            token: None,
        }
    }

    /// How often in a row it must pass, at least once.
    pub fn times(&self) -> u32 {
        self.times.max(1)
    }
}

// By reference, because serde asks so.
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// The checks in the file's order, but each after those that it waits for; without those that
/// wait for themselves or for what is not there.
pub(crate) fn checks_in_order(checks: &[Check]) -> Vec<&Check> {
    let mut left: Vec<&Check> = checks.iter().collect();
    let mut ordered: Vec<&Check> = Vec::with_capacity(left.len());
    loop {
        let is_done = |name: &CheckName| ordered.iter().any(|check| check.name == *name);
        let Some(next) = left
            .iter()
            .position(|check| check.after.iter().all(is_done))
        else {
            return ordered;
        };
        ordered.push(left.remove(next));
    }
}
