//! Secrets that are handed out: `llk_`, a letter for the kind, `_`, 256 random bits and a checksum.
//!
//! The fixed beginning lets scanners of source code find one that was committed; the checksum tells
//! one that was mistyped or cut off from one that was revoked.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;
use zeroize::Zeroizing;

/// Random bytes in a secret.
const RANDOM_BYTES: usize = 32;
/// Bytes of SHA-256 over what comes before them, at the end.
const CHECKSUM_BYTES: usize = 4;
/// Letters in all: `llk_t_`, and two for each byte.
const LENGTH: usize = 6 + 2 * (RANDOM_BYTES + CHECKSUM_BYTES);

/// What a secret is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SecretKind {
    /// A named token: `llk_t_`.
    Token,
    /// The short-lived token that a CI system's own was exchanged for: `llk_a_`.
    Access,
    /// A session: `llk_s_`.
    Session,
    /// A login that was begun: `llk_l_`.
    Login,
    /// The one-time token of the first start: `llk_u_`.
    Setup,
}

/// A secret that was made here. Nothing shows it but [`Secret::expose`].
#[derive(Clone)]
pub struct Secret {
    kind: SecretKind,
    text: Zeroizing<String>,
}

/// Why a text is none of our secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// It does not look like one.
    #[error("it is not one of Liftlock's tokens, which begin with llk_")]
    Foreign,
    /// It looks like one, but has another length, other letters, or a checksum that does not fit.
    #[error("the token is mistyped or was cut off: its checksum does not fit")]
    Mistyped,
}

/// The operating system gave no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gave no random bytes")]
pub struct NoRandom;

impl SecretKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Token,
        Self::Access,
        Self::Session,
        Self::Login,
        Self::Setup,
    ];

    /// How such a secret begins.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Token => "llk_t_",
            Self::Access => "llk_a_",
            Self::Session => "llk_s_",
            Self::Login => "llk_l_",
            Self::Setup => "llk_u_",
        }
    }
}

impl Secret {
    /// A new one.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub fn generate(kind: SecretKind) -> Result<Self, NoRandom> {
        let mut bytes = Zeroizing::new([0; RANDOM_BYTES]);
        rand::fill(&mut bytes[..]).map_err(|_| NoRandom)?;
        let mut text = Zeroizing::new(String::with_capacity(LENGTH));
        text.push_str(kind.prefix());
        text.push_str(&Zeroizing::new(hex(&bytes[..])));
        let checksum = checksum(&text);
        text.push_str(&checksum);
        Ok(Self { kind, text })
    }

    /// One that was handed out, as it came back.
    ///
    /// # Errors
    /// [`SecretError`]. Whether it was ever handed out is another question.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        if !text.starts_with("llk_") {
            return Err(SecretError::Foreign);
        }
        let kind = SecretKind::ALL
            .into_iter()
            .find(|kind| text.starts_with(kind.prefix()))
            .ok_or(SecretError::Mistyped)?;
        let is_hex = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != LENGTH || !text.bytes().skip(6).all(is_hex) {
            return Err(SecretError::Mistyped);
        }
        let (secret, given) = text.split_at(LENGTH - 2 * CHECKSUM_BYTES);
        if checksum(secret) != given {
            return Err(SecretError::Mistyped);
        }
        let text = Zeroizing::new(text.to_owned());
        Ok(Self { kind, text })
    }

    /// What it is for.
    pub fn kind(&self) -> SecretKind {
        self.kind
    }

    /// The secret itself, to be shown once or sent.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// SHA-256 of its text in hexadecimal: what is kept, and looked up. A look-up that stops at the
    /// first letter that differs tells nothing about a secret, for nobody can choose hashes.
    pub fn hash(&self) -> String {
        hash(&[&self.text])
    }

    /// A value that only who has the secret can make, in hexadecimal; another for each `label`.
    pub(crate) fn derive(&self, label: &str) -> String {
        hash(&[label, "\0", &self.text])
    }
}

/// SHA-256 over `parts`, one after the other, in hexadecimal.
pub(crate) fn hash(parts: &[&str]) -> String {
    let whole = Zeroizing::new(parts.concat());
    hex(digest(&SHA256, whole.as_bytes()).as_ref())
}

fn checksum(text: &str) -> String {
    hex(&digest(&SHA256, text.as_bytes()).as_ref()[..CHECKSUM_BYTES])
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({}...)", self.kind.prefix())
    }
}

#[cfg(test)]
mod tests;
