//! The fields of a SARIF log that are read.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::findings::FINDINGS_MAX;
use crate::lists::Limited;
use crate::subjects::SUBJECTS_MAX;

/// Most runs of a log.
pub const RUNS_MAX: usize = 20;
/// Most rules of a tool's component.
pub const RULES_MAX: usize = 20_000;
/// Most extensions of a tool.
pub const EXTENSIONS_MAX: usize = 100;
const INVOCATIONS_MAX: usize = 100;
const SUPPRESSIONS_MAX: usize = 100;

pub(super) type Invocations = Limited<Invocation, INVOCATIONS_MAX>;

#[derive(Deserialize)]
pub(crate) struct Log {
    pub(super) version: String,
    pub(super) runs: Option<Limited<Run, RUNS_MAX>>,
}

#[derive(Deserialize)]
pub(super) struct Run {
    pub(super) tool: Tool,
    pub(super) invocations: Option<Invocations>,
    pub(super) results: Option<Limited<SarifResult, FINDINGS_MAX>>,
    pub(super) properties: Option<RunProperties>,
}

#[derive(Deserialize)]
pub(super) struct Tool {
    pub(super) driver: Component,
    pub(super) extensions: Option<Limited<Component, EXTENSIONS_MAX>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Component {
    pub(super) name: String,
    pub(super) version: Option<String>,
    pub(super) semantic_version: Option<String>,
    pub(super) rules: Option<Limited<Rule, RULES_MAX>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) default_configuration: Option<Configuration>,
    pub(super) properties: Option<Properties>,
}

#[derive(Deserialize)]
pub(super) struct Configuration {
    pub(super) level: Option<Level>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    None,
    Note,
    Warning,
    Error,
}

/// A property bag (section 3.8) of a rule or a result.
#[derive(Deserialize)]
pub(super) struct Properties {
    #[serde(rename = "security-severity")]
    pub(super) security_severity: Option<Score>,
}

#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Score {
    Number(f64),
    Text(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RunProperties {
    pub(super) image_name: Option<String>,
    pub(super) repo_digests: Option<Limited<String, SUBJECTS_MAX>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invocation {
    pub(super) execution_successful: Option<bool>,
    pub(super) rule_configuration_overrides: Option<Limited<Override, RULES_MAX>>,
    pub(super) start_time_utc: Option<String>,
    pub(super) end_time_utc: Option<String>,
}

/// Another configuration of a rule, for one invocation (section 3.51).
#[derive(Deserialize)]
pub(super) struct Override {
    pub(super) descriptor: RuleReference,
    pub(super) configuration: Configuration,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SarifResult {
    // Required (section 3.27.11), so that a list of empty objects is no list of results.
    #[serde(rename = "message")]
    _message: IgnoredAny,
    pub(super) rule_id: Option<String>,
    pub(super) rule_index: Option<i64>,
    pub(super) rule: Option<Box<RuleReference>>,
    pub(super) level: Option<Level>,
    pub(super) kind: Option<String>,
    pub(super) baseline_state: Option<String>,
    pub(super) provenance: Option<Provenance>,
    pub(super) suppressions: Option<Limited<Suppression, SUPPRESSIONS_MAX>>,
    #[serde(rename = "locations")]
    pub(super) place: Option<Place>,
    pub(super) properties: Option<Properties>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RuleReference {
    pub(super) id: Option<String>,
    pub(super) index: Option<i64>,
    pub(super) tool_component: Option<ComponentReference>,
}

/// Which of the run's invocations a result came of (section 3.48.6).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Provenance {
    pub(super) invocation_index: Option<i64>,
}

#[derive(Clone, Copy, Deserialize)]
pub(super) struct ComponentReference {
    pub(super) index: Option<i64>,
}

#[derive(Deserialize)]
pub(super) struct Suppression {
    pub(super) status: Option<String>,
}

/// The first of a result's locations.
#[derive(Deserialize)]
#[serde(from = "Limited<Location, 1>")]
pub(super) struct Place(Option<String>);

impl From<Limited<Location, 1>> for Place {
    fn from(locations: Limited<Location, 1>) -> Self {
        let physical = locations.first().and_then(|first| first.physical_location);
        let artifact = physical.and_then(|place| place.artifact_location);
        Self(artifact.and_then(|artifact| artifact.uri))
    }
}

impl Place {
    /// Where it is, as the tool writes it.
    pub(super) fn uri(&self) -> Option<&str> {
        self.0.as_deref().filter(|uri| !uri.is_empty())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location {
    physical_location: Option<PhysicalLocation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: Option<ArtifactLocation>,
}

#[derive(Deserialize)]
struct ArtifactLocation {
    uri: Option<String>,
}
