//! What was verified.

use crate::{Fingerprint, SignedBytes, Statement};

/// A statement that a given key signed, about the image and of the predicate type that were asked
/// for. Only [`crate::verify`] makes one.
#[derive(Debug, Clone, PartialEq)]
pub struct Verified {
    statement: Statement,
    signed: SignedBytes,
    form: Form,
}

/// An image's signature that a given key made. Only [`crate::verify_signature`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    signed: SignedBytes,
    form: Form,
}

/// The form something was kept in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// A Sigstore bundle.
    Bundle,
    /// A bare DSSE envelope.
    Envelope,
    /// A payload with its signature in an annotation.
    SimpleSigning,
}

impl Verified {
    pub(crate) fn new(statement: Statement, signed: SignedBytes, form: Form) -> Self {
        Self {
            statement,
            signed,
            form,
        }
    }

    pub(crate) fn into_signed(self) -> SignedBytes {
        self.signed
    }

    /// What is stated.
    pub fn statement(&self) -> &Statement {
        &self.statement
    }

    /// The bytes that were signed, exactly.
    pub fn payload(&self) -> &[u8] {
        self.signed.bytes()
    }

    /// The key that signed it.
    pub fn key(&self) -> Fingerprint {
        self.signed.key()
    }

    /// The form it was kept in.
    pub fn form(&self) -> Form {
        self.form
    }
}

impl Signed {
    pub(crate) fn new(signed: SignedBytes, form: Form) -> Self {
        Self { signed, form }
    }

    /// The bytes that were signed, exactly.
    pub fn payload(&self) -> &[u8] {
        self.signed.bytes()
    }

    /// The key that signed it.
    pub fn key(&self) -> Fingerprint {
        self.signed.key()
    }

    /// The form it was kept in.
    pub fn form(&self) -> Form {
        self.form
    }
}
