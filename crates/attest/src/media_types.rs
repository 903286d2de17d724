//! Media types of attestations and signatures.

/// A Sigstore bundle (sigstore protobuf-specs, `sigstore_bundle.proto`), version 0.3.
pub const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// A bare DSSE envelope: a layer under cosign's tag `sha256-<hex>.att`.
pub const DSSE: &str = "application/vnd.dsse.envelope.v1+json";

/// A payload that `cosign sign` signed: a layer under cosign's tag `sha256-<hex>.sig`.
pub const SIMPLE_SIGNING: &str = "application/vnd.dev.cosign.simplesigning.v1+json";

/// The annotation of such a layer that holds the signature in base64 (cosign, `SIGNATURE_SPEC.md`).
pub const SIGNATURE_ANNOTATION: &str = "dev.cosignproject.cosign/signature";

/// Such a payload together with its signature, in the form of [`SignedPayload`](crate::SignedPayload):
/// how it is kept as evidence, and nowhere else.
pub const SIGNED_PAYLOAD: &str = "application/vnd.liftlock.signed-payload.v1+json";
