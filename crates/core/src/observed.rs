//! What the engine saw in the registries, handed to a decision.

use std::collections::BTreeMap;

use liftlock_oci::{Digest, PinnedRef, Repository, Tag};

use crate::ImageKey;

/// What was seen just before a decision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {
    /// Where tags point; `None`: no such tag.
    pub tags: BTreeMap<(Repository, Tag), Option<Digest>>,
    /// Which images are there.
    pub present: BTreeMap<PinnedRef, bool>,
    /// Which digests run, for each image that the deployer can tell about.
    pub running: BTreeMap<ImageKey, Vec<Digest>>,
}

/// What must be looked at before a decision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// Tags to read.
    pub tags: Vec<(Repository, Tag)>,
    /// Images to find.
    pub images: Vec<PinnedRef>,
}
