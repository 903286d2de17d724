//! What is to be copied, and where to.

use liftlock_oci::{Digest, Platform, Tag};

use crate::manifests::Name;
use crate::place::Place;

/// An image, and where copies of it shall be.
#[derive(Debug, Clone)]
pub struct CopyRequest {
    /// Where it is.
    pub from: Place,
    /// Which it is.
    pub image: Named,
    /// Where it shall be. Each layer is read once, whatever their number.
    pub to: Vec<Destination>,
    /// What of it.
    pub choice: Choice,
    /// Look at everything anew: a destination whose tag is right already is not taken for done.
    pub again: bool,
}

/// What of an image is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The platforms; none: all of it. One is that platform's own manifest. Several are the index
    /// as it is, without the manifests of the others.
    pub platforms: Vec<Platform>,
    /// Whether to take along what refers to the image: referrers, theirs too, and cosign's tags.
    pub referrers: bool,
}

impl Default for Choice {
    fn default() -> Self {
        Self {
            platforms: Vec::new(),
            referrers: true,
        }
    }
}

/// One place for a copy.
#[derive(Debug, Clone)]
pub struct Destination {
    /// Where.
    pub place: Place,
    /// Under which tags, in this order; none: by its digest alone.
    pub tags: Vec<Tag>,
    /// Whether a tag that holds another digest is left alone, and is an error.
    pub once: bool,
}

/// How the source names the image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// By a tag.
    Tag(Tag),
    /// By its digest.
    Digest(Digest),
}

impl Named {
    /// As the name of a request.
    pub fn name(&self) -> Name<'_> {
        match self {
            Self::Tag(tag) => Name::Tag(tag),
            Self::Digest(digest) => Name::Digest(*digest),
        }
    }
}
