//! Something that was found.

use liftlock_attest::media_types::SIMPLE_SIGNING;
use liftlock_attest::{
    PublicKey, Signed, SignedPayload, Verified, WhyNot, verify, verify_signature,
};
use liftlock_oci::Digest;

/// One attestation or signature beside an image. What it says is behind its checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub(super) beside: Beside,
    pub(super) digest: Digest,
    pub(super) media_type: String,
    pub(super) named_type: Option<String>,
    pub(super) signature: Option<String>,
    pub(super) bytes: Result<Vec<u8>, WhyNot>,
}

/// Where something was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Beside {
    /// In the manifest with this digest, which refers to the image.
    Referrer(Digest),
    /// Under cosign's tag `sha256-<hex>.att`.
    AttestationTag,
    /// Under cosign's tag `sha256-<hex>.sig`.
    SignatureTag,
}

impl Found {
    /// Where it was found.
    pub fn beside(&self) -> Beside {
        self.beside
    }

    /// The digest of its bytes.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The media type it has by its descriptor.
    pub fn media_type(&self) -> &str {
        &self.media_type
    }

    /// What it says that it states, in an annotation that nobody signed.
    pub fn named_type(&self) -> Option<&str> {
        self.named_type.as_deref()
    }

    /// Its bytes; why not, where it is too large or missing.
    pub fn bytes(&self) -> Result<&[u8], WhyNot> {
        self.bytes.as_deref().map_err(Clone::clone)
    }

    /// What has to be kept of it to verify it again: its bytes, and its signature where that is
    /// in an annotation beside them ([`SignedPayload`]).
    pub fn kept(&self) -> Result<Vec<u8>, WhyNot> {
        let bytes = self.bytes()?;
        match self.media_type.as_str() {
            SIMPLE_SIGNING => Ok(SignedPayload::new(bytes, self.signature.as_deref())?.to_bytes()),
            _ => Ok(bytes.to_vec()),
        }
    }

    /// [`liftlock_attest::verify`] of it.
    pub fn verify(
        &self,
        keys: &[&PublicKey],
        subject: &Digest,
        predicate_type: &str,
    ) -> Result<Verified, WhyNot> {
        verify(
            self.bytes()?,
            &self.media_type,
            keys,
            subject,
            predicate_type,
        )
    }

    /// [`liftlock_attest::verify_signature`] of it.
    pub fn verify_signature(
        &self,
        keys: &[&PublicKey],
        subject: &Digest,
    ) -> Result<Signed, WhyNot> {
        let signature = self.signature.as_deref();
        verify_signature(self.bytes()?, &self.media_type, signature, keys, subject)
    }
}
