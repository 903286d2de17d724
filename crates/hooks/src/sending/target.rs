//! Where an endpoint is, and whether it may be asked: over https, at an address that is
//! everyone's, unless the operator says that it is internal, or it is this machine by name.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::Secret;
use crate::address::is_public;

/// Where an endpoint is. Chats put what is secret into it: only its host is shown.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) url: Url,
    pub(super) internal: bool,
}

/// Why a URL cannot be an endpoint's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Not a URL.
    #[error("its URL cannot be read")]
    Url,
    /// Neither http nor https.
    #[error("its URL is neither https nor http")]
    Scheme,
    /// Secrets belong into `token` or `secrets`.
    #[error("its URL has a user or password in it; give a `token`")]
    User,
    /// In the clear over a network.
    #[error("{0} is asked over https only; for one in your own network, say `internal: true`")]
    Clear(String),
    /// An address that is not everyone's.
    #[error("{0} is an address of a private network; where that is meant, say `internal: true`")]
    Private(String),
}

impl Target {
    /// Looks at a URL.
    pub(super) fn new(url: &Secret, internal: bool) -> Result<Self, TargetError> {
        let url: Url = url.expose().parse().map_err(|_| TargetError::Url)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(TargetError::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TargetError::User);
        }
        let target = Self { url, internal };
        let (host, address) = (target.host(), target.address());
        if internal || target.is_this_machine() {
            return Ok(target);
        }
        if target.url.scheme() == "http" {
            return Err(TargetError::Clear(host));
        }
        // A name is looked at when it is resolved.
        if address.is_some_and(|address| !is_public(address)) {
            return Err(TargetError::Private(host));
        }
        Ok(target)
    }

    /// Its host, and its port where one is written.
    pub(super) fn host(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        match self.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// Whether its host is this machine by its own name or address.
    pub(super) fn is_this_machine(&self) -> bool {
        let name = self
            .url
            .host_str()
            .unwrap_or_default()
            .trim_end_matches('.');
        let named = name == "localhost" || name.ends_with(".localhost");
        named || self.address().is_some_and(|address| address.is_loopback())
    }

    fn address(&self) -> Option<IpAddr> {
        let host = self.url.host_str()?;
        host.trim_start_matches('[')
            .trim_end_matches(']')
            .parse()
            .ok()
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({})", self.host())
    }
}

/// Resolves names to addresses that are everyone's alone.
pub(super) struct PublicOnly;

/// A name leads into a private network.
#[derive(Debug, thiserror::Error)]
#[error("it resolves to {0}, in a private network; where that is meant, say `internal: true`")]
struct LeadsInside(IpAddr);

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let found: Vec<SocketAddr> = found.collect();
            // One that is not is enough: the next look-up may give that one alone.
            if let Some(inside) = found.iter().find(|found| !is_public(found.ip())) {
                return Err(LeadsInside(inside.ip()).into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, internal: bool, expected: Result<&str, &str>) {
        let target = Target::new(&Secret::new(url).unwrap(), internal);
        match (target, expected) {
            (Ok(target), Ok(host)) => assert_eq!(target.host(), host, "{url}"),
            (Err(error), Err(why)) => assert!(error.to_string().contains(why), "{url}: {error}"),
            (found, _) => panic!("{url}: {found:?}"),
        }
    }

    #[test]
    fn https_or_this_machine_unless_the_operator_says_so() {
        check(
            "https://hooks.example.com/T0/B0/secret",
            false,
            Ok("hooks.example.com"),
        );
        check("http://localhost:9/x", false, Ok("localhost:9"));
        check("http://127.0.0.1:9/x", false, Ok("127.0.0.1:9"));
        check("http://[::1]:9/x", false, Ok("[::1]:9"));
        check("http://hooks.example.com/", false, Err("over https only"));
        check("http://hooks.example.com/", true, Ok("hooks.example.com"));
        check("https://10.0.0.5/", false, Err("private network"));
        check("https://10.0.0.5/", true, Ok("10.0.0.5"));
        check(
            "https://169.254.169.254/latest",
            false,
            Err("private network"),
        );
        // Other ways to write the same.
        check("https://0xA9FEA9FE/", false, Err("private network"));
        check("https://2852039166/", false, Err("private network"));
        check("https://[::ffff:10.0.0.5]/", false, Err("private network"));
        check(
            "http://localhost.example.com/",
            false,
            Err("over https only"),
        );
    }

    #[test]
    fn what_is_no_url_for_it_is_refused_without_being_shown() {
        for (url, why) in [
            ("hooks.example.com", "cannot be read"),
            ("ftp://hooks.example.com/", "neither https nor http"),
            ("file:///etc/passwd", "neither https nor http"),
            ("https://user:secret@example.com/", "user or password"),
        ] {
            check(url, true, Err(why));
            let error = Target::new(&Secret::new(url).unwrap(), true).unwrap_err();
            assert!(!error.to_string().contains("secret"));
        }
        let target = Target::new(&Secret::new("https://h.example.com/secret").unwrap(), false);
        assert_eq!(format!("{:?}", target.unwrap()), "Target(h.example.com)");
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_refused() {
        let error = PublicOnly
            .resolve("localhost".parse().unwrap())
            .await
            .err()
            .unwrap();
        assert!(
            error.to_string().contains("in a private network"),
            "{error}"
        );
    }
}
