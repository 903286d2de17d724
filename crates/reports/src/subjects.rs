//! What a report is about: digests and platforms, never guessed.

use liftlock_oci::{Digest, Platform};

use crate::ReportError;

/// Most digests a report, or one statement in it, may name as its subject.
pub const SUBJECTS_MAX: usize = 64;

/// The repository and the digest of `repository@sha256:...`, where it has that form.
pub(crate) fn pinned(name: &str) -> Option<(&str, &str)> {
    name.rsplit_once('@')
        .filter(|(_, digest)| digest.starts_with("sha256:"))
}

/// The digest of `repository@sha256:...`, or of a digest alone.
pub(crate) fn repo_digest(field: &'static str, text: &str) -> Result<Digest, ReportError> {
    let (_, digest) = text.rsplit_once('@').unwrap_or(("", text));
    parse_digest(field, digest)
}

/// A digest that cannot be read is refused: without it the report would count as naming none.
pub(crate) fn parse_digest(field: &'static str, text: &str) -> Result<Digest, ReportError> {
    text.parse().map_err(|_| {
        let expected = "repository@sha256: and 64 lower-case hex digits";
        ReportError::unsupported(field, text, expected)
    })
}

/// The platform; an image built without a configuration has empty fields, and names none.
pub(crate) fn platform(
    field: &'static str,
    os: &str,
    architecture: &str,
    variant: &str,
) -> Result<Option<Platform>, ReportError> {
    if os.is_empty() || architecture.is_empty() {
        return Ok(None);
    }
    let separator = if variant.is_empty() { "" } else { "/" };
    let text = format!("{os}/{architecture}{separator}{variant}");
    text.parse()
        .map(Some)
        .map_err(|_| ReportError::unsupported(field, &text, "os/architecture[/variant]"))
}
