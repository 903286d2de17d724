//! What `cosign sign` signs in its older form (cosign, `specs/SIGNATURE_SPEC.md`: "Simple Signing").

use liftlock_oci::Digest;
use serde::Deserialize;

use crate::WhyNot;
use crate::why_not::shown;

/// Most bytes of such a payload; cosign's have some 250, and annotations of users.
const PAYLOAD_BYTES_MAX: usize = 64 * 1024;

const TYPE: &str = "cosign container image signature";

/// A payload that names one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimpleSigning {
    /// The image.
    pub image: Digest,
    /// The reference it was signed by, as the signer knew it.
    pub reference: String,
}

#[derive(Deserialize)]
struct In {
    critical: Critical,
}

#[derive(Deserialize)]
struct Critical {
    identity: Identity,
    image: Image,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Identity {
    #[serde(rename = "docker-reference")]
    reference: String,
}

#[derive(Deserialize)]
struct Image {
    #[serde(rename = "docker-manifest-digest")]
    digest: Digest,
}

impl SimpleSigning {
    /// Reads a payload.
    pub fn read(bytes: &[u8]) -> Result<Self, WhyNot> {
        WhyNot::over_limit("the signed payload", bytes.len(), PAYLOAD_BYTES_MAX)?;
        let read: In = serde_json::from_slice(bytes)
            .map_err(|error| WhyNot::unreadable("the signed payload", error))?;
        if read.critical.kind != TYPE {
            return Err(WhyNot::other_payload(&read.critical.kind));
        }
        Ok(Self {
            image: read.critical.image.digest,
            reference: shown(&read.critical.identity.reference),
        })
    }
}
