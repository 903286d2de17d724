//! Bare DSSE envelopes, and payloads with a signature beside them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use liftlock_attest::media_types::{DSSE, SIGNED_PAYLOAD, SIMPLE_SIGNING};
use liftlock_attest::{Envelope, Predicate, SignedPayload, predicates, verify, verify_signature};
use liftlock_fuzz::attestations::{IMAGE, check_signed, message_fits, stranger};

fuzz_target!(|bytes: &[u8]| {
    match Envelope::read(bytes) {
        Ok(envelope) => assert_eq!(Envelope::read(&envelope.to_bytes()), Ok(envelope)),
        Err(error) => message_fits(&error),
    }
    let kind = predicates::TestResult::TYPE;
    check_signed(|keys, image| {
        verify(bytes, DSSE, keys, image, kind).map(|v| v.payload().to_vec())
    });
    let key = stranger();
    let keys = [key.public()];
    assert!(verify(bytes, DSSE, &keys, &IMAGE, kind).is_err());
    match SignedPayload::read(bytes) {
        Ok(kept) => assert_eq!(SignedPayload::read(&kept.to_bytes()), Ok(kept)),
        Err(error) => message_fits(&error),
    }
    assert!(verify_signature(bytes, SIGNED_PAYLOAD, None, &keys, &IMAGE).is_err());
    // The first line as the signature, the rest as the payload.
    let text = String::from_utf8_lossy(bytes);
    let (signature, payload) = text.split_once('\n').unwrap_or((&text, ""));
    let found = payload.as_bytes();
    assert!(verify_signature(found, SIMPLE_SIGNING, Some(signature), &keys, &IMAGE).is_err());
});
