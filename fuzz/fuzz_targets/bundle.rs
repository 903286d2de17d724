//! Sigstore bundles.
#![no_main]

use libfuzzer_sys::fuzz_target;
use liftlock_attest::media_types::BUNDLE;
use liftlock_attest::{Bundle, Predicate, predicates, verify, verify_signature};
use liftlock_fuzz::attestations::{IMAGE, check_signed, message_fits, stranger};

fuzz_target!(|bytes: &[u8]| {
    match Bundle::read(bytes) {
        Ok(bundle) => {
            let written = bundle.to_bytes();
            assert_eq!(Bundle::read(&written).as_ref(), Ok(&bundle));
            assert_eq!(Bundle::read(&written).map(|b| b.to_bytes()), Ok(written));
        }
        Err(error) => message_fits(&error),
    }
    check_signed(|keys, image| {
        let kind = predicates::TestResult::TYPE;
        verify(bytes, BUNDLE, keys, image, kind).map(|v| v.payload().to_vec())
    });
    // Nobody else's key is trusted for what is in the bundle.
    let key = stranger();
    let keys = [key.public()];
    assert!(verify(bytes, BUNDLE, &keys, &IMAGE, predicates::TestResult::TYPE).is_err());
    assert!(verify_signature(bytes, BUNDLE, None, &keys, &IMAGE).is_err());
});
