//! The attestations that evidence came as: verified again, with the keys that policies had.

use liftlock_attest::media_types::{BUNDLE, DSSE, SIGNED_PAYLOAD};
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
    /// Recorded before signatures of cosign's older form were kept beside what they sign: there
    /// is nothing to check.
    BeforeKept,
    /// Not what was recorded, in words.
    Different(String),
}

/// Verifies an envelope once more.
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
        return Again::Different("the key that it is recorded with signs nothing".to_owned());
    };
    let Some(subject) = subject(state, content) else {
        return Again::Different("it is about a release that is not there".to_owned());
    };
    let is_image = attested.predicate == PredicateType::image();
    if is_image && attested.envelope == attested.statement {
        // The payload alone was kept; in every other form there is more than what is signed.
        return Again::BeforeKept;
    }
    let read = match is_image {
        true => signature(envelope, &key, subject),
        false => statement(envelope, &key, subject, attested.predicate.as_uri()),
    };
    match read {
        Ok((payload, predicate)) => compared(attested, payload, &predicate),
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

type Read = Result<(Digest, Value), WhyNot>;

fn statement(envelope: &[u8], key: &PublicKey, subject: Digest, kind: &str) -> Read {
    let bundled = verify(envelope, BUNDLE, &[key], &subject, kind);
    let verified = match bundled {
        Err(WhyNot::Unreadable { .. }) => verify(envelope, DSSE, &[key], &subject, kind)?,
        verified => verified?,
    };
    let predicate = verified.statement().predicate.clone();
    Ok((Digest::of(verified.payload()), predicate))
}

fn signature(envelope: &[u8], key: &PublicKey, subject: Digest) -> Read {
    let bundled = verify_signature(envelope, BUNDLE, None, &[key], &subject);
    let signed = match bundled {
        // It says of itself that it is another form.
        Err(WhyNot::Unreadable { .. } | WhyNot::OtherForm { .. }) => {
            verify_signature(envelope, SIGNED_PAYLOAD, None, &[key], &subject)?
        }
        signed => signed?,
    };
    Ok((Digest::of(signed.payload()), Value::Null))
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use liftlock_attest::SignedPayload;
    use liftlock_core::EvidenceId;

    use super::*;

    /// By cosign 2.6.5.
    const PAYLOAD: &[u8] =
        include_bytes!("../../../../../attest/tests/samples/simple-signing.json");
    const SIGNATURE: &str = include_str!("../../../../../attest/tests/samples/simple-signing.sig");
    const KEY: &str = include_str!("../../../../../attest/tests/samples/cosign-2.pub");
    const IMAGE: &str = "sha256:a5df3fde7b200c3fa2791144c7e05c5c2bced4c6ad863d3a4cf76c972c1712f9";

    /// What comes of a recorded signature of `image` whose envelope is this.
    fn check(image: Digest, envelope: &[u8]) -> Again {
        let key: liftlock_core::policy::PublicKey = KEY.parse().unwrap();
        let attested = Attested {
            statement: Digest::of(PAYLOAD),
            envelope: Digest::of(envelope),
            predicate: PredicateType::image(),
            key: key.fingerprint(),
            fields: BTreeMap::new(),
        };
        let content = EvidenceContent {
            id: EvidenceId(1),
            gate: "signed".parse().unwrap(),
            release: "r1".parse().unwrap(),
            subject: Subject::Image {
                image,
                platform: None,
            },
            finding: None,
            figures: BTreeMap::new(),
            findings: Vec::new(),
            findings_left_out: 0,
            statements: Vec::new(),
            report: None,
            attested: None,
            url: None,
            note: None,
        };
        let keys = Keys::from([(attested.key, key)]);
        again((&State::default(), &keys), &content, &attested, envelope)
    }

    fn kept(payload: &[u8]) -> Vec<u8> {
        let kept = SignedPayload::new(payload, Some(SIGNATURE.trim())).unwrap();
        kept.to_bytes()
    }

    #[test]
    fn a_signature_of_cosigns_older_form_is_verified_again() {
        let image: Digest = IMAGE.parse().unwrap();
        assert!(matches!(check(image, &kept(PAYLOAD)), Again::Same));
        // As it was recorded before signatures were kept.
        assert!(matches!(check(image, PAYLOAD), Again::BeforeKept));
    }

    #[test]
    fn one_that_is_not_by_that_key_about_that_image_is_found() {
        let image: Digest = IMAGE.parse().unwrap();
        let other = String::from_utf8_lossy(PAYLOAD).replace("shop", "else");
        let unsigned = kept(PAYLOAD);
        let unsigned = String::from_utf8_lossy(&unsigned).replace(SIGNATURE.trim(), "AAAA");
        for (image, envelope) in [
            (Digest::of(b"another image"), kept(PAYLOAD)),
            (image, kept(other.as_bytes())),
            (image, unsigned.into_bytes()),
            (image, b"{}".to_vec()),
        ] {
            assert!(matches!(check(image, &envelope), Again::Different(_)));
        }
    }
}
