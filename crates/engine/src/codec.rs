//! Entries as canonical bytes (RFC 8785), and back.

use liftlock_core::Entry;
use liftlock_ledger::canonical;

/// Why an entry has no bytes, or bytes are no entry.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// It cannot be written canonically.
    #[error("the event cannot be written: {0}")]
    Write(#[from] canonical::CanonicalError),
    /// It is not an entry that this version knows.
    #[error(
        "event {n} of {stream} cannot be read by this version of Liftlock ({source}); use a newer one, or run `liftlock log verify`"
    )]
    Read {
        /// The stream.
        stream: String,
        /// Its place.
        n: u64,
        /// The cause.
        #[source]
        source: serde_json::Error,
    },
}

/// The canonical bytes of an entry: what is stored, hashed, and never written again.
pub fn encode(entry: &Entry) -> Result<Vec<u8>, CodecError> {
    Ok(canonical::to_bytes(entry)?)
}

/// The entry that bytes hold.
pub fn decode(stream: &str, n: u64, bytes: &[u8]) -> Result<Entry, CodecError> {
    Entry::read(bytes).map_err(|source| CodecError::Read {
        stream: stream.to_owned(),
        n,
        source,
    })
}
