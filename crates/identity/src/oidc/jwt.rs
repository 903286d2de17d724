//! A signed token in the compact form (RFC 7515, section 7.1), taken apart.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;

use super::{ClaimsError, Object, ProviderError};

/// The longest token, in bytes.
pub const JWT_BYTES_MAX: usize = 16 * 1024;
/// What a token may be signed with. Never `none`, and nothing with a shared secret: there the
/// provider's public key could be taken for the secret.
pub const ALGORITHMS: [&str; 3] = ["RS256", "ES256", "EdDSA"];
/// The longest name of a key, in bytes.
const KID_BYTES_MAX: usize = 256;

/// Why a provider's token says nothing.
#[derive(Debug, thiserror::Error)]
pub enum TokenRefused {
    /// Over [`JWT_BYTES_MAX`].
    #[error("the token has {0} bytes, at most {JWT_BYTES_MAX} are read")]
    Long(usize),
    /// Not three parts of base64url with JSON in them.
    #[error("this is no signed token: {0}")]
    Form(String),
    /// Signed with something else than [`ALGORITHMS`].
    #[error(
        "the token is signed with {0:?}, which is not accepted; expected one of RS256, ES256 and EdDSA"
    )]
    Algorithm(String),
    /// Not an ID token, or with rules that must be known.
    #[error("the token's header has {0}, which is not accepted")]
    Header(&'static str),
    /// The provider has no such key.
    #[error("the token is signed with a key that {issuer} does not publish")]
    NoKey {
        /// Who would have to.
        issuer: String,
    },
    /// The signature is not that of the key.
    #[error("the token's signature does not fit")]
    Signature,
    /// What it says is not meant for here and now.
    #[error(transparent)]
    Claims(#[from] ClaimsError),
    /// The provider cannot be asked for its keys.
    #[error(transparent)]
    Provider(#[from] ProviderError),
}

/// A token, of which nothing is believed yet.
#[derive(Debug)]
pub(super) struct Jwt<'a> {
    pub(super) algorithm: Algorithm,
    pub(super) kid: Option<String>,
    /// What is signed.
    message: &'a str,
    signature: &'a str,
    payload: Vec<u8>,
}

impl<'a> Jwt<'a> {
    /// Takes `text` apart and reads the header.
    ///
    /// # Errors
    /// [`TokenRefused`].
    pub(super) fn parse(text: &'a str) -> Result<Self, TokenRefused> {
        if text.len() > JWT_BYTES_MAX {
            return Err(TokenRefused::Long(text.len()));
        }
        let form = |why: &str| TokenRefused::Form(why.to_owned());
        let (message, signature) = text
            .rsplit_once('.')
            .ok_or_else(|| form("it has no dots"))?;
        let (header, payload) = message
            .split_once('.')
            .ok_or_else(|| form("it has one dot"))?;
        if payload.contains('.') {
            return Err(form("it has more than two dots"));
        }
        let header: Object = serde_json::from_slice(&decoded(header)?)
            .map_err(|e| TokenRefused::Form(format!("its header: {e}")))?;
        // Only that its letters are right: what is checked is decoded where it is checked.
        decoded(signature)?;
        Ok(Self {
            algorithm: algorithm(&header)?,
            kid: kid(&header)?,
            message,
            signature,
            payload: decoded(payload)?,
        })
    }

    /// What it says, once the signature was checked with a key of the issuer.
    ///
    /// # Errors
    /// [`TokenRefused::Signature`], and `Form` where it says something twice.
    pub(super) fn checked(&self, key: &jsonwebtoken::DecodingKey) -> Result<Object, TokenRefused> {
        let message = self.message.as_bytes();
        let fits = jsonwebtoken::crypto::verify(self.signature, message, key, self.algorithm);
        if !matches!(fits, Ok(true)) {
            return Err(TokenRefused::Signature);
        }
        serde_json::from_slice(&self.payload)
            .map_err(|e| TokenRefused::Form(format!("its claims: {e}")))
    }
}

fn decoded(part: &str) -> Result<Vec<u8>, TokenRefused> {
    let bytes = URL_SAFE_NO_PAD.decode(part);
    bytes.map_err(|e| TokenRefused::Form(format!("a part is not base64url: {e}")))
}

fn algorithm(header: &Object) -> Result<Algorithm, TokenRefused> {
    match header.text("alg") {
        Some("RS256") => Ok(Algorithm::RS256),
        Some("ES256") => Ok(Algorithm::ES256),
        Some("EdDSA") => Ok(Algorithm::EdDSA),
        other => {
            let name = other.unwrap_or_default().chars().take(20).collect();
            Err(TokenRefused::Algorithm(name))
        }
    }
}

/// The key's name, after the rest of the header was looked at.
fn kid(header: &Object) -> Result<Option<String>, TokenRefused> {
    // RFC 7515, section 4.1.11: what is critical and not known is refused; nothing is known.
    if header.has("crit") {
        return Err(TokenRefused::Header("crit"));
    }
    // An access or logout token of the same provider is no ID token (RFC 8725, section 3.11).
    match header
        .0
        .get("typ")
        .map(|typ| typ.as_str().unwrap_or_default())
    {
        None => {}
        Some(typ) if typ.eq_ignore_ascii_case("jwt") => {}
        Some(_) => return Err(TokenRefused::Header("another type than JWT")),
    }
    match header.0.get("kid") {
        None => Ok(None),
        Some(serde_json::Value::String(kid)) if kid.len() <= KID_BYTES_MAX => Ok(Some(kid.clone())),
        Some(_) => Err(TokenRefused::Header("a kid that is no text, or too long")),
    }
}
