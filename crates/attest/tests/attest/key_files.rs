use liftlock_attest::{
    Fingerprint, KEY_FILE_BYTES_MAX, KeyError, PASSPHRASE_BYTES_MAX, Passphrase, PrivateKey,
    PublicKey, Salt,
};
use zeroize::Zeroizing;

use crate::samples::{COSIGN_2_KEY, cosigns, key};

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text.as_bytes().to_vec()).unwrap()
}

fn read(text: &[u8]) -> KeyError {
    PrivateKey::from_encrypted_pem(text, &passphrase("correct horse")).unwrap_err()
}

/// The sample with the JSON inside of it changed.
fn changed(from: &str, to: &str) -> Vec<u8> {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    let text = std::str::from_utf8(COSIGN_2_KEY).unwrap();
    let lines: Vec<&str> = text.trim().lines().collect();
    let body = STANDARD.decode(lines[1..lines.len() - 1].concat()).unwrap();
    let body = String::from_utf8(body).unwrap();
    assert!(body.contains(from), "{body}");
    let body = STANDARD.encode(body.replacen(from, to, 1));
    let mut pem = format!("{}\n", lines[0]);
    for line in body.as_bytes().chunks(64) {
        pem.push_str(std::str::from_utf8(line).unwrap());
        pem.push('\n');
    }
    pem.push_str(lines[lines.len() - 1]);
    pem.into_bytes()
}

#[test]
fn a_key_of_cosign_is_read_under_both_of_its_names() {
    let before = String::from_utf8(COSIGN_2_KEY.to_vec()).unwrap();
    let before = before.replace("SIGSTORE", "COSIGN");
    for text in [COSIGN_2_KEY, before.as_bytes()] {
        let read = PrivateKey::from_encrypted_pem(text, &passphrase("correct horse")).unwrap();
        assert_eq!(*read.public(), cosigns());
    }
    assert_eq!(
        PrivateKey::from_encrypted_pem(COSIGN_2_KEY, &passphrase("wrong")).unwrap_err(),
        KeyError::Passphrase
    );
}

#[test]
fn a_key_that_was_written_is_read_again() {
    for text in ["", "a longer passphrase, ü"] {
        let written = key(7)
            .to_encrypted_pem(&passphrase(text), &Salt([9; 56]))
            .unwrap();
        assert!(written.starts_with("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n"));
        let read = PrivateKey::from_encrypted_pem(written.as_bytes(), &passphrase(text)).unwrap();
        assert_eq!(read.public(), key(7).public());
    }
}

#[test]
fn what_costs_too_much_or_protects_too_little_is_refused_before_it_is_computed() {
    for (from, to) in [
        (r#""N":65536"#, r#""N":1073741824"#),
        (r#""N":65536"#, r#""N":1024"#),
        (r#""N":65536"#, r#""N":65535"#),
        (r#""N":65536"#, r#""N":0"#),
        (r#""r":8"#, r#""r":4096"#),
        (r#""p":1"#, r#""p":1000"#),
    ] {
        assert!(
            matches!(read(&changed(from, to)), KeyError::Scrypt { .. }),
            "{to}"
        );
    }
    let salt = format!(r#""salt":"{}"#, "A".repeat(400));
    assert!(matches!(
        read(&changed(r#""salt":""#, &salt)),
        KeyError::Body(_)
    ));
}

#[test]
fn what_is_no_encrypted_key_says_what_it_is() {
    let large = vec![b'-'; KEY_FILE_BYTES_MAX + 1];
    assert!(matches!(read(&large), KeyError::TooLarge { .. }));
    assert!(matches!(read(b"\xff"), KeyError::Pem { .. }));
    assert!(matches!(read(b"hello"), KeyError::Pem { .. }));
    let plain = b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    assert_eq!(read(plain), KeyError::NotEncrypted);
    let public = key(1).public().to_pem();
    let message = read(public.as_bytes()).to_string();
    assert!(message.contains("it says PUBLIC KEY"), "{message}");
    for (from, to) in [("scrypt", "pbkdf2"), ("nacl/secretbox", "aes-gcm")] {
        let error = read(&changed(from, to));
        assert!(matches!(error, KeyError::Encryption { .. }), "{error}");
    }
    let nonce = changed(r#""nonce":""#, r#""nonce":"AAAA"#);
    assert!(matches!(read(&nonce), KeyError::Body(_)));
    let long = Passphrase::new(vec![b'x'; PASSPHRASE_BYTES_MAX + 1]);
    assert!(matches!(long, Err(KeyError::LongPassphrase { .. })));
}

#[test]
fn a_flipped_bit_anywhere_in_the_ciphertext_is_noticed() {
    let error = read(&changed(r#""ciphertext":""#, r#""ciphertext":"AAAA"#));
    assert_eq!(error, KeyError::Passphrase);
}

#[test]
fn nothing_of_a_key_or_passphrase_is_printed() {
    let shown = format!("{:?} {:?}", key(1), passphrase("hunter2"));
    let fingerprint = key(1).public().fingerprint();
    assert_eq!(
        shown,
        format!("PrivateKey([redacted], {fingerprint}) [redacted]")
    );
}

#[test]
fn zero_is_no_key() {
    for bytes in [[0; 32], [0xff; 32]] {
        let error = PrivateKey::generate(&Zeroizing::new(bytes)).unwrap_err();
        assert_eq!(error, KeyError::Randomness);
    }
}

#[test]
fn a_public_key_has_one_fingerprint_and_the_hint_that_cosign_writes() {
    let public = cosigns();
    let again = PublicKey::from_der(public.der()).unwrap();
    assert_eq!(
        PublicKey::from_pem(public.to_pem().as_bytes()).unwrap(),
        again
    );
    assert_eq!(public.to_pem().as_bytes(), crate::samples::COSIGN_2_PUB);
    // As it stands in the bundle that cosign wrote with it.
    assert_eq!(
        public.hint(),
        "7Vqw1+4WfO95dpLPrxkPdm6YXSTJ01w0QOXJGrMy/gQ="
    );
    let text = public.fingerprint().to_string();
    assert!(text.starts_with("ed5ab0d7ee167cef"), "{text}");
    assert_eq!(text.parse::<Fingerprint>().unwrap(), public.fingerprint());
    assert!(text.to_uppercase().parse::<Fingerprint>().is_err());
}

#[test]
fn a_public_key_of_another_kind_is_refused() {
    // Ed25519 (RFC 8410, section 10.1).
    let ed25519 = b"-----BEGIN PUBLIC KEY-----\n\
        MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
        -----END PUBLIC KEY-----\n";
    assert_eq!(PublicKey::from_pem(ed25519).unwrap_err(), KeyError::NotP256);
    let certificate = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let error = PublicKey::from_pem(certificate).unwrap_err().to_string();
    assert!(error.contains("it says CERTIFICATE"), "{error}");
    let mut twice = key(1).public().to_pem();
    twice.push_str(&key(2).public().to_pem());
    assert!(PublicKey::from_pem(twice.as_bytes()).is_err());
    let mut longer = key(1).public().der().to_vec();
    longer.push(0);
    assert!(PublicKey::from_der(&longer).is_err());
}
