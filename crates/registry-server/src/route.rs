//! From a path to what it means (distribution specification, "Endpoints").

use liftlock_oci::{Digest, Repository, Tag};

use crate::api_error::ApiError;
use crate::query::decode;

/// Names that a layout's own files have: a repository of such a name could lie inside another
/// repository's layout.
const RESERVED: [&str; 3] = ["blobs", "index.json", "oci-layout"];

/// Where the token service is.
pub(crate) const TOKEN_PATH: &str = "/token";

/// The longest path that is read, in bytes.
const PATH_MAX: usize = 1024;

/// What a request is about. `name` is a valid repository name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    Base,
    /// The token service.
    Token,
    Manifest {
        name: String,
        reference: String,
    },
    Blob {
        name: String,
        digest: String,
    },
    /// `slash`: whether the path ends in one, which a relative `Location` depends on.
    OpenUpload {
        name: String,
        slash: bool,
    },
    Upload {
        name: String,
        id: String,
    },
    Tags {
        name: String,
    },
    Referrers {
        name: String,
        digest: String,
    },
}

/// A manifest's reference within its repository.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Tag(Tag),
    Digest(Digest),
}

impl Route {
    /// Reads a path. Names have slashes themselves, so that it is read from its end.
    pub(crate) fn parse(path: &str) -> Result<Self, ApiError> {
        let unknown = || ApiError::not_found("NAME_UNKNOWN", "no such endpoint");
        if path.len() > PATH_MAX {
            return Err(unknown());
        }
        let path = decode(path).ok_or_else(unknown)?;
        if path == TOKEN_PATH {
            return Ok(Self::Token);
        }
        let rest = path.strip_prefix("/v2").ok_or_else(unknown)?;
        if rest.is_empty() || rest == "/" {
            return Ok(Self::Base);
        }
        let parts: Vec<&str> = rest
            .strip_prefix('/')
            .ok_or_else(unknown)?
            .split('/')
            .collect();
        match parts.as_slice() {
            [name @ .., "tags", "list"] => Ok(Self::Tags {
                name: repository(name)?,
            }),
            [name @ .., "blobs", "uploads"] | [name @ .., "blobs", "uploads", ""] => {
                Ok(Self::OpenUpload {
                    name: repository(name)?,
                    slash: path.ends_with('/'),
                })
            }
            [name @ .., "blobs", "uploads", id] => Ok(Self::Upload {
                name: repository(name)?,
                id: (*id).to_owned(),
            }),
            [name @ .., "blobs", digest] => Ok(Self::Blob {
                name: repository(name)?,
                digest: (*digest).to_owned(),
            }),
            [name @ .., "manifests", reference] => Ok(Self::Manifest {
                name: repository(name)?,
                reference: (*reference).to_owned(),
            }),
            [name @ .., "referrers", digest] => Ok(Self::Referrers {
                name: repository(name)?,
                digest: (*digest).to_owned(),
            }),
            _ => Err(unknown()),
        }
    }

    /// The repository it is about, where it is about one.
    pub(crate) fn repository(&self) -> Option<&str> {
        match self {
            Self::Base | Self::Token => None,
            Self::Manifest { name, .. }
            | Self::Blob { name, .. }
            | Self::OpenUpload { name, .. }
            | Self::Upload { name, .. }
            | Self::Tags { name }
            | Self::Referrers { name, .. } => Some(name),
        }
    }
}

/// A tag or digest; `None` for what is neither.
pub(crate) fn target(reference: &str) -> Option<Target> {
    if reference.contains(':') {
        reference.parse().ok().map(Target::Digest)
    } else {
        reference.parse().ok().map(Target::Tag)
    }
}

/// A digest in a path or query.
pub(crate) fn digest(text: &str) -> Result<Digest, ApiError> {
    text.parse()
        .map_err(|error| ApiError::bad_request("DIGEST_INVALID", format!("{error}")))
}

fn repository(parts: &[&str]) -> Result<String, ApiError> {
    repository_name(&parts.join("/"))
}

/// Checks a repository name against the specification's grammar, which has no `..`, no empty
/// part and no leading dot: it is safe as a folder's name.
pub(crate) fn repository_name(name: &str) -> Result<String, ApiError> {
    let invalid = |why: String| ApiError::bad_request("NAME_INVALID", why);
    let parsed: Repository = format!("localhost/{name}")
        .parse()
        .map_err(|error| invalid(format!("{error}")))?;
    if let Some(part) = name.split('/').find(|part| RESERVED.contains(part)) {
        let why = format!("{part:?} may not be a part of a repository's name in this registry");
        return Err(invalid(why));
    }
    Ok(parsed.path().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_have_slashes_and_words_of_the_protocol() {
        let manifest = |name: &str, reference: &str| Route::Manifest {
            name: name.into(),
            reference: reference.into(),
        };
        for (path, route) in [
            ("/v2/", Route::Base),
            ("/v2", Route::Base),
            ("/v2/a/manifests/1", manifest("a", "1")),
            ("/v2/a/b/manifests/sha256:x", manifest("a/b", "sha256:x")),
            ("/v2/a/b/manifests/sha256%3Ax", manifest("a/b", "sha256:x")),
            ("/v2/tags/manifests/list", manifest("tags", "list")),
            ("/v2/a/tags/list", Route::Tags { name: "a".into() }),
            (
                "/v2/a/blobs/uploads/",
                Route::OpenUpload {
                    name: "a".into(),
                    slash: true,
                },
            ),
            (
                "/v2/a/blobs/uploads",
                Route::OpenUpload {
                    name: "a".into(),
                    slash: false,
                },
            ),
            (
                "/v2/a/blobs/uploads/1",
                Route::Upload {
                    name: "a".into(),
                    id: "1".into(),
                },
            ),
        ] {
            assert_eq!(Route::parse(path).unwrap(), route, "{path}");
        }
    }

    #[test]
    fn paths_out_of_the_folder_are_refused() {
        for bad in [
            "/",
            "/v1/",
            "/v2x",
            "/v2/manifests/x",
            "/v2/../a/manifests/x",
            "/v2/%2e%2e/manifests/x",
            "/v2/a%2f..%2fb/manifests/x",
            "/v2/.liftlock-uploads/manifests/x",
            "/v2/a//b/manifests/x",
            "/v2/a/blobs/sha256/manifests/x",
            "/v2/a/index.json/manifests/x",
            "/v2/A/manifests/x",
            "/v2/a%00/manifests/x",
        ] {
            assert!(Route::parse(bad).is_err(), "{bad}");
        }
    }
}
