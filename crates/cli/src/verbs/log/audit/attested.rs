//! The attestations that evidence came as: verified again, with the keys that policies had.

use liftlock_attest::media_types::{BUNDLE, DSSE};
use liftlock_attest::{PublicKey, WhyNot, verify, verify_signature};
use liftlock_core::attestation::Attested;
use liftlock_core::evidence::EvidenceContent;
use liftlock_core::policy::PredicateType;
use liftlock_core::{State, Subject};
use liftlock_oci::Digest;
use serde_json::Value;

use super::Keys;

/// What came of it.
pub(super) enum Again {
    /// Signed by that key, and it says what was recorded.
    Same,
    /// It cannot be told any more, and why.
    Unchecked,
    /// Not what was recorded, in words.
    Different(String),
}

/// Verifies an envelope once more. A signature of cosign's older form is kept beside what it signs,
/// and cannot be checked again.
pub(super) fn again(
    (state, keys): (&State, &Keys),
    content: &EvidenceContent,
    attested: &Attested,
    envelope: &[u8],
) -> Again {
    let Some(key) = keys.get(&attested.key) else {
        return Again::Different("no policy had the key that it is recorded with".to_owned());
    };
    let Ok(key) = PublicKey::from_der(key.as_der()) else {
        return Again::Unchecked;
    };
    let Some(subject) = subject(state, content) else {
        return Again::Different("it is about a release that is not there".to_owned());
    };
    let read = match attested.predicate == PredicateType::image() {
        true => signature(envelope, &key, subject),
        false => statement(envelope, &key, subject, attested.predicate.as_uri()),
    };
    match read {
        Ok(None) => Again::Unchecked,
        Ok(Some((payload, predicate))) => compared(attested, payload, &predicate),
        Err(why) => Again::Different(format!("the attestation does not count: {why}")),
    }
}

/// One that the statement has to be about.
fn subject(state: &State, content: &EvidenceContent) -> Option<Digest> {
    match &content.subject {
        Subject::Image { image, platform } => Some(platform.unwrap_or(*image)),
        Subject::Release { .. } => {
            let release = state.releases.get(&content.release)?;
            let mut images = release.content.images.values();
            images.next().map(|image| image.image.digest)
        }
    }
}

type Read = Result<Option<(Digest, Value)>, WhyNot>;

fn statement(envelope: &[u8], key: &PublicKey, subject: Digest, kind: &str) -> Read {
    let bundled = verify(envelope, BUNDLE, &[key], &subject, kind);
    let verified = match bundled {
        Err(WhyNot::Unreadable { .. }) => verify(envelope, DSSE, &[key], &subject, kind)?,
        verified => verified?,
    };
    let predicate = verified.statement().predicate.clone();
    Ok(Some((Digest::of(verified.payload()), predicate)))
}

fn signature(envelope: &[u8], key: &PublicKey, subject: Digest) -> Read {
    match verify_signature(envelope, BUNDLE, None, &[key], &subject) {
        Ok(signed) => Ok(Some((Digest::of(signed.payload()), Value::Null))),
        Err(WhyNot::Unreadable { .. }) => Ok(None),
        Err(why) => Err(why),
    }
}

fn compared(attested: &Attested, payload: Digest, predicate: &Value) -> Again {
    if payload != attested.statement {
        return Again::Different("another statement was recorded".to_owned());
    }
    let mut fields = attested.fields.iter();
    match fields.find(|(field, said)| field.read(predicate) != **said) {
        Some((field, _)) => Again::Different(format!("it says something else at {field}")),
        None => Again::Same,
    }
}
