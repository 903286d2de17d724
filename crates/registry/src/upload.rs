//! Bringing blobs into a repository: found there, mounted from another one, or uploaded.

mod begin;
mod finish;
mod look;
mod post;
mod push;
mod streamed;

pub use begin::Begun;
pub use post::POST_BYTES_MAX;
pub use streamed::body;

/// How a blob came to be in a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlobWrite {
    /// It was there before.
    Present,
    /// The registry took it from the other repository; no bytes moved.
    Mounted,
    /// Its bytes were uploaded.
    Uploaded,
}
