//! An image on the command line that has a tag or a digest: `latest` is not assumed.

use liftlock_oci::{Reference, ReferenceError};

/// Reads a reference with a tag or a digest.
pub fn definite(text: &str) -> Result<Reference, String> {
    let reference: Reference = text.parse().map_err(|e: ReferenceError| e.to_string())?;
    if reference.tag.is_none() && reference.digest.is_none() {
        return Err(
            "it has neither a tag nor a digest; write :TAG or @sha256:..., `latest` is not assumed"
                .to_owned(),
        );
    }
    Ok(reference)
}
