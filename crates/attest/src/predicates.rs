//! What statements say: one type a file, each with the URI that names it.

mod approval;
mod deployment;
mod descriptor;
mod error;
mod provenance;
mod test_result;
mod verification_summary;
mod vulns;
mod who;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use approval::Approval;
pub use deployment::{Checkpoint, Deployment, DeploymentKind};
pub use descriptor::ResourceDescriptor;
pub use error::PredicateError;
pub use provenance::{Provenance, RESOLVED_DEPENDENCIES_MAX};
pub use test_result::{TESTS_MAX, TestOutcome, TestResult};
pub use verification_summary::{INPUTS_MAX, LEVELS_MAX, VerificationSummary, Verifier};
pub use vulns::{Database, Scan, Scanner, Severity, VULNERABILITIES_MAX, Vulnerability, Vulns};
pub use who::Who;

/// Something that a statement can say.
pub trait Predicate: Serialize + DeserializeOwned {
    /// The URI that names it, with its version.
    const TYPE: &'static str;
}

/// What `cosign sign` of version 3 states: that the image is signed, and nothing else.
pub const COSIGN_SIGN: &str = "https://sigstore.dev/cosign/sign/v1";
