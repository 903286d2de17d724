//! SLSA provenance, version 1 (slsa.dev/spec/v1.1/provenance). Read only: Liftlock builds nothing.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Predicate, ResourceDescriptor};
use crate::limited::Limited;

/// Most dependencies of one provenance.
pub const RESOLVED_DEPENDENCIES_MAX: usize = 10_000;

/// Who built an image, how, and from what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Provenance {
    build_definition: BuildDefinition,
    run_details: RunDetails,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct BuildDefinition {
    build_type: String,
    #[serde(default)]
    external_parameters: Value,
    #[serde(default, deserialize_with = "read_list")]
    resolved_dependencies: Vec<ResourceDescriptor>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct RunDetails {
    builder: Builder,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Builder {
    id: String,
}

/// Where build types have the source among their external parameters: GitHub's workflows, SLSA's
/// containers and GitLab's runners, BuildKit.
const SOURCES: [&str; 4] = [
    "/workflow/repository",
    "/source/uri",
    "/source",
    "/configSource/uri",
];

impl Provenance {
    /// Who built it: a URI.
    pub fn builder_id(&self) -> &str {
        &self.run_details.builder.id
    }

    /// How it was built: a URI.
    pub fn build_type(&self) -> &str {
        &self.build_definition.build_type
    }

    /// What the build was asked for, as its build type defines it.
    pub fn external_parameters(&self) -> &Value {
        &self.build_definition.external_parameters
    }

    /// From which source, as the external parameters name it. `None` where they name none, or
    /// several that differ: then nobody can tell which was built.
    pub fn source(&self) -> Option<&str> {
        let at = |place: &&str| self.external_parameters().pointer(place);
        let mut found = SOURCES.iter().filter_map(at).filter_map(Value::as_str);
        let first = found.next()?;
        found.all(|other| other == first).then_some(first)
    }

    /// What it was built from, as far as the builder resolved it.
    pub fn resolved_dependencies(&self) -> &[ResourceDescriptor] {
        &self.build_definition.resolved_dependencies
    }
}

fn read_list<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<ResourceDescriptor>, D::Error> {
    Limited::<_, RESOLVED_DEPENDENCIES_MAX>::deserialize(deserializer).map(|list| list.0)
}

impl Predicate for Provenance {
    const TYPE: &'static str = "https://slsa.dev/provenance/v1";
}
