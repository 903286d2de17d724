//! Results of tests, version 0.1 (in-toto attestation framework, `predicates/test-result.md`).

use serde::{Deserialize, Serialize};

use super::{Predicate, ResourceDescriptor};
use crate::limited::Limited;

/// Most names of tests in one list, and most configurations.
pub const TESTS_MAX: usize = 50_000;

/// Tests ran, and how they ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestResult {
    /// How they ended together.
    pub result: TestOutcome,
    /// What they ran with; in what Liftlock writes, the report that was read.
    #[serde(deserialize_with = "read_list")]
    pub configuration: Vec<ResourceDescriptor>,
    /// Where more is to be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The names of those that passed.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "read_list"
    )]
    pub passed_tests: Vec<String>,
    /// The names of those that passed with a warning.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "read_list"
    )]
    pub warned_tests: Vec<String>,
    /// The names of those that failed.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "read_list"
    )]
    pub failed_tests: Vec<String>,
}

/// How tests ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum TestOutcome {
    /// All passed.
    Passed,
    /// None failed, and some warned.
    Warned,
    /// Some failed.
    Failed,
}

fn read_list<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    Limited::<T, TESTS_MAX>::deserialize(deserializer).map(|list| list.0)
}

impl Predicate for TestResult {
    const TYPE: &'static str = "https://in-toto.io/attestation/test-result/v0.1";
}
