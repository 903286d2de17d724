//! Reports of other tools, read as evidence facts. No IO.
//!
//! [`read`] takes the bytes of a report and gives [`Facts`], or a [`ReportError`] that says what is
//! wrong and where. It never guesses: what is missing, unreadable or contradicts itself is an
//! error, so that it cannot pass a gate.

mod error;
mod facts;
mod junit;
mod lists;
mod read;
mod text;
mod trivy;
mod xml;

pub use error::ReportError;
pub use facts::{Facts, Finding, Format, Outcome, Severity};
pub use read::{REPORT_BYTES_MAX, read};
pub use trivy::{FINDING_ID_CHARS_MAX, FINDINGS_MAX, RESULTS_MAX, SUBJECTS_MAX};
pub use xml::{
    XML_ATTRIBUTES_MAX, XML_DEPTH_MAX, XML_ELEMENT_ATTRIBUTES_MAX, XML_NAMESPACES_MAX,
    XML_NODES_MAX,
};
