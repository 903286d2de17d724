//! A release in one archive, carried to a site without a network.
//!
//! The archive is an OCI image layout in a tar file: the release's images with all that refers to
//! them, and an artifact with what the ledger says about the release, proven. [`export`] writes
//! one; [`Opened`] is one that was opened, and [`Opened::verify`] checks all of it, with keys that
//! are given, before [`deliver`] copies anything. `docs/air-gap.md` describes the format.

mod about;
mod artifact;
mod attestations;
mod content;
mod deliver;
mod document;
mod error;
mod export;
mod gathered;
mod ledger;
pub mod media_types;
mod opened;
mod trust;
mod verify;

pub use about::About;
pub use attestations::{Beside, Standing, Statement};
pub use content::Content;
pub use deliver::{Delivery, deliver};
pub use document::{DOCUMENT_BYTES_MAX, Document, DocumentError};
pub use error::{ArchiveError, Blame};
pub use export::{Export, ExportError, Exported, Image, export};
pub use ledger::{Ledger, Told};
pub use opened::Opened;
pub use trust::Trust;
pub use verify::Verified;

/// The most entries of a ledger that an archive proves. A manifest of so many layers has about a
/// megabyte.
pub const ENTRIES_MAX: usize = 4000;

/// The most bytes that the proofs of an archive have together, 64 MiB: they are held in memory.
pub const PROOFS_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// The most earlier checkpoints that an archive is shown to continue.
pub const CONTINUED_MAX: usize = 100;
