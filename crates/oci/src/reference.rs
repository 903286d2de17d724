//! Image references: `registry.example.com/team/app:tag@sha256:...`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Digest, DigestError, Tag, TagError};

const NAME_MAX: usize = 255;
const DOCKER_HUB: &str = "docker.io";

/// A repository: a registry's host (with port) and the path in it.
///
/// Written as docker writes it: a first part with a dot, a colon, or `localhost` is a host;
/// otherwise the host is `docker.io`, and a single word gets docker's `library/` prefix.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Repository {
    host: String,
    path: String,
}

/// What a user names: a repository with a tag, a digest, or both.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// Where.
    pub repository: Repository,
    /// The tag, where one was written.
    pub tag: Option<Tag>,
    /// The digest, where one was written. It decides; the tag is then only a remark.
    pub digest: Option<Digest>,
}

/// A repository and the digest of a manifest in it: the only source of a promotion.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PinnedRef {
    /// Where.
    pub repository: Repository,
    /// What.
    pub digest: Digest,
}

/// Why a text is not an image reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// The host part is not a host name or address with an optional port.
    #[error("{0:?} is not a registry host; expected a name or address, with :port if needed")]
    Host(String),
    /// The path breaks the specification's grammar.
    #[error("{0:?} is not a repository path; expected lower-case words joined by / . _ or -")]
    Path(String),
    /// Host and path together are too long.
    #[error("the repository name is longer than {NAME_MAX} characters")]
    Long,
    /// A tag or digest where only a repository may stand.
    #[error("{0:?} names a tag or digest; only a repository may stand here")]
    NotBare(String),
    /// The tag is not valid.
    #[error(transparent)]
    Tag(#[from] TagError),
    /// The digest is not valid.
    #[error(transparent)]
    Digest(#[from] DigestError),
}

impl Repository {
    /// The registry's host, with its port where one was given.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The path within the registry.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// This repository with a digest.
    pub fn pinned(&self, digest: Digest) -> PinnedRef {
        PinnedRef {
            repository: self.clone(),
            digest,
        }
    }
}

impl FromStr for Repository {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        if text.len() > NAME_MAX + 64 {
            return Err(ReferenceError::Long);
        }
        let (host, path) = match text.split_once('/') {
            Some((first, rest)) if is_host(first) => (first.to_owned(), rest.to_owned()),
            Some(_) => (DOCKER_HUB.to_owned(), text.to_owned()),
            None => (DOCKER_HUB.to_owned(), format!("library/{text}")),
        };
        if !valid_host(&host) {
            return Err(ReferenceError::Host(host));
        }
        if path.contains(':') || path.contains('@') {
            return Err(ReferenceError::NotBare(text.to_owned()));
        }
        if !path.split('/').all(valid_component) {
            return Err(ReferenceError::Path(path));
        }
        if host.len() + 1 + path.len() > NAME_MAX {
            return Err(ReferenceError::Long);
        }
        Ok(Self { host, path })
    }
}

/// Docker's rule for telling a host from the first word of a path.
fn is_host(first: &str) -> bool {
    first.contains('.')
        || first.contains(':')
        || first == "localhost"
        || first.chars().any(|c| c.is_ascii_uppercase())
}

fn valid_host(host: &str) -> bool {
    let bracketed = host.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let (name_ok, rest) = match bracketed {
        Some((address, rest)) => (address.parse::<std::net::Ipv6Addr>().is_ok(), rest),
        None => {
            let (name, rest) = host.split_at(host.find(':').unwrap_or(host.len()));
            (valid_name(name), rest)
        }
    };
    name_ok && (rest.is_empty() || rest.strip_prefix(':').is_some_and(valid_port))
}

fn valid_name(name: &str) -> bool {
    name.split('.').all(|label| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    })
}

fn valid_port(port: &str) -> bool {
    let digits = port.bytes().all(|byte| byte.is_ascii_digit());
    digits && port.parse::<u16>().is_ok_and(|port| port > 0)
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*` (distribution specification, "Pulling manifests").
fn valid_component(part: &str) -> bool {
    let alnum = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if !part.starts_with(alnum) || !part.ends_with(alnum) {
        return false;
    }
    part.split(alnum)
        .filter(|separator| !separator.is_empty())
        .all(|s| matches!(s, "." | "_" | "__") || s.chars().all(|c| c == '-'))
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.path)
    }
}

impl fmt::Debug for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

crate::serde_as_text!(Repository);

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest.parse()?)),
            None => (text, None),
        };
        // A colon after the last slash is a tag; before it, a port.
        let slash = rest.rfind('/').map_or(0, |at| at + 1);
        let (name, tag) = match rest[slash..].find(':') {
            Some(at) => (&rest[..slash + at], Some(rest[slash + at + 1..].parse()?)),
            None => (rest, None),
        };
        Ok(Self {
            repository: name.parse()?,
            tag,
            digest,
        })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

impl fmt::Display for PinnedRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.repository, self.digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_as_docker_reads_them() {
        let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        for (text, host, path, tag) in [
            ("alpine", "docker.io", "library/alpine", None),
            ("alpine:3", "docker.io", "library/alpine", Some("3")),
            ("team/app:1", "docker.io", "team/app", Some("1")),
            ("localhost/app", "localhost", "app", None),
            ("localhost:5000/a/b:x", "localhost:5000", "a/b", Some("x")),
            ("127.0.0.1:5000/a", "127.0.0.1:5000", "a", None),
            ("[::1]:5000/a", "[::1]:5000", "a", None),
            (
                "r.example.com/a__b/c--d.e",
                "r.example.com",
                "a__b/c--d.e",
                None,
            ),
        ] {
            let reference: Reference = text.parse().unwrap();
            assert_eq!(reference.repository.host(), host, "{text}");
            assert_eq!(reference.repository.path(), path, "{text}");
            assert_eq!(reference.tag.as_ref().map(Tag::as_str), tag, "{text}");
            let pinned: Reference = format!("{text}@sha256:{hex}").parse().unwrap();
            assert_eq!(pinned.digest, Some(Digest::of(b"")));
            assert_eq!(pinned.to_string().parse::<Reference>().unwrap(), pinned);
        }
    }

    #[test]
    fn hostile_references_are_refused() {
        for bad in [
            "",
            "/",
            "a//b",
            "r.example.com/",
            "r.example.com/A",
            "r.example.com/../x",
            "r.example.com/a:b:c",
            "r.example.com:0/a",
            "r.example.com:99999/a",
            "user@r.example.com/a",
            "r.example.com/a@sha256:12",
            "r..example.com/a",
            "[::1/a",
            "[::1]x/a",
            "[::1]5000/a",
            "[::1]:/a",
            "r.example.com:+80/a",
            "r.example.com/a b",
            &format!("r.example.com/{}", "a".repeat(300)),
        ] {
            assert!(bad.parse::<Reference>().is_err(), "{bad}");
        }
    }
}
