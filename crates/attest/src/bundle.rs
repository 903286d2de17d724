//! Sigstore bundles, version 0.3 (sigstore protobuf-specs, `sigstore_bundle.proto`).

use serde::{Deserialize, Serialize};

use crate::dsse::Written;
use crate::limited::Limited;
use crate::media_types::BUNDLE;
use crate::verify::ATTESTATION_BYTES_MAX;
use crate::{Envelope, PrivateKey, PublicKey, SignedBytes, Statement, WhyNot};

/// Most entries of public logs that a bundle may bring; they are passed over.
pub const TLOG_ENTRIES_MAX: usize = 32;

/// An envelope with a hint at the key that signed it.
///
/// A key or certificate inside of a bundle is never used: who made the bundle chose it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    envelope: Envelope,
    hint: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Out<'a> {
    media_type: &'a str,
    verification_material: OutMaterial<'a>,
    dsse_envelope: Written,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OutMaterial<'a> {
    public_key: OutKey<'a>,
}

#[derive(Serialize)]
struct OutKey<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
}

/// What is read of it. Other fields are passed over: certificates and times of logs say nothing
/// here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct In {
    media_type: String,
    verification_material: Option<InMaterial>,
    dsse_envelope: Option<Written>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InMaterial {
    public_key: Option<InKey>,
    #[serde(default)]
    #[expect(dead_code, reason = "read for its limit alone")]
    tlog_entries: Limited<serde::de::IgnoredAny, TLOG_ENTRIES_MAX>,
}

#[derive(Deserialize)]
struct InKey {
    hint: Option<String>,
}

impl Bundle {
    /// Signs a statement.
    pub fn sign(statement: &Statement, key: &PrivateKey) -> Self {
        Self {
            envelope: Envelope::sign(statement, key),
            hint: Some(key.public().hint()),
        }
    }

    /// Reads a bundle's JSON.
    pub fn read(bytes: &[u8]) -> Result<Self, WhyNot> {
        WhyNot::over_limit("the bundle", bytes.len(), ATTESTATION_BYTES_MAX)?;
        let read: In = serde_json::from_slice(bytes)
            .map_err(|error| WhyNot::unreadable("the bundle", error))?;
        if read.media_type != BUNDLE {
            return Err(WhyNot::other_form(&read.media_type));
        }
        let Some(envelope) = read.dsse_envelope else {
            return Err(WhyNot::other_form("a bundle without a DSSE envelope"));
        };
        let material = read.verification_material;
        Ok(Self {
            envelope: Envelope::from_written(envelope)?,
            hint: material.and_then(|m| m.public_key).and_then(|k| k.hint),
        })
    }

    /// Its JSON, always the same bytes for the same bundle.
    pub fn to_bytes(&self) -> Vec<u8> {
        let out = Out {
            media_type: BUNDLE,
            verification_material: OutMaterial {
                public_key: OutKey {
                    hint: self.hint.as_deref(),
                },
            },
            dsse_envelope: self.envelope.to_written(),
        };
        // Texts alone: nothing in them that JSON could not hold.
        serde_json::to_vec(&out).unwrap_or_default()
    }

    /// The envelope, for the forms that hold it bare.
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// Which key it says it was signed with. Nothing is to be believed of it.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    pub(crate) fn verify(
        &self,
        payload_type: &str,
        keys: &[&PublicKey],
    ) -> Result<SignedBytes, WhyNot> {
        self.envelope.verify(payload_type, keys, self.hint())
    }
}
