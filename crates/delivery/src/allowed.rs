//! What an operator lets policies run and ask. On a server, whoever may adopt a pipeline would
//! otherwise run any program there, and ask any address that the server reaches.

use std::collections::BTreeSet;

use liftlock_core::policy::{CheckKind, Deploy};
use liftlock_engine::ports::DeliveryError;
use reqwest::Url;

/// What policies may have run and asked: nothing but this.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Programs, as policies name them: `./deploy.sh`, `kubectl`. `docker` stands for compose,
    /// `git` for deployments through a repository, `k6` for its load tests.
    pub programs: BTreeSet<String>,
    /// Hosts of HTTP and Prometheus checks and of repositories: `shop.example.com`, or with a port
    /// `shop.example.com:8443`. Without one every port is meant.
    pub hosts: BTreeSet<String>,
}

impl Allowed {
    /// Whether a deployment may be made, or looked at.
    pub(crate) fn deployment(&self, deploy: &Deploy) -> Result<(), DeliveryError> {
        let allowed = match deploy {
            Deploy::Compose { .. } => self.program("docker"),
            Deploy::Command { command, .. } => self.first(command),
            Deploy::Gitops(declared) => self
                .program("git")
                .and_then(|()| self.repository(&declared.repository)),
        };
        allowed.map_err(|what| DeliveryError::NotAllowed { what })
    }

    /// Whether a check may be run.
    pub(crate) fn check(&self, kind: &CheckKind) -> Result<(), DeliveryError> {
        let allowed = match kind {
            CheckKind::Http(wanted) => self.url(&wanted.url),
            CheckKind::Command { command, .. } => self.first(command),
            CheckKind::K6(_) => self.program("k6"),
            CheckKind::Prometheus(wanted) => self.url(&wanted.url),
        };
        allowed.map_err(|what| DeliveryError::NotAllowed { what })
    }

    fn first(&self, command: &[String]) -> Result<(), String> {
        self.program(command.first().map_or("", String::as_str))
    }

    fn program(&self, name: &str) -> Result<(), String> {
        match self.programs.contains(name) {
            true => Ok(()),
            false => Err(format!("the program {name}")),
        }
    }

    fn url(&self, url: &str) -> Result<(), String> {
        let refused = || format!("a request to {url}");
        let url: Url = url.parse().map_err(|_| refused())?;
        let host = url.host_str().ok_or_else(refused)?;
        let port = url.port_or_known_default();
        let with_port = port.map(|port| format!("{host}:{port}"));
        let named = self.hosts.contains(host);
        match named || with_port.is_some_and(|place| self.hosts.contains(&place)) {
            true => Ok(()),
            false => Err(format!("a request to {host}")),
        }
    }

    /// A path of this machine names no host; `user@host:path` is what ssh takes.
    fn repository(&self, repository: &str) -> Result<(), String> {
        if repository.contains("://") {
            return match repository.starts_with("file://") {
                true => Ok(()),
                false => self.url(repository),
            };
        }
        let Some((place, _)) = repository.split_once(':') else {
            return Ok(());
        };
        let host = place.rsplit_once('@').map_or(place, |(_, host)| host);
        match self.hosts.contains(host) {
            true => Ok(()),
            false => Err(format!("a repository at {host}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed() -> Allowed {
        let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Allowed {
            programs: set(&["./deploy.sh", "git"]),
            hosts: set(&["shop.example.com", "127.0.0.1:8081", "git.example.com"]),
        }
    }

    #[test]
    fn nothing_allows_nothing() {
        let none = Allowed::default();
        assert!(none.program("docker").is_err());
        assert!(none.url("http://127.0.0.1/").is_err());
        assert!(none.first(&[]).is_err());
    }

    #[test]
    fn a_program_is_allowed_by_the_name_that_policies_have_for_it() {
        assert!(allowed().program("./deploy.sh").is_ok());
        for other in ["deploy.sh", "/bin/sh", "./deploy.sh ", "docker", ""] {
            assert!(allowed().program(other).is_err(), "{other:?}");
        }
    }

    #[test]
    fn a_host_is_allowed_with_every_port_or_with_one() {
        for url in [
            "https://shop.example.com/health",
            "http://shop.example.com:8080/",
            "http://127.0.0.1:8081/x",
        ] {
            assert!(allowed().url(url).is_ok(), "{url}");
        }
        for url in [
            "http://127.0.0.1:8082/",
            "http://127.0.0.1/",
            "https://shop.example.com.evil.example/",
            "https://shop.example.com@evil.example/",
            "http://169.254.169.254/latest/meta-data",
            "file:///etc/passwd",
            "shop.example.com",
        ] {
            assert!(allowed().url(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_repository_is_allowed_by_its_host() {
        for place in [
            "https://git.example.com/shop.git",
            "ssh://git@git.example.com/shop.git",
            "git@git.example.com:shop.git",
            "../deploy",
            "file:///srv/deploy.git",
        ] {
            assert!(allowed().repository(place).is_ok(), "{place}");
        }
        for place in [
            "https://evil.example/x.git",
            "git@evil.example:x.git",
            "evil.example:x",
        ] {
            assert!(allowed().repository(place).is_err(), "{place}");
        }
    }
}
