//! What is in an archive beside images, and how it is called there.

/// The artifact with what the ledger says about a release, and its layer with the document.
pub const RELEASE: &str = "application/vnd.liftlock.release.v1+json";

/// A layer that proves one entry of the ledger (C2SP tlog-proof).
pub const PROOF: &str = "application/vnd.liftlock.tlog-proof.v1";

/// A layer that shows how the ledger continues an earlier checkpoint (the body of C2SP
/// tlog-witness's `add-checkpoint`).
pub const CONTINUATION: &str = "application/vnd.liftlock.tlog-continuation.v1";

/// The tag of the artifact. No image's key has a dot in it.
pub const RELEASE_TAG: &str = "liftlock.release";

/// What a layer is saved as by tools that save layers (OCI image specification, "Pre-Defined
/// Annotation Keys").
pub(crate) const TITLE: &str = "org.opencontainers.image.title";
