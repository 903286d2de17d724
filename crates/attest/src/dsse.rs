//! Dead Simple Signing Envelope, version 1.0.2 (secure-systems-lab/dsse).

mod envelope;
mod pae;
mod signed_bytes;

pub(crate) use envelope::Written;
pub use envelope::{Envelope, PAYLOAD_TYPE, SIGNATURES_MAX};
pub use pae::pae;
pub use signed_bytes::SignedBytes;
