//! Results of scanners, version 0.2 (in-toto attestation framework, `predicates/vuln.md`).

use serde::{Deserialize, Serialize};

use super::Predicate;
use crate::limited::Limited;

/// Most vulnerabilities of one result.
pub const VULNERABILITIES_MAX: usize = 50_000;

/// A scanner looked for vulnerabilities, and what it found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vulns {
    /// With what, and what was found.
    pub scanner: Scanner,
    /// When.
    pub metadata: Scan,
}

/// A scanner and its result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scanner {
    /// Which scanner: a URI.
    pub uri: String,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What it knew.
    #[serde(default)]
    pub db: Database,
    /// What it found; nothing is a result too.
    #[serde(deserialize_with = "read_list")]
    pub result: Vec<Vulnerability>,
}

/// What a scanner knew.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Database {
    /// Which database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// When it was last brought up to date, in RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_update: Option<String>,
}

/// One vulnerability.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vulnerability {
    /// Its identifier, such as `CVE-2026-0001`.
    pub id: String,
    /// How bad it is, by one or more ways to say it.
    #[serde(default)]
    pub severity: Vec<Severity>,
}

/// How bad a vulnerability is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Severity {
    /// By whose way to say it.
    pub method: String,
    /// What it says.
    pub score: String,
}

/// When a scan was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Scan {
    /// Its beginning, in RFC 3339.
    pub scan_started_on: String,
    /// Its end, in RFC 3339.
    pub scan_finished_on: String,
}

fn read_list<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Vulnerability>, D::Error> {
    Limited::<_, VULNERABILITIES_MAX>::deserialize(deserializer).map(|list| list.0)
}

impl Predicate for Vulns {
    const TYPE: &'static str = "https://in-toto.io/attestation/vulns/v0.2";
}
