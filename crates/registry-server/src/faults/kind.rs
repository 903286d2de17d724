//! What a request is about.

use std::fmt;
use std::str::FromStr;

use crate::route::Route;

/// The kinds of requests that a fault can be limited to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `/v2/`
    Base,
    /// Manifests, by tag or digest.
    Manifest,
    /// Blobs, once they are there.
    Blob,
    /// Uploads of blobs, from their opening to their end; mounts too.
    Upload,
    /// Lists of tags.
    Tags,
    /// Lists of referrers.
    Referrers,
    /// The token service.
    Token,
}

/// Every kind with its name.
const KINDS: [(Kind, &str); 7] = [
    (Kind::Base, "base"),
    (Kind::Manifest, "manifest"),
    (Kind::Blob, "blob"),
    (Kind::Upload, "upload"),
    (Kind::Tags, "tags"),
    (Kind::Referrers, "referrers"),
    (Kind::Token, "token"),
];

impl Kind {
    pub(crate) fn of(route: &Route) -> Self {
        match route {
            Route::Base => Self::Base,
            Route::Token => Self::Token,
            Route::Manifest { .. } => Self::Manifest,
            Route::Blob { .. } => Self::Blob,
            Route::OpenUpload { .. } | Route::Upload { .. } => Self::Upload,
            Route::Tags { .. } => Self::Tags,
            Route::Referrers { .. } => Self::Referrers,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = KINDS.iter().find(|(kind, _)| kind == self);
        f.write_str(named.map_or("", |(_, name)| name))
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = KINDS.iter().find(|(_, name)| *name == text);
        named.map(|(kind, _)| *kind).ok_or_else(|| {
            let names: Vec<&str> = KINDS.iter().map(|(_, name)| *name).collect();
            format!(
                "{text:?} is no kind of request; there are {}",
                names.join(", ")
            )
        })
    }
}
