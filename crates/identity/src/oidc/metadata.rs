//! What a provider says of itself (OpenID Connect Discovery 1.0, section 3).

use reqwest::Url;
use serde::Deserialize;

use super::{ProviderError, same_or_https};

/// Where a provider has what.
#[derive(Debug, Clone)]
pub(crate) struct Metadata {
    pub(crate) keys: Url,
    pub(crate) authorization: Option<Url>,
    pub(crate) token: Option<Url>,
    /// RFC 8628; not every provider has it.
    pub(crate) device: Option<Url>,
    /// Whether the client's secret goes into the form, and not into a header.
    pub(crate) secret_in_form: bool,
    /// Whether an answer to the browser always says from whom it is (RFC 9207).
    pub(crate) answers_with_issuer: bool,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    jwks_uri: String,
    authorization_endpoint: Option<String>,
    token_endpoint: Option<String>,
    device_authorization_endpoint: Option<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl Metadata {
    /// Reads the document. Its issuer must be the one that was asked, word for word.
    ///
    /// # Errors
    /// [`ProviderError`].
    pub(super) fn parse(issuer: (&str, &Url), bytes: &[u8]) -> Result<Self, ProviderError> {
        let (wanted, base) = issuer;
        let document: Document =
            serde_json::from_slice(bytes).map_err(|source| ProviderError::Metadata {
                issuer: wanted.to_owned(),
                source,
            })?;
        if document.issuer != wanted {
            return Err(ProviderError::OtherIssuer {
                issuer: wanted.to_owned(),
                says: document.issuer.chars().take(200).collect(),
            });
        }
        let place = |text: Option<String>| text.map(|text| endpoint(wanted, base, &text));
        let methods = document.token_endpoint_auth_methods_supported;
        let has = |name: &str| methods.iter().flatten().any(|method| method == name);
        Ok(Self {
            keys: endpoint(wanted, base, &document.jwks_uri)?,
            authorization: place(document.authorization_endpoint).transpose()?,
            token: place(document.token_endpoint).transpose()?,
            device: place(document.device_authorization_endpoint).transpose()?,
            secret_in_form: has("client_secret_post") && !has("client_secret_basic"),
            answers_with_issuer: document.authorization_response_iss_parameter_supported,
        })
    }
}

fn endpoint(issuer: &str, base: &Url, text: &str) -> Result<Url, ProviderError> {
    let refused = || ProviderError::Endpoint {
        issuer: issuer.to_owned(),
        url: text.chars().take(200).collect(),
    };
    let url: Url = text.parse().map_err(|_| refused())?;
    let has_user = !url.username().is_empty() || url.password().is_some();
    if has_user || !same_or_https(base, &url) {
        return Err(refused());
    }
    Ok(url)
}
