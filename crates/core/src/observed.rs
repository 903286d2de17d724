//! What the engine saw in the registries, handed to a decision.

use std::collections::BTreeMap;

use liftlock_oci::{Digest, PinnedRef, Repository, Tag};

use crate::policy::PublicKey;
use crate::{ImageKey, KeyName};

/// What was seen just before a decision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {
    /// Where tags point; `None`: no such tag.
    pub tags: BTreeMap<(Repository, Tag), Option<Digest>>,
    /// Which images are there.
    pub present: BTreeMap<PinnedRef, bool>,
    /// Whether each private key can be used here, or why not.
    pub keys: BTreeMap<KeyName, Result<(), String>>,
    /// Which digests run, for each image that the deployer can tell about.
    pub running: BTreeMap<ImageKey, Vec<Digest>>,
}

/// What must be looked at before a decision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// Tags to read.
    pub tags: Vec<(Repository, Tag)>,
    /// Images to find where the environment has them.
    pub images: Vec<PinnedRef>,
    /// Images to find where they were built, where that is somewhere else.
    pub sources: Vec<Source>,
    /// Keys whose private half is needed.
    pub keys: Vec<(KeyName, PublicKey)>,
}

/// An image to find where it was built, and to copy from there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The image.
    pub image: PinnedRef,
    /// It is not needed, and so not looked for, where each of these is there. None: it is looked
    /// for always.
    pub unless: Vec<PinnedRef>,
}

impl Source {
    /// Whether it has to be looked for, after the images were.
    pub fn is_needed(&self, observed: &Observed) -> bool {
        let there = |image| observed.present.get(image) == Some(&true);
        self.unless.is_empty() || !self.unless.iter().all(there)
    }
}
