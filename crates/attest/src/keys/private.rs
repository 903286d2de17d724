//! Private keys.

use std::fmt;

use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use zeroize::Zeroizing;

use super::{KeyError, Passphrase, PublicKey, Salt, file};

/// A private key of ECDSA over P-256. Wiped from memory when it is dropped, and `Debug` shows
/// nothing of it.
pub struct PrivateKey {
    key: SigningKey,
    public: PublicKey,
}

impl PrivateKey {
    /// The key of 32 random bytes. One time in 2^32 they make none: take others then.
    pub fn generate(random: &Zeroizing<[u8; 32]>) -> Result<Self, KeyError> {
        let key = SigningKey::from_slice(random.as_slice());
        Self::new(key.map_err(|_| KeyError::Randomness)?)
    }

    /// Reads a key file that cosign or Liftlock wrote: PEM `ENCRYPTED SIGSTORE PRIVATE KEY`, or
    /// `ENCRYPTED COSIGN PRIVATE KEY` as cosign had it before.
    ///
    /// Takes as long as its scrypt parameters ask for, which is a good part of a second and up to
    /// 128 MiB of memory.
    pub fn from_encrypted_pem(text: &[u8], passphrase: &Passphrase) -> Result<Self, KeyError> {
        let der = file::decrypt(text, passphrase)?;
        let key = SigningKey::from_pkcs8_der(&der);
        Self::new(key.map_err(|_| KeyError::NotP256)?)
    }

    /// Writes a key file that cosign reads: PEM `ENCRYPTED SIGSTORE PRIVATE KEY`. `salt` is to be
    /// random, and new for each file.
    pub fn to_encrypted_pem(
        &self,
        passphrase: &Passphrase,
        salt: &Salt,
    ) -> Result<String, KeyError> {
        let der = self.key.to_pkcs8_der();
        let der = der.map_err(|error| KeyError::Write(error.to_string()))?;
        file::encrypt(der.as_bytes(), passphrase, salt)
    }

    /// Its public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Its signature over the SHA-256 of `bytes`, in ASN.1 DER. The same bytes have the same
    /// signature (RFC 6979), so that what is signed again is found to be there already.
    pub(crate) fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        let signature: Signature = self.key.sign(bytes);
        signature.to_der().as_bytes().to_vec()
    }

    fn new(key: SigningKey) -> Result<Self, KeyError> {
        let public = PublicKey::new(*key.verifying_key())?;
        Ok(Self { key, public })
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey([redacted], {})", self.public.fingerprint())
    }
}
