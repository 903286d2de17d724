//! From bytes to facts: limits, encoding, and which format it is.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::text::{bounded, position};
use crate::{Facts, ReportError, grype, junit, k6, openvex, sarif, trivy, xml};

/// Most bytes of a report: 32 MiB.
pub const REPORT_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Reads a report, and tells its format by its content.
///
/// The text is UTF-8, with or without a byte order mark. Read are the formats of [`crate::Format`]:
/// XML is told apart by its root, JSON by fields that only one format has.
///
/// # Errors
/// [`ReportError`] says what is wrong and, where there is one, at which line and column.
pub fn read(bytes: &[u8]) -> Result<Facts, ReportError> {
    if bytes.len() > REPORT_BYTES_MAX {
        return Err(ReportError::TooLarge {
            bytes: bytes.len(),
            max: REPORT_BYTES_MAX,
        });
    }
    let text = decode(bytes)?;
    match text.trim_start().chars().next() {
        None => Err(ReportError::Empty {
            what: "no text",
            hint: "check that the tool finished and wrote it",
        }),
        Some('<') => read_xml(text),
        Some('{') => read_json(text),
        Some('[') => Err(not_recognised("a JSON array")),
        Some(_) => Err(not_recognised("neither XML nor a JSON object")),
    }
}

/// The text without its byte order mark.
fn decode(bytes: &[u8]) -> Result<&str, ReportError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let wide = matches!(
        bytes,
        [0xff, 0xfe, ..]
            | [0xfe, 0xff, ..]
            | [0, b'<' | b'{' | b'[', ..]
            | [b'<' | b'{' | b'[', 0, ..]
    );
    let encoding = |offset, found| {
        let (line, column) = position(bytes, offset);
        ReportError::Encoding {
            line,
            column,
            found,
        }
    };
    if wide {
        return Err(encoding(0, "UTF-16 or UTF-32"));
    }
    std::str::from_utf8(bytes).map_err(|error| encoding(error.valid_up_to(), "not UTF-8"))
}

fn read_xml(text: &str) -> Result<Facts, ReportError> {
    let tamed = xml::tame(text)?;
    let document = xml::parse(&tamed)?;
    let root = document.root_element();
    match root.tag_name().name() {
        "testsuites" | "testsuite" => junit::read(root),
        other => Err(not_recognised(&format!("XML with the root {other}"))),
    }
}

/// The fields that tell JSON formats apart.
#[derive(Deserialize)]
struct Probe {
    #[serde(rename = "SchemaVersion")]
    schema_version: Option<IgnoredAny>,
    #[serde(rename = "ArtifactName")]
    artifact_name: Option<IgnoredAny>,
    #[serde(rename = "Results")]
    trivy_results: Option<IgnoredAny>,
    matches: Option<IgnoredAny>,
    descriptor: Option<IgnoredAny>,
    version: Option<IgnoredAny>,
    runs: Option<IgnoredAny>,
    metrics: Option<IgnoredAny>,
    root_group: Option<IgnoredAny>,
    #[serde(rename = "@context")]
    context: Option<IgnoredAny>,
    statements: Option<IgnoredAny>,
    metadata: Option<IgnoredAny>,
    results: Option<IgnoredAny>,
}

fn read_json(text: &str) -> Result<Facts, ReportError> {
    let probe: Probe = json(text)?;
    let has = |field: &Option<IgnoredAny>| field.is_some();
    let trivy = has(&probe.artifact_name) || has(&probe.trivy_results);
    if has(&probe.schema_version) && trivy {
        trivy::read(json(text)?)
    } else if has(&probe.context) && has(&probe.statements) {
        openvex::read(json(text)?)
    } else if has(&probe.version) && has(&probe.runs) {
        sarif::read(json(text)?)
    } else if has(&probe.metrics) && has(&probe.root_group) {
        k6::read(json(text)?)
    } else if has(&probe.matches) && has(&probe.descriptor) {
        grype::read(json(text)?)
    } else if has(&probe.version) && has(&probe.metadata) && has(&probe.results) {
        let found = "a machine-readable summary of k6, which holds no thresholds (run k6 without \
                     --new-machine-readable-summary)";
        Err(not_recognised(found))
    } else {
        Err(not_recognised("JSON of another kind"))
    }
}

fn json<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T, ReportError> {
    serde_json::from_str(text).map_err(json_error)
}

fn not_recognised(found: &str) -> ReportError {
    ReportError::NotRecognised {
        found: bounded(found),
    }
}

fn json_error(error: serde_json::Error) -> ReportError {
    let (line, column) = (error.line(), error.column());
    let message = error.to_string();
    let place = format!(" at line {line} column {column}");
    ReportError::Json {
        line,
        column,
        message: bounded(message.strip_suffix(&place).unwrap_or(&message)),
    }
}
