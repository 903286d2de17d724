//! The envelope itself.

use serde::{Deserialize, Serialize};

use super::{SignedBytes, pae};
use crate::limited::Limited;
use crate::verify::ATTESTATION_BYTES_MAX;
use crate::{PrivateKey, PublicKey, Statement, WhyNot, base64_text};

/// The type of a payload that is an in-toto statement.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// Most signatures of one envelope that are read.
pub const SIGNATURES_MAX: usize = 16;

/// A payload and its signatures. What is in it counts for nothing before [`Envelope::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    payload_type: String,
    payload: Vec<u8>,
    /// In ASN.1 DER, as far as anything is known of them.
    signatures: Vec<Vec<u8>>,
}

/// As it is written (DSSE `envelope.md`, and the bundle's `dsseEnvelope`).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Written {
    payload: String,
    payload_type: String,
    #[serde(serialize_with = "signatures")]
    signatures: Limited<WrittenSignature, SIGNATURES_MAX>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct WrittenSignature {
    sig: String,
}

fn signatures<S: serde::Serializer>(
    list: &Limited<WrittenSignature, SIGNATURES_MAX>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    list.0.serialize(serializer)
}

impl Envelope {
    /// Signs a statement.
    pub fn sign(statement: &Statement, key: &PrivateKey) -> Self {
        let payload = statement.to_bytes();
        let signature = key.sign(&pae(PAYLOAD_TYPE, &payload));
        Self {
            payload_type: PAYLOAD_TYPE.to_owned(),
            payload,
            signatures: vec![signature],
        }
    }

    /// Reads the JSON of a bare envelope.
    pub fn read(bytes: &[u8]) -> Result<Self, WhyNot> {
        WhyNot::over_limit("the envelope", bytes.len(), ATTESTATION_BYTES_MAX)?;
        let written = serde_json::from_slice(bytes);
        Self::from_written(written.map_err(|error| WhyNot::unreadable("the envelope", error))?)
    }

    /// Its JSON, always the same bytes for the same envelope.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Texts alone: nothing in them that JSON could not hold.
        serde_json::to_vec(&self.to_written()).unwrap_or_default()
    }

    /// The payload, if one of `keys` signed it as `payload_type`.
    ///
    /// `named` is the hint at a key that came with the envelope. It is only used to say why not.
    pub(crate) fn verify(
        &self,
        payload_type: &str,
        keys: &[&PublicKey],
        named: Option<&str>,
    ) -> Result<SignedBytes, WhyNot> {
        if keys.is_empty() {
            return Err(WhyNot::NoKey);
        }
        if self.signatures.is_empty() {
            return Err(WhyNot::Unsigned);
        }
        if self.payload_type != payload_type {
            return Err(WhyNot::other_payload(&self.payload_type));
        }
        let signed = pae(&self.payload_type, &self.payload);
        SignedBytes::check(self.payload.clone(), &signed, &self.signatures, keys)
            .ok_or_else(|| WhyNot::of_key(keys, named))
    }

    pub(crate) fn from_written(written: Written) -> Result<Self, WhyNot> {
        let decode = |what, text: &str| {
            base64_text::decode(text).ok_or_else(|| WhyNot::unreadable(what, "not base64"))
        };
        let signatures = written.signatures.0.iter();
        Ok(Self {
            payload: decode("the payload", &written.payload)?,
            payload_type: written.payload_type,
            signatures: signatures
                .map(|signature| decode("a signature", &signature.sig))
                .collect::<Result<_, _>>()?,
        })
    }

    pub(crate) fn to_written(&self) -> Written {
        let signatures = self.signatures.iter().map(|signature| WrittenSignature {
            sig: base64_text::encode(signature),
        });
        Written {
            payload: base64_text::encode(&self.payload),
            payload_type: self.payload_type.clone(),
            signatures: Limited(signatures.collect()),
        }
    }
}
