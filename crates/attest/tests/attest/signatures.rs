//! What `cosign sign` writes.

use liftlock_attest::media_types::{BUNDLE, SIGNED_PAYLOAD, SIMPLE_SIGNING};
use liftlock_attest::{
    Bundle, Form, PrivateKey, PublicKey, Signed, SignedPayload, Statement, Subject, WhyNot,
    predicates, verify_signature,
};
use liftlock_oci::Digest;
use serde_json::json;

use crate::samples::{image, key};

/// By cosign 2.6.5 with the sample key, over [`PAYLOAD`].
const BY_COSIGN: &str = include_str!("../samples/simple-signing.sig");
const PAYLOAD: &[u8] = include_bytes!("../samples/simple-signing.json");

fn check(payload: &[u8], signature: Option<&str>, keys: &[&PublicKey]) -> Result<Signed, WhyNot> {
    verify_signature(payload, SIMPLE_SIGNING, signature, keys, &image())
}

#[test]
fn a_signature_of_cosign_2_is_verified() {
    let signed = check(
        PAYLOAD,
        Some(BY_COSIGN.trim()),
        &[&crate::samples::cosigns()],
    )
    .unwrap();
    assert_eq!(signed.form(), Form::SimpleSigning);
    assert_eq!(signed.payload(), PAYLOAD);
    assert_eq!(signed.key(), crate::samples::cosigns().fingerprint());
}

#[test]
fn without_its_key_or_signature_it_counts_for_nothing() {
    let cosigns = crate::samples::cosigns();
    let signature = Some(BY_COSIGN.trim());
    assert_eq!(check(PAYLOAD, signature, &[]), Err(WhyNot::NoKey));
    for unsigned in [None, Some("")] {
        assert_eq!(check(PAYLOAD, unsigned, &[&cosigns]), Err(WhyNot::Unsigned));
    }
    let other = key(1);
    let error = check(PAYLOAD, signature, &[other.public()]);
    assert_eq!(error, Err(WhyNot::NotSigned));
    let mut altered = PAYLOAD.to_vec();
    altered.push(b' ');
    assert_eq!(
        check(&altered, signature, &[&cosigns]),
        Err(WhyNot::NotSigned)
    );
    let error = check(PAYLOAD, Some("not base64"), &[&cosigns]);
    assert!(matches!(error, Err(WhyNot::Unreadable { .. })));
    let error = check(PAYLOAD, Some(&"A".repeat(2000)), &[&cosigns]);
    assert!(matches!(error, Err(WhyNot::TooLarge { .. })));
}

#[test]
fn a_signature_of_another_image_is_refused() {
    let other = Digest::of(b"another image");
    let error = verify_signature(
        PAYLOAD,
        SIMPLE_SIGNING,
        Some(BY_COSIGN.trim()),
        &[&crate::samples::cosigns()],
        &other,
    );
    assert!(matches!(error, Err(WhyNot::OtherSubject { .. })));
}

fn stated(signer: &PrivateKey, predicate_type: &str) -> Vec<u8> {
    let statement = Statement {
        subjects: vec![Subject::image("", image())],
        predicate_type: predicate_type.to_owned(),
        predicate: json!({}),
    };
    Bundle::sign(&statement, signer).to_bytes()
}

#[test]
fn the_bundle_of_cosign_3_is_a_statement_of_its_own_type() {
    let signer = key(1);
    let keys = [signer.public()];
    let found = stated(&signer, predicates::COSIGN_SIGN);
    let signed = verify_signature(&found, BUNDLE, None, &keys, &image()).unwrap();
    assert_eq!(signed.form(), Form::Bundle);
    // An attestation is no signature of the image.
    let found = stated(&signer, "https://slsa.dev/provenance/v1");
    let error = verify_signature(&found, BUNDLE, None, &keys, &image());
    assert!(matches!(error, Err(WhyNot::OtherPredicateType { .. })));
}

fn kept(payload: &[u8], signature: &str) -> Vec<u8> {
    SignedPayload::new(payload, Some(signature))
        .unwrap()
        .to_bytes()
}

fn again(kept: &[u8], keys: &[&PublicKey], image: &Digest) -> Result<Signed, WhyNot> {
    verify_signature(kept, SIGNED_PAYLOAD, None, keys, image)
}

#[test]
fn kept_with_its_signature_it_is_verified_again() {
    let cosigns = crate::samples::cosigns();
    let bytes = kept(PAYLOAD, BY_COSIGN.trim());
    let signed = again(&bytes, &[&cosigns], &image()).unwrap();
    assert_eq!(signed.payload(), PAYLOAD);
    assert_eq!(signed.form(), Form::SimpleSigning);
    let read = SignedPayload::read(&bytes).unwrap();
    assert_eq!(read.to_bytes(), bytes);
}

#[test]
fn what_was_kept_and_altered_counts_for_nothing() {
    let cosigns = crate::samples::cosigns();
    let keys = [&cosigns];
    let bytes = kept(PAYLOAD, BY_COSIGN.trim());
    assert_eq!(again(&bytes, &[], &image()), Err(WhyNot::NoKey));
    let other = key(1);
    let error = again(&bytes, &[other.public()], &image());
    assert_eq!(error, Err(WhyNot::NotSigned));
    let error = again(&bytes, &keys, &Digest::of(b"another image"));
    assert!(matches!(error, Err(WhyNot::OtherSubject { .. })));
    let text = String::from_utf8(bytes).unwrap();
    // Every character of what was signed, and of the signature.
    for (at, character) in text
        .char_indices()
        .filter(|(_, c)| c.is_ascii_alphanumeric())
    {
        let other = if character == 'A' { 'B' } else { 'A' };
        let mut altered = text.clone();
        altered.replace_range(at..=at, &other.to_string());
        match again(altered.as_bytes(), &keys, &image()) {
            Ok(signed) => assert_eq!(signed.payload(), PAYLOAD, "{altered}"),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    let without = text.replace(BY_COSIGN.trim(), "");
    assert!(again(without.as_bytes(), &keys, &image()).is_err());
    let none = text.replace(&format!("\"{}\"", BY_COSIGN.trim()), "");
    assert_eq!(
        again(none.as_bytes(), &keys, &image()),
        Err(WhyNot::Unsigned)
    );
    let payload = PAYLOAD.to_vec();
    let error = again(&payload, &keys, &image());
    assert!(matches!(error, Err(WhyNot::Unreadable { .. })));
}
