//! Releases: named, immutable sets of digests.

use std::collections::{BTreeMap, BTreeSet};

use liftlock_oci::{Digest, Image, PinnedRef, Repository};
use serde::{Deserialize, Serialize};

use crate::policy::{Environment, RepositoryTemplateError};
use crate::{Actor, ImageKey, PipelineName, Policy, ReleaseName, Subject, Time};

/// What a release pins for one image of the pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseImage {
    /// Where it was found.
    pub repository: Repository,
    /// Its digest and platforms.
    #[serde(flatten)]
    pub image: Image,
}

/// What a release is, as it was created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseContent {
    /// Its name.
    pub name: ReleaseName,
    /// Its images.
    pub images: BTreeMap<ImageKey, ReleaseImage>,
    /// What the user said about it.
    pub about: About,
    /// Where it came from, where it was brought from another site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<Box<Imported>>,
}

/// Where a release was brought from: an archive that another site wrote, and was checked here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// The pipeline there.
    pub pipeline: PipelineName,
    /// SHA-256 of the archive.
    pub archive: Digest,
    /// The name of the ledger there.
    pub origin: String,
    /// How many entries it had, up to [`Imported::SIZE_MAX`].
    pub size: u64,
    /// The root over them, in base64.
    pub root: String,
}

impl Imported {
    /// The most entries of a ledger that are told exactly: 2^53 - 1, as JSON's readers have it.
    pub const SIZE_MAX: u64 = (1 << 53) - 1;
}

/// What a user may say about a release. Texts are bounded and free of control characters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The application's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The build.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<String>,
    /// The source commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Where to read more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The declared author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Free labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

/// A release in the state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Its content.
    pub content: ReleaseContent,
    /// Its place in the order of creation, from 1.
    pub number: u64,
    /// Who created it.
    pub created_by: Actor,
    /// When.
    pub created_at: Time,
}

impl ReleaseContent {
    /// Each image as repository and digest.
    pub fn pinned(&self) -> BTreeMap<ImageKey, PinnedRef> {
        self.images
            .iter()
            .map(|(key, image)| (key.clone(), image.repository.pinned(image.image.digest)))
            .collect()
    }

    /// Each image in every repository in which an environment has it, the one that is deployed
    /// first; never none.
    ///
    /// # Errors
    /// Those of [`Environment::places`].
    pub fn pinned_in(
        &self,
        environment: &Environment,
    ) -> Result<BTreeMap<ImageKey, Vec<PinnedRef>>, RepositoryTemplateError> {
        let place = |(key, image): (&ImageKey, &ReleaseImage)| {
            let places = environment.places(key, &image.repository)?.into_iter();
            let pinned = places.map(|place| place.pinned(image.image.digest));
            Ok((key.clone(), pinned.collect()))
        };
        self.images.iter().map(place).collect()
    }

    /// The digest of the whole set: SHA-256 over a line `key=digest` for each image, sorted by
    /// key. What an approval, and evidence about the release, is bound to.
    pub fn set_digest(&self) -> Digest {
        let lines: String = self
            .images
            .iter()
            .map(|(key, image)| format!("{key}={}\n", image.image.digest))
            .collect();
        Digest::of(lines.as_bytes())
    }
}

impl Release {
    /// Its authors as persons: who created it and the declared author. `None` where that is not
    /// known: a token created it and nobody is declared, or the declared author is no person.
    pub fn authors(&self, policy: &Policy) -> Option<BTreeSet<String>> {
        let mut authors = BTreeSet::new();
        if !self.created_by.identity.is_machine() {
            authors.insert(policy.person(&self.created_by.identity));
        }
        if let Some(declared) = &self.content.about.author {
            authors.insert(policy.person_named(declared)?);
        }
        (!authors.is_empty()).then_some(authors)
    }
}

impl Release {
    /// Whether evidence about `subject` is about this release.
    pub(crate) fn has(&self, subject: &Subject) -> bool {
        match subject {
            Subject::Release { set } => self.content.set_digest() == *set,
            Subject::Image { image, platform } => self.content.images.values().any(|held| {
                let mut platforms = held.image.platforms.iter();
                held.image.digest == *image
                    || platforms.any(|(_, manifest)| Some(*manifest) == *platform)
            }),
        }
    }

    /// The tag that keeps a registry's clean-up away from its images: `keep-{release}`. `None`
    /// for a name that does not make a tag, which the grammar of names excludes.
    pub fn keep_tag(&self) -> Option<liftlock_oci::Tag> {
        keep_tag(&self.content.name)
    }
}

/// The keep-tag of a release with this name.
pub fn keep_tag(name: &ReleaseName) -> Option<liftlock_oci::Tag> {
    format!("keep-{name}").parse().ok()
}
