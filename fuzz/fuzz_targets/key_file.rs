//! Key files of cosign.
#![no_main]

use libfuzzer_sys::fuzz_target;
use liftlock_attest::{Passphrase, PrivateKey, PublicKey};
use liftlock_fuzz::attestations::MESSAGE_BYTES_MAX;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(key) = PublicKey::from_pem(bytes) {
        let again = PublicKey::from_pem(key.to_pem().as_bytes()).expect("it is read again");
        assert_eq!(again.fingerprint(), key.fingerprint());
    }
    if let Ok(key) = PublicKey::from_der(bytes) {
        assert_eq!(PublicKey::from_der(key.der()).as_ref(), Ok(&key));
    }
    // Deriving a key takes its time by design, so almost all inputs have to fail before that.
    let passphrase = Passphrase::new(Vec::new()).expect("it is short");
    if let Err(error) = PrivateKey::from_encrypted_pem(bytes, &passphrase) {
        assert!(error.to_string().len() <= MESSAGE_BYTES_MAX);
    }
});
