//! Where a registry is, and whether it may be spoken to without TLS.

use std::net::IpAddr;

use liftlock_engine::ports::RegistryError;
use reqwest::Url;

use crate::failure::content;

const DOCKER_HUB: &str = "docker.io";
const DOCKER_HUB_API: &str = "registry-1.docker.io";
const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";

/// A registry's host as users write it, and the address of its API.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    /// As written in references.
    pub(crate) host: String,
    /// `https://host/` or, where allowed, `http://host/`.
    pub(crate) base: Url,
    plain_http: Vec<String>,
}

impl Endpoint {
    /// The endpoint of `host`; the hosts in `plain_http` are spoken to without TLS, as is
    /// loopback where there are no certificates for it.
    pub(crate) fn new(
        host: &str,
        plain_http: &[String],
        has_certificates: bool,
    ) -> Result<Self, RegistryError> {
        let api = if host == DOCKER_HUB {
            DOCKER_HUB_API
        } else {
            host
        };
        let https = parse(host, &format!("https://{api}/"))?;
        let named = plain_http.iter().any(|name| name == host);
        let base = if named || (is_loopback(&https) && !has_certificates) {
            parse(host, &format!("http://{api}/"))?
        } else {
            https
        };
        Ok(Self {
            host: host.to_owned(),
            base,
            plain_http: plain_http.to_vec(),
        })
    }

    /// The key under which docker's config.json holds this registry's credentials.
    pub(crate) fn credential_key(&self) -> &str {
        if self.host == DOCKER_HUB {
            DOCKER_HUB_KEY
        } else {
            &self.host
        }
    }

    /// Whether a request to `url` may be made at all: over TLS, or to a host that may be
    /// spoken to without.
    pub(crate) fn may_speak_to(&self, url: &Url) -> bool {
        match url.scheme() {
            "https" => true,
            "http" => is_loopback(url) || self.is_plain(url),
            _ => false,
        }
    }

    /// Whether the user named the host of `url` as one that is spoken to without TLS.
    fn is_plain(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        let with_port = url.port().map(|port| format!("{host}:{port}"));
        self.plain_http
            .iter()
            .any(|name| name == host || Some(name) == with_port.as_ref())
    }

    /// Whether `url` is at the registry itself: only there goes Authorization.
    pub(crate) fn is_home(&self, url: &Url) -> bool {
        url.origin() == self.base.origin()
    }

    /// The token service's address, where credentials may be sent there: over TLS, or to a host
    /// that the user named as one without. Loopback only where the registry itself is spoken to
    /// there without TLS: whatever listens on this machine is otherwise none of the registry's.
    pub(crate) fn token_service(&self, realm: &str) -> Option<Url> {
        let url = Url::parse(realm).ok()?;
        let beside = self.base.scheme() == "http" && is_loopback(&self.base) && is_loopback(&url);
        let may = match url.scheme() {
            "https" => true,
            "http" => beside || self.is_plain(&url),
            _ => false,
        };
        may.then_some(url)
    }

    /// Resolves a `Location` or `Link` target against the request it answers. A registry behind
    /// a TLS proxy that names itself by `http` is still spoken to over TLS; from TLS, only hosts
    /// that the user named are gone on to without, so that no registry sends requests to
    /// whatever listens on this machine.
    pub(crate) fn resolve(&self, from: &Url, target: &str) -> Option<Url> {
        let mut url = from.join(target).ok()?;
        let same_name = url.host_str() == self.base.host_str();
        if self.base.scheme() == "https" && url.scheme() == "http" && same_name {
            let port = self.base.port();
            url.set_scheme("https").ok()?;
            url.set_port(port).ok()?;
        }
        let leaves_tls = from.scheme() == "https" && url.scheme() == "http";
        (self.may_speak_to(&url) && (!leaves_tls || self.is_plain(&url))).then_some(url)
    }
}

fn parse(host: &str, text: &str) -> Result<Url, RegistryError> {
    Url::parse(text).map_err(|error| content(host, format!("not a registry host: {error}")))
}

/// `localhost`, `127.0.0.0/8` and `[::1]`.
fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|a| a.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(host: &str, plain: &[&str]) -> String {
        let plain: Vec<String> = plain.iter().map(|&p| p.to_owned()).collect();
        Endpoint::new(host, &plain, false).unwrap().base.to_string()
    }

    #[test]
    fn plain_http_is_for_loopback_and_named_hosts_only() {
        assert_eq!(base("localhost:5000", &[]), "http://localhost:5000/");
        assert_eq!(base("127.3.2.1", &[]), "http://127.3.2.1/");
        assert_eq!(base("[::1]:5000", &[]), "http://[::1]:5000/");
        assert_eq!(
            base("localhost.example.com", &[]),
            "https://localhost.example.com/"
        );
        assert_eq!(
            base("r.example.com:5000", &[]),
            "https://r.example.com:5000/"
        );
        assert_eq!(
            base("r.example.com:5000", &["r.example.com:5000"]),
            "http://r.example.com:5000/"
        );
        assert_eq!(base("docker.io", &[]), "https://registry-1.docker.io/");
        let with_certificates = Endpoint::new("localhost:5000", &[], true).unwrap();
        assert_eq!(with_certificates.base.as_str(), "https://localhost:5000/");
    }

    #[test]
    fn a_token_service_without_tls_is_for_a_registry_beside_it_or_named() {
        let check = |host: &str, plain: &[&str], has_certificates, realm: &str, expected| {
            let plain: Vec<String> = plain.iter().map(|&p| p.to_owned()).collect();
            let endpoint = Endpoint::new(host, &plain, has_certificates).unwrap();
            let found = endpoint.token_service(realm).is_some();
            assert_eq!(found, expected, "{host} {realm}");
        };
        let local = "http://localhost:5001/token";
        check("localhost:5000", &[], false, local, true);
        check("127.0.0.1:5000", &[], false, "http://[::1]:5001/t", true);
        // Over TLS, on this machine or elsewhere.
        check("localhost:5000", &[], true, local, false);
        check("r.example.com", &[], false, local, false);
        check("r.example.com", &[], false, "http://127.0.0.1/token", false);
        check("r.example.com", &[], false, "https://localhost/token", true);
        // Without TLS elsewhere: it is still not this machine's.
        check("r.example.com", &["r.example.com"], false, local, false);
        check(
            "r.example.com",
            &["r.example.com", "localhost:5001"],
            false,
            local,
            true,
        );
        check(
            "r.example.com",
            &["r.example.com"],
            false,
            "http://r.example.com/t",
            true,
        );
        check(
            "r.example.com",
            &[],
            false,
            "http://auth.example.com/token",
            false,
        );
        check(
            "r.example.com",
            &[],
            false,
            "ftp://r.example.com/token",
            false,
        );
    }

    #[test]
    fn a_target_never_leaves_tls() {
        let endpoint = Endpoint::new("r.example.com", &[], false).unwrap();
        let resolve = |target: &str| endpoint.resolve(&endpoint.base, target).map(String::from);
        assert_eq!(
            resolve("/x?y=1").as_deref(),
            Some("https://r.example.com/x?y=1")
        );
        assert_eq!(
            resolve("http://r.example.com/x").as_deref(),
            Some("https://r.example.com/x")
        );
        assert_eq!(
            resolve("https://cdn.example.com/x").as_deref(),
            Some("https://cdn.example.com/x")
        );
        assert_eq!(resolve("http://cdn.example.com/x"), None);
        assert_eq!(resolve("file:///etc/passwd"), None);
        for local in [
            "http://localhost/x",
            "http://127.0.0.1:5000/x",
            "http://[::1]/x",
        ] {
            assert_eq!(resolve(local), None, "{local}");
        }
        let named = Endpoint::new("r.example.com", &["cdn.example.com".to_owned()], false).unwrap();
        let target = "http://cdn.example.com/x";
        let resolved = named.resolve(&named.base, target);
        assert_eq!(resolved.map(String::from).as_deref(), Some(target));
    }
}
