//! Why what was sent is not read.

use super::{ALERTS_MAX, BODY_BYTES_MAX, PUSHES_MAX};

/// Why what was sent is not read. Nothing was done because of it.
#[derive(Debug, thiserror::Error)]
pub enum IncomingError {
    /// Over [`BODY_BYTES_MAX`].
    #[error("the payload is larger than {BODY_BYTES_MAX} bytes")]
    Large,
    /// Not what was expected of this sender.
    #[error("it is not what {sender} sends: {source}")]
    Shape {
        /// Who was expected to send it.
        sender: &'static str,
        /// The cause.
        #[source]
        source: serde_json::Error,
    },
    /// Not a CloudEvent (CloudEvents 1.0.2, HTTP binding).
    #[error("it is no CloudEvent over HTTP: {0}")]
    NoCloudEvent(&'static str),
    /// Of another version.
    #[error("its version is {found:?}; read is {read}")]
    Version {
        /// What it says.
        found: String,
        /// What is read.
        read: &'static str,
    },
    /// Nothing is in it.
    #[error("it has no alert")]
    NoAlert,
    /// Over [`ALERTS_MAX`].
    #[error("it has more than {ALERTS_MAX} alerts")]
    ManyAlerts,
    /// Over [`PUSHES_MAX`].
    #[error("it has more than {PUSHES_MAX} events")]
    ManyEvents,
}

impl IncomingError {
    /// The HTTP status that says so (RFC 9110): 413 for what is too large, 400 for the rest.
    pub fn status(&self) -> u16 {
        match self {
            Self::Large | Self::ManyAlerts | Self::ManyEvents => 413,
            _ => 400,
        }
    }
}

/// A body, if it is not too large.
pub(super) fn bounded(body: &[u8]) -> Result<&[u8], IncomingError> {
    if body.len() > BODY_BYTES_MAX {
        return Err(IncomingError::Large);
    }
    Ok(body)
}
