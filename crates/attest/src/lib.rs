//! Attestations: keys, in-toto statements, DSSE, Sigstore bundles, cosign's signatures. No IO, no
//! clock and no randomness: bytes in, typed values out.
//!
//! [`verify`] takes what was found beside an image and the keys that are trusted, and gives a
//! [`Verified`] statement or [`WhyNot`]; [`verify_signature`] does it for what `cosign sign` wrote.
//! [`Statement`] and the [`predicates`] say what is attested, [`PrivateKey`] signs it, [`Bundle`]
//! and [`Envelope`] are the forms it is kept in.

mod base64_text;
mod bundle;
mod digest_set;
mod dsse;
mod keys;
mod limited;
pub mod media_types;
pub mod predicates;
mod resource;
mod signed_payload;
mod simple_signing;
mod statement;
mod verified;
mod verify;
mod why_not;

pub use bundle::{Bundle, TLOG_ENTRIES_MAX};
pub use digest_set::{DIGESTS_MAX, DigestSet};
pub use dsse::{Envelope, PAYLOAD_TYPE, SIGNATURES_MAX, SignedBytes, pae};
pub use keys::{
    Fingerprint, KEY_FILE_BYTES_MAX, KeyError, PASSPHRASE_BYTES_MAX, Passphrase, PrivateKey,
    PublicKey, SCRYPT_N_MAX, Salt,
};
pub use predicates::{Predicate, PredicateError};
pub use resource::{ResourceUri, ResourceUriError};
pub use signed_payload::SignedPayload;
pub use simple_signing::SimpleSigning;
pub use statement::{STATEMENT_TYPE, SUBJECTS_MAX, Statement, Subject};
pub use verified::{Form, Signed, Verified};
pub use verify::{ATTESTATION_BYTES_MAX, verify, verify_signature};
pub use why_not::WhyNot;
