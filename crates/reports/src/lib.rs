//! Reports of other tools, read as evidence facts. No IO.
//!
//! [`read`] takes the bytes of a report and gives [`Facts`], or a [`ReportError`] that says what is
//! wrong and where. It never guesses: what is missing, unreadable or contradicts itself is an
//! error, so that it cannot pass a gate.

mod error;
mod evidence;
mod facts;
mod findings;
mod grype;
mod junit;
mod k6;
mod lists;
mod maps;
mod openvex;
mod read;
mod sarif;
mod subjects;
mod text;
mod trivy;
mod xml;

pub use error::ReportError;
pub use evidence::evidence;
pub use facts::{Facts, Finding, Format, Outcome, Statement, Status};
pub use findings::{FINDING_ID_CHARS_MAX, FINDINGS_MAX};
pub use k6::{METRICS_MAX, THRESHOLDS_MAX};
pub use openvex::{ALIASES_MAX, PRODUCTS_MAX, STATEMENTS_MAX};
pub use read::{REPORT_BYTES_MAX, read};
pub use sarif::{EXTENSIONS_MAX, RULES_MAX, RUNS_MAX};
pub use subjects::SUBJECTS_MAX;
pub use trivy::RESULTS_MAX;
pub use xml::{
    XML_ATTRIBUTES_MAX, XML_DEPTH_MAX, XML_ELEMENT_ATTRIBUTES_MAX, XML_NAMESPACES_MAX,
    XML_NODES_MAX,
};
