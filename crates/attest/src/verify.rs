//! From something found beside an image to something known.

use liftlock_oci::Digest;

use crate::dsse::PAYLOAD_TYPE;
use crate::media_types::{BUNDLE, DSSE, SIGNED_PAYLOAD, SIMPLE_SIGNING};
use crate::predicates::COSIGN_SIGN;
use crate::why_not::shown;
use crate::{
    Bundle, Envelope, Form, PublicKey, Signed, SignedPayload, Statement, Verified, WhyNot,
};

/// Most bytes of one attestation that are read: 4 MiB.
pub const ATTESTATION_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Longest signature in base64, in bytes; one of P-256 has at most 96.
pub(crate) const SIGNATURE_BYTES_MAX: usize = 1024;

/// The statement in `found`, if one of `keys` signed it, it is about `subject`, and states
/// `predicate_type`. In this order: nothing is read from what is not signed.
///
/// `media_type` is the layer's, [`BUNDLE`] or [`DSSE`]. Keys are those given and no others.
pub fn verify(
    found: &[u8],
    media_type: &str,
    keys: &[&PublicKey],
    subject: &Digest,
    predicate_type: &str,
) -> Result<Verified, WhyNot> {
    let (signed, form) = match media_type {
        BUNDLE => (
            Bundle::read(found)?.verify(PAYLOAD_TYPE, keys)?,
            Form::Bundle,
        ),
        DSSE => {
            let envelope = Envelope::read(found)?;
            (envelope.verify(PAYLOAD_TYPE, keys, None)?, Form::Envelope)
        }
        other => return Err(WhyNot::other_form(other)),
    };
    let statement = Statement::read(signed.bytes())?;
    if !statement.is_about(subject) {
        return Err(WhyNot::OtherSubject {
            found: statement.subjects_shown(),
            wanted: *subject,
        });
    }
    if statement.predicate_type != predicate_type {
        return Err(WhyNot::OtherPredicateType {
            found: shown(&statement.predicate_type),
            wanted: shown(predicate_type),
        });
    }
    Ok(Verified::new(statement, signed, form))
}

/// That one of `keys` signed the image `subject`, in one of the forms of `cosign sign`.
///
/// `media_type` is the layer's, [`SIMPLE_SIGNING`] or [`BUNDLE`], or [`SIGNED_PAYLOAD`] where both
/// halves of the first were kept; `signature` is the layer's annotation
/// [`SIGNATURE_ANNOTATION`](crate::media_types::SIGNATURE_ANNOTATION), which the first has.
pub fn verify_signature(
    found: &[u8],
    media_type: &str,
    signature: Option<&str>,
    keys: &[&PublicKey],
    subject: &Digest,
) -> Result<Signed, WhyNot> {
    match media_type {
        // Without a key nothing of it is looked at.
        SIMPLE_SIGNING | SIGNED_PAYLOAD if keys.is_empty() => Err(WhyNot::NoKey),
        SIMPLE_SIGNING => SignedPayload::new(found, signature)?.verify(keys, subject),
        SIGNED_PAYLOAD => SignedPayload::read(found)?.verify(keys, subject),
        _ => {
            let verified = verify(found, media_type, keys, subject, COSIGN_SIGN)?;
            let form = verified.form();
            Ok(Signed::new(verified.into_signed(), form))
        }
    }
}
