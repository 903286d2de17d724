//! Why a report gives no facts.

/// Why a report gives no facts. Lines and columns count from 1, columns in characters; those of
/// JSON are where the parser stopped, with columns in bytes.
///
/// Parsers' own errors are not kept as sources: they quote their input without a limit. Their text
/// is in `message`, cut to a bounded length.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// More bytes than a report may have.
    #[error("the report is {bytes} bytes, the limit is {max}; submit a smaller one, or split it")]
    TooLarge {
        /// The report's size in bytes.
        bytes: usize,
        /// The limit in bytes.
        max: usize,
    },
    /// Not text in UTF-8.
    #[error("line {line}, column {column}: the report is {found}; write it as UTF-8")]
    Encoding {
        /// Where the first wrong byte is.
        line: u32,
        /// Where the first wrong byte is.
        column: u32,
        /// What it looks like.
        found: &'static str,
    },
    /// None of the formats that are read.
    #[error(
        "the report is {found}; read are JUnit XML (root testsuites or testsuite), the JSON \
         reports of trivy image (SchemaVersion with ArtifactName or Results) and grype (matches \
         with descriptor), SARIF 2.1.0 (version with runs), the summary of k6 (metrics with \
         root_group) and OpenVEX (@context with statements)"
    )]
    NotRecognised {
        /// What was found instead.
        found: String,
    },
    /// Not well-formed XML, or XML that is not read.
    #[error("line {line}, column {column}: {message}")]
    Xml {
        /// Where.
        line: u32,
        /// Where.
        column: u32,
        /// What is wrong.
        message: String,
    },
    /// Not well-formed JSON, or a field of another type than the format has.
    #[error("line {line}, column {column}: {message}")]
    Json {
        /// Where.
        line: usize,
        /// Where.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// More of something than is read.
    #[error(
        "the report has more {what} than the limit of {max}; submit a smaller one, or split it"
    )]
    Limit {
        /// What there is too much of.
        what: &'static str,
        /// How much is read.
        max: usize,
    },
    /// A field holds a value that is not read.
    #[error("{field} is {found:?}; expected {expected}")]
    Unsupported {
        /// The field's path in the report.
        field: &'static str,
        /// Its value, cut to a bounded length; empty where it is missing.
        found: String,
        /// What can be read.
        expected: &'static str,
    },
    /// A count in the report says more than the report shows.
    #[error(
        "line {line}, column {column}: {element} says {attribute}={claimed}, but {shown} are in \
         it; the report is incomplete: submit the one the test runner wrote"
    )]
    Inconsistent {
        /// Where the element is.
        line: u32,
        /// Where the element is.
        column: u32,
        /// The element with the count.
        element: &'static str,
        /// The count's name.
        attribute: &'static str,
        /// What it says.
        claimed: u64,
        /// What is there.
        shown: u64,
    },
    /// The report examined nothing.
    #[error("the report holds {what}, so it says nothing; {hint}")]
    Empty {
        /// What it lacks.
        what: &'static str,
        /// What to do.
        hint: &'static str,
    },
}

impl ReportError {
    /// [`Self::Unsupported`] with the value cut to a bounded length.
    pub(crate) fn unsupported(field: &'static str, found: &str, expected: &'static str) -> Self {
        Self::Unsupported {
            field,
            found: crate::text::bounded(found),
            expected,
        }
    }
}
