//! A payload with the signatures that were kept beside it, in one piece.
//!
//! Cosign's older form has the payload in a layer and its signature in an annotation of the
//! manifest (cosign, `specs/SIGNATURE_SPEC.md`). Whoever keeps only the layer cannot check it
//! again. No form of cosign's holds both, and a DSSE envelope would claim another signed message.

use liftlock_oci::Digest;
use serde::{Deserialize, Serialize};

use crate::limited::Limited;
use crate::media_types::{SIGNED_PAYLOAD, SIMPLE_SIGNING};
use crate::verify::{ATTESTATION_BYTES_MAX, SIGNATURE_BYTES_MAX};
use crate::{Form, PublicKey, SIGNATURES_MAX, Signed, SignedBytes, SimpleSigning, WhyNot};
use crate::{base64_text, why_not::shown};

/// A payload of `cosign sign` and its signatures. What is in it counts for nothing before it was
/// checked with [`crate::verify_signature`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedPayload {
    payload: Vec<u8>,
    /// In ASN.1 DER, as far as anything is known of them.
    signatures: Vec<Vec<u8>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    media_type: String,
    payload: String,
    payload_type: String,
    #[serde(serialize_with = "list")]
    signatures: Limited<String, SIGNATURES_MAX>,
}

fn list<S: serde::Serializer>(
    list: &Limited<String, SIGNATURES_MAX>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    list.0.serialize(serializer)
}

impl SignedPayload {
    /// Of a layer's bytes and its annotation
    /// [`SIGNATURE_ANNOTATION`](crate::media_types::SIGNATURE_ANNOTATION).
    ///
    /// # Errors
    /// No signature, one that is not base64, or more bytes than are read.
    pub fn new(payload: &[u8], signature: Option<&str>) -> Result<Self, WhyNot> {
        WhyNot::over_limit("the signed payload", payload.len(), ATTESTATION_BYTES_MAX)?;
        let text = signature.filter(|text| !text.is_empty());
        Ok(Self {
            payload: payload.to_vec(),
            signatures: vec![decoded(text.ok_or(WhyNot::Unsigned)?)?],
        })
    }

    /// Reads the JSON that [`SignedPayload::to_bytes`] writes.
    ///
    /// # Errors
    /// What is no such JSON, of other types, or over a limit.
    pub fn read(bytes: &[u8]) -> Result<Self, WhyNot> {
        // Base64 makes four bytes of three.
        WhyNot::over_limit("the signed payload", bytes.len(), ATTESTATION_BYTES_MAX * 2)?;
        let unreadable = |error: serde_json::Error| WhyNot::unreadable("the signed payload", error);
        let written: Written = serde_json::from_slice(bytes).map_err(unreadable)?;
        if written.media_type != SIGNED_PAYLOAD {
            return Err(WhyNot::other_form(&shown(&written.media_type)));
        }
        if written.payload_type != SIMPLE_SIGNING {
            return Err(WhyNot::other_payload(&written.payload_type));
        }
        let payload = base64_text::decode(&written.payload)
            .ok_or_else(|| WhyNot::unreadable("the payload", "not base64"))?;
        let signatures = written.signatures.0.iter();
        Ok(Self {
            payload,
            signatures: signatures
                .map(|text| decoded(text))
                .collect::<Result<_, _>>()?,
        })
    }

    /// Its JSON, always the same bytes for the same payload and signatures.
    pub fn to_bytes(&self) -> Vec<u8> {
        let signatures = self.signatures.iter();
        let written = Written {
            media_type: SIGNED_PAYLOAD.to_owned(),
            payload: base64_text::encode(&self.payload),
            payload_type: SIMPLE_SIGNING.to_owned(),
            signatures: Limited(signatures.map(|one| base64_text::encode(one)).collect()),
        };
        // Texts alone: nothing in them that JSON could not hold.
        serde_json::to_vec(&written).unwrap_or_default()
    }

    /// That one of `keys` signed it, and it names `subject`.
    pub(crate) fn verify(&self, keys: &[&PublicKey], subject: &Digest) -> Result<Signed, WhyNot> {
        if keys.is_empty() {
            return Err(WhyNot::NoKey);
        }
        if self.signatures.is_empty() {
            return Err(WhyNot::Unsigned);
        }
        let signed =
            SignedBytes::check(self.payload.clone(), &self.payload, &self.signatures, keys)
                .ok_or_else(|| WhyNot::of_key(keys, None))?;
        let payload = SimpleSigning::read(signed.bytes())?;
        if payload.image != *subject {
            return Err(WhyNot::OtherSubject {
                found: payload.image.to_string(),
                wanted: *subject,
            });
        }
        Ok(Signed::new(signed, Form::SimpleSigning))
    }
}

fn decoded(signature: &str) -> Result<Vec<u8>, WhyNot> {
    WhyNot::over_limit("the signature", signature.len(), SIGNATURE_BYTES_MAX)?;
    base64_text::decode(signature).ok_or_else(|| WhyNot::unreadable("the signature", "not base64"))
}
