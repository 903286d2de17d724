//! Proxies.

use std::fmt;

use liftlock_engine::ports::RegistryError;
use reqwest::{NoProxy, Proxy};

use crate::failure::content;

/// Hosts that are never asked through a proxy.
const LOOPBACK: &str = "localhost,127.0.0.0/8,::1";

/// The proxies that requests go through, as the environment's variables of these names give them.
/// Loopback hosts are spoken to directly.
#[derive(Clone, Default)]
pub struct Proxies {
    /// `HTTPS_PROXY`: for requests over TLS, which go through a tunnel (CONNECT).
    pub https: Option<String>,
    /// `HTTP_PROXY`: for requests without TLS.
    pub http: Option<String>,
    /// `NO_PROXY`: hosts, domains and networks that are spoken to directly, with commas between
    /// them; `*` for all.
    pub no_proxy: Option<String>,
}

impl Proxies {
    /// Reads the addresses. The error names the variable and not its value, which may hold a
    /// password.
    pub(crate) fn read(&self) -> Result<Vec<Proxy>, RegistryError> {
        let named = self.no_proxy.as_deref().unwrap_or_default();
        let direct = NoProxy::from_string(&format!("{LOOPBACK},{named}"));
        let mut proxies = Vec::new();
        if let Some(https) = given(&self.https) {
            let proxy = Proxy::https(https).map_err(|_| unusable("HTTPS_PROXY"))?;
            proxies.push(proxy.no_proxy(direct.clone()));
        }
        if let Some(http) = given(&self.http) {
            let proxy = Proxy::http(http).map_err(|_| unusable("HTTP_PROXY"))?;
            proxies.push(proxy.no_proxy(direct));
        }
        Ok(proxies)
    }
}

fn given(proxy: &Option<String>) -> Option<&str> {
    proxy.as_deref().filter(|proxy| !proxy.is_empty())
}

fn unusable(variable: &str) -> RegistryError {
    let message = "not the address of a proxy; expected http://HOST:PORT";
    content(variable, message)
}

// An address may hold a password.
impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxies")
            .field("https", &self.https.is_some())
            .field("http", &self.http.is_some())
            .field("no_proxy", &self.no_proxy)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_none_is_named_by_its_variable() {
        let proxies = Proxies {
            http: Some("http://user:hunter2@".to_owned()),
            ..Proxies::default()
        };
        let error = proxies.read().unwrap_err().to_string();
        assert!(error.contains("HTTP_PROXY"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn debug_prints_no_address() {
        let proxies = Proxies {
            https: Some("http://user:hunter2@proxy.example.com:3128".to_owned()),
            ..Proxies::default()
        };
        assert!(!format!("{proxies:?}").contains("hunter2"));
    }
}
