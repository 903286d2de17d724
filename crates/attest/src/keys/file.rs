//! Key files as cosign has them: PEM around JSON around a PKCS #8 key, encrypted with NaCl's
//! secretbox under a key that scrypt makes of the passphrase (go-securesystemslib, `encrypted`).

use crypto_secretbox::aead::{Aead, KeyInit};
use crypto_secretbox::{Key, Nonce, XSalsa20Poly1305};
use p256::pkcs8::der::pem::{self, LineEnding};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::kdf::Cost;
use super::{KeyError, Passphrase};
use crate::base64_text;

/// Most bytes of a key file; cosign's have under 700.
pub const KEY_FILE_BYTES_MAX: usize = 8 * 1024;

const LABEL: &str = "ENCRYPTED SIGSTORE PRIVATE KEY";
/// What cosign wrote before 1.13.
const LABEL_BEFORE: &str = "ENCRYPTED COSIGN PRIVATE KEY";

const KDF: &str = "scrypt";
const CIPHER: &str = "nacl/secretbox";
const NONCE_BYTES: usize = 24;

/// The random part of a key file: 56 bytes, for the salt and the nonce.
#[derive(Debug, Clone)]
pub struct Salt(pub [u8; 56]);

#[derive(Serialize, Deserialize)]
struct Body {
    kdf: Kdf,
    cipher: Cipher,
    ciphertext: String,
}

#[derive(Serialize, Deserialize)]
struct Kdf {
    name: String,
    params: Cost,
    salt: String,
}

#[derive(Serialize, Deserialize)]
struct Cipher {
    name: String,
    nonce: String,
}

/// The PKCS #8 key in a key file.
pub(super) fn decrypt(
    text: &[u8],
    passphrase: &Passphrase,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let body = body(text_of(text)?)?;
    let named = [(&body.kdf.name, KDF), (&body.cipher.name, CIPHER)];
    for (found, supported) in named {
        if found != supported {
            let found = found.chars().take(40).collect();
            return Err(KeyError::Encryption { found, supported });
        }
    }
    let salt = bytes_of("kdf.salt", &body.kdf.salt)?;
    let nonce = bytes_of("cipher.nonce", &body.cipher.nonce)?;
    let ciphertext = bytes_of("ciphertext", &body.ciphertext)?;
    let Ok(nonce) = <[u8; NONCE_BYTES]>::try_from(nonce.as_slice()) else {
        return Err(KeyError::Body("cipher.nonce has not 24 bytes".to_owned()));
    };
    let secret = body.kdf.params.derive(passphrase, &salt)?;
    let secretbox = XSalsa20Poly1305::new(Key::from_slice(secret.as_slice()));
    let opened = secretbox.decrypt(Nonce::from_slice(&nonce), ciphertext.as_slice());
    opened.map(Zeroizing::new).map_err(|_| KeyError::Passphrase)
}

/// A key file with a PKCS #8 key.
pub(super) fn encrypt(
    key: &[u8],
    passphrase: &Passphrase,
    Salt(random): &Salt,
) -> Result<String, KeyError> {
    let (salt, nonce) = random.split_at(random.len() - NONCE_BYTES);
    let secret = Cost::WRITTEN.derive(passphrase, salt)?;
    let secretbox = XSalsa20Poly1305::new(Key::from_slice(secret.as_slice()));
    let ciphertext = secretbox.encrypt(Nonce::from_slice(nonce), key);
    let ciphertext = ciphertext.map_err(|error| KeyError::Write(error.to_string()))?;
    let body = Body {
        kdf: Kdf {
            name: KDF.to_owned(),
            params: Cost::WRITTEN,
            salt: base64_text::encode(salt),
        },
        cipher: Cipher {
            name: CIPHER.to_owned(),
            nonce: base64_text::encode(nonce),
        },
        ciphertext: base64_text::encode(&ciphertext),
    };
    let body = serde_json::to_vec(&body).map_err(|error| KeyError::Write(error.to_string()))?;
    pem::encode_string(LABEL, LineEnding::LF, &body)
        .map_err(|error| KeyError::Write(error.to_string()))
}

fn body(text: &str) -> Result<Body, KeyError> {
    let wrong = |problem: String| KeyError::Pem {
        expected: LABEL,
        problem,
    };
    let found = label(text).ok_or_else(|| wrong("there is no PEM block".to_owned()))?;
    match found {
        LABEL | LABEL_BEFORE => {}
        "PRIVATE KEY" | "EC PRIVATE KEY" => return Err(KeyError::NotEncrypted),
        other => return Err(wrong(format!("it says {other}"))),
    }
    let decoded = pem::decode_vec(text.trim().as_bytes());
    let (_, body) = decoded.map_err(|error| wrong(error.to_string()))?;
    serde_json::from_slice(&body).map_err(|error| KeyError::Body(error.to_string()))
}

/// The bytes of a key file as text, within the limit.
pub(super) fn text_of(bytes: &[u8]) -> Result<&str, KeyError> {
    if bytes.len() > KEY_FILE_BYTES_MAX {
        return Err(KeyError::TooLarge {
            bytes: bytes.len(),
            max: KEY_FILE_BYTES_MAX,
        });
    }
    std::str::from_utf8(bytes).map_err(|_| KeyError::Pem {
        expected: "key",
        problem: "it is not text".to_owned(),
    })
}

/// What the first PEM block says it is.
pub(super) fn label(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (label, _) = rest.split_once("-----")?;
    let is_label =
        label.len() <= 64 && label.chars().all(|c| c == ' ' || c.is_ascii_alphanumeric());
    is_label.then_some(label)
}

fn bytes_of(field: &str, text: &str) -> Result<Vec<u8>, KeyError> {
    base64_text::decode(text).ok_or_else(|| KeyError::Body(format!("{field} is not base64")))
}
