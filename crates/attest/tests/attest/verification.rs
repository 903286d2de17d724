//! Others' mistakes, each as a case.

use liftlock_attest::media_types::{BUNDLE, DSSE, SIMPLE_SIGNING};
use liftlock_attest::{
    ATTESTATION_BYTES_MAX, Bundle, Envelope, Form, PublicKey, SIGNATURES_MAX, Verified, WhyNot,
    verify,
};
use liftlock_oci::Digest;
use serde_json::{Value, json};

use crate::samples::{COSIGN_BUNDLES, COSIGN_TYPE, TYPE, bundle, cosigns, image, key, statement};

fn check(found: &[u8], keys: &[&PublicKey]) -> Result<Verified, WhyNot> {
    verify(found, BUNDLE, keys, &image(), TYPE)
}

/// A bundle of `key(1)` with something in it changed.
fn changed(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut value: Value = serde_json::from_slice(&bundle(&key(1))).unwrap();
    change(&mut value);
    value.to_string().into_bytes()
}

#[test]
fn what_was_signed_is_verified_in_both_forms() {
    let (first, second) = (key(1), key(2));
    let keys = [second.public(), first.public()];
    let envelope = Envelope::sign(&statement(), &first).to_bytes();
    for (form, media_type, found) in [
        (Form::Bundle, BUNDLE, bundle(&first)),
        (Form::Envelope, DSSE, envelope),
    ] {
        let verified = verify(&found, media_type, &keys, &image(), TYPE).unwrap();
        assert_eq!(verified.form(), form);
        assert_eq!(*verified.statement(), statement());
        assert_eq!(verified.payload(), statement().to_bytes());
        assert_eq!(verified.key(), first.public().fingerprint());
    }
}

#[test]
fn the_same_statement_and_key_give_the_same_bytes() {
    assert_eq!(bundle(&key(1)), bundle(&key(1)));
    let read = Bundle::read(&bundle(&key(1))).unwrap();
    assert_eq!(read.to_bytes(), bundle(&key(1)));
}

#[test]
fn what_cosign_wrote_is_verified() {
    for found in COSIGN_BUNDLES {
        let verified = verify(found, BUNDLE, &[&cosigns()], &image(), COSIGN_TYPE).unwrap();
        assert_eq!(verified.statement().predicate, json!({"tested": true}));
    }
}

#[test]
fn another_key_is_told_from_something_altered() {
    let error = check(&bundle(&key(1)), &[key(2).public()]).unwrap_err();
    let hint = key(1).public().hint();
    assert_eq!(error, WhyNot::WrongKey { hint: hint.clone() });
    let payload = statement().to_bytes();
    let text = String::from_utf8(payload)
        .unwrap()
        .replace("PASSED", "WARNED");
    let altered = changed(|value| value["dsseEnvelope"]["payload"] = json!(base64(&text)));
    let error = check(&altered, &[key(1).public()]).unwrap_err();
    assert_eq!(error, WhyNot::Altered { hint });
    let bare = serde_json::from_slice::<Value>(&altered).unwrap()["dsseEnvelope"].to_string();
    let error = verify(bare.as_bytes(), DSSE, &[key(1).public()], &image(), TYPE);
    assert_eq!(error.unwrap_err(), WhyNot::NotSigned);
}

#[test]
fn every_byte_of_payload_and_signature_counts() {
    let original = bundle(&key(1));
    let signer = key(1);
    let read: Value = serde_json::from_slice(&original).unwrap();
    for field in ["/dsseEnvelope/payload", "/dsseEnvelope/signatures/0/sig"] {
        let text = read.pointer(field).and_then(Value::as_str).unwrap();
        for at in (0..text.len()).step_by(7) {
            let mut bytes = text.as_bytes().to_vec();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let mut altered = read.clone();
            *altered.pointer_mut(field).unwrap() = json!(String::from_utf8(bytes).unwrap());
            let found = altered.to_string().into_bytes();
            assert!(check(&found, &[signer.public()]).is_err(), "{field} {at}");
        }
    }
}

#[test]
fn a_key_inside_of_the_bundle_is_never_used() {
    let theirs = key(2);
    let forged = Bundle::sign(&statement(), &theirs).to_bytes();
    let mut forged: Value = serde_json::from_slice(&forged).unwrap();
    forged["verificationMaterial"] = json!({
        "publicKey": { "hint": theirs.public().hint(), "rawBytes": base64(theirs.public().der()) },
        "certificate": { "rawBytes": base64(theirs.public().der()) },
        "tlogEntries": [],
    });
    let ours = key(1);
    let error = check(forged.to_string().as_bytes(), &[ours.public()]).unwrap_err();
    let hint = theirs.public().hint();
    assert_eq!(error, WhyNot::WrongKey { hint });
    // Nor does the hint of a trusted key make it one.
    forged["verificationMaterial"]["publicKey"]["hint"] = json!(ours.public().hint());
    let error = check(forged.to_string().as_bytes(), &[ours.public()]).unwrap_err();
    assert!(matches!(error, WhyNot::Altered { .. }), "{error}");
}

#[test]
fn without_a_key_or_a_signature_nothing_is_verified() {
    let error = verify(&bundle(&key(1)), BUNDLE, &[], &image(), TYPE).unwrap_err();
    assert_eq!(error, WhyNot::NoKey);
    let unsigned = changed(|value| value["dsseEnvelope"]["signatures"] = json!([]));
    let error = check(&unsigned, &[key(1).public()]).unwrap_err();
    assert_eq!(error, WhyNot::Unsigned);
    let empty = changed(|value| value["dsseEnvelope"]["signatures"][0]["sig"] = json!(""));
    assert!(check(&empty, &[key(1).public()]).is_err());
}

#[test]
fn another_subject_or_predicate_type_is_refused_though_the_signature_is_good() {
    let (found, signer) = (bundle(&key(1)), key(1));
    let keys = [signer.public()];
    let other = Digest::of(b"another image");
    let error = verify(&found, BUNDLE, &keys, &other, TYPE).unwrap_err();
    let about = image().to_string();
    assert!(
        matches!(&error, WhyNot::OtherSubject { found, .. } if *found == about),
        "{error}"
    );
    let error = verify(
        &found,
        BUNDLE,
        &keys,
        &image(),
        "https://slsa.dev/provenance/v1",
    );
    assert_eq!(
        error.unwrap_err().to_string(),
        format!("it states {TYPE}, not https://slsa.dev/provenance/v1")
    );
}

#[test]
fn other_forms_are_refused_by_name() {
    let signer = key(1);
    let keys = [signer.public()];
    let form = |found: &[u8], media_type| verify(found, media_type, &keys, &image(), TYPE);
    for media_type in ["", "application/json", SIMPLE_SIGNING] {
        let error = form(&bundle(&signer), media_type).unwrap_err();
        assert!(matches!(error, WhyNot::OtherForm { .. }), "{media_type}");
    }
    let version = changed(|value| {
        value["mediaType"] = json!("application/vnd.dev.sigstore.bundle+json;version=0.1");
    });
    assert!(matches!(
        form(&version, BUNDLE),
        Err(WhyNot::OtherForm { .. })
    ));
    let message = br#"{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial":{},"messageSignature":{"signature":""}}"#;
    assert!(matches!(
        form(message, BUNDLE),
        Err(WhyNot::OtherForm { .. })
    ));
    let payload = changed(|value| value["dsseEnvelope"]["payloadType"] = json!("text/plain"));
    assert!(matches!(
        form(&payload, BUNDLE),
        Err(WhyNot::OtherPayload { .. })
    ));
    // An envelope where a bundle was promised, and the other way round.
    let envelope = Envelope::sign(&statement(), &signer).to_bytes();
    assert!(matches!(
        form(&envelope, BUNDLE),
        Err(WhyNot::Unreadable { .. })
    ));
    assert!(matches!(
        form(&bundle(&signer), DSSE),
        Err(WhyNot::Unreadable { .. })
    ));
}

#[test]
fn limits_hold() {
    let signer = key(1);
    let large = vec![b' '; ATTESTATION_BYTES_MAX + 1];
    for media_type in [BUNDLE, DSSE] {
        let error = verify(&large, media_type, &[signer.public()], &image(), TYPE);
        assert!(
            matches!(error, Err(WhyNot::TooLarge { .. })),
            "{media_type}"
        );
    }
    let many = changed(|value| {
        let one = value["dsseEnvelope"]["signatures"][0].clone();
        value["dsseEnvelope"]["signatures"] = json!(vec![one; SIGNATURES_MAX + 1]);
    });
    assert!(matches!(
        check(&many, &[signer.public()]),
        Err(WhyNot::Unreadable { .. })
    ));
}

#[test]
fn messages_hold_nothing_a_terminal_acts_on() {
    let error = verify(b"{}", "\u{1b}[31mred", &[], &image(), TYPE).unwrap_err();
    assert_eq!(
        error.to_string(),
        "?[31mred is no form of attestation that is supported"
    );
}

fn base64(bytes: impl AsRef<[u8]>) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
