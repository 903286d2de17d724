//! Which URLs are asked: https, or plain http on this machine.

use std::net::IpAddr;

use reqwest::Url;

use crate::ConfigError;

/// A configured URL.
///
/// # Errors
/// [`ConfigError::Url`] for plain http to another machine, a user, a query or a fragment.
pub(crate) fn checked_url(what: &'static str, text: &str) -> Result<Url, ConfigError> {
    let refused = |why: String| ConfigError::Url {
        what,
        url: text.chars().take(200).collect(),
        why,
    };
    let url: Url = text.parse().map_err(|e| refused(format!("{e}")))?;
    if !is_safe(&url) {
        return Err(refused(
            "expected https, or http on this machine".to_owned(),
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused("it has a user in it".to_owned()));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refused("it has a query or a fragment".to_owned()));
    }
    Ok(url)
}

/// Whether what is asked of `url`, and answered, cannot be read or changed on the way.
pub(crate) fn is_safe(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.host_str().is_some(),
        "http" => is_loopback(url),
        _ => false,
    }
}

/// Whether an issuer may send us to `url`: over https; on this machine only where the issuer is.
pub(crate) fn same_or_https(issuer: &Url, url: &Url) -> bool {
    let beside = issuer.scheme() == "http" && is_safe(url);
    url.scheme() == "https" || beside
}

/// Whether the host is this machine, by its address or as `localhost`.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let address = address.parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|a| a.is_loopback())
}
