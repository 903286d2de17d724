//! What can be wrong with the ledger.

use liftlock_engine::ports::StoreError;
use liftlock_ledger::{CanonicalError, VerifyError};

/// Why the ledger is not what was appended. `seq` counts in the ledger from 0, `version` in the
/// stream from 1.
#[derive(Debug, thiserror::Error)]
pub enum LedgerFault {
    /// An entry's bytes and the hash kept with them differ.
    #[error("entry {seq} ({stream}, version {version}) was changed after it was appended")]
    Changed {
        /// Its place in the ledger.
        seq: u64,
        /// Its stream.
        stream: String,
        /// Its place in the stream.
        version: u64,
    },
    /// An entry and its hash fit, but it is not the one that was appended here.
    #[error(
        "entry {seq} ({stream}, version {version}) is not the one that was appended there: \
         it was changed, moved or put in"
    )]
    Replaced {
        /// Its place in the ledger.
        seq: u64,
        /// Its stream.
        stream: String,
        /// Its place in the stream.
        version: u64,
    },
    /// An entry is not canonical JSON.
    #[error("entry {seq} ({stream}, version {version}) is not canonical JSON")]
    NotCanonical {
        /// Its place in the ledger.
        seq: u64,
        /// Its stream.
        stream: String,
        /// Its place in the stream.
        version: u64,
        /// In what way.
        #[source]
        source: CanonicalError,
    },
    /// An entry speaks of another stream or version than it is kept under.
    #[error("entry {seq} is kept as {stream}, version {version}, but says otherwise itself")]
    Misplaced {
        /// Its place in the ledger.
        seq: u64,
        /// The stream it is kept under.
        stream: String,
        /// The version it is kept under.
        version: u64,
    },
    /// There is no entry at a place of the ledger.
    #[error("entry {seq} is missing from the ledger")]
    Missing {
        /// The place without an entry.
        seq: u64,
    },
    /// A stream goes on without one of its versions.
    #[error("version {version} of {stream} is missing: entry {seq} already has a later one")]
    MissingVersion {
        /// Where the stream goes on.
        seq: u64,
        /// The stream.
        stream: String,
        /// The version that is not there.
        version: u64,
    },
    /// A stream's versions are not in the ledger's order.
    #[error("entry {seq} ({stream}, version {version}) is out of order: {expected} comes next")]
    Reordered {
        /// Its place in the ledger.
        seq: u64,
        /// Its stream.
        stream: String,
        /// Its place in the stream.
        version: u64,
        /// The stream's next version.
        expected: u64,
    },
    /// An entry lies beyond the ledger's end.
    #[error("entry {seq} ({stream}, version {version}) was added behind the ledger's end")]
    Added {
        /// Its place in the ledger.
        seq: u64,
        /// Its stream.
        stream: String,
        /// Its place in the stream.
        version: u64,
    },
    /// The root that is kept of a subtree is not that of its entries. The entries are right.
    #[error(
        "what is kept of subtree {place} of 2^{level} entries is not what those come to; the \
         entries are as they were: `DELETE FROM subtrees` in the state lets it be made again"
    )]
    Subtree {
        /// Its height.
        level: u8,
        /// Its place among those of its height, from 0.
        place: u64,
    },
    /// The ledger does not fit its kept head or the saved checkpoint.
    #[error(transparent)]
    Log(#[from] VerifyError),
    /// The state cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}
