//! Plans: what a promotion will do, in order, decided before anything is done.

mod bring;
mod change;
mod images;
mod make;
mod reversal;
mod steps;
mod tags;
mod title;

use std::collections::BTreeMap;

use liftlock_oci::{Digest, PinnedRef, Repository, Tag};
use serde::{Deserialize, Serialize};

use crate::attestation::What;
use crate::policy::{CheckKind, Deploy, PublicKey, RollbackRule};
use crate::promotion::Kind;
use crate::verdict::{Answer, Verdict, overall};
use crate::{CheckName, EnvironmentName, ImageKey, KeyName, Label, ReleaseName};

pub use change::{Effect, GateEffect, effects};
pub(crate) use make::policy_digest;
pub use make::{PlanRequest, needs, plan, verdicts};
pub(crate) use reversal::reversal;
pub(crate) use steps::{Automatic, automatic_rollback};

/// An immutable plan. The executor makes no choices: everything it does is here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The version of the semantics it was made under.
    pub semantics: u32,
    /// The release.
    pub release: ReleaseName,
    /// The environment.
    pub environment: EnvironmentName,
    /// Why.
    #[serde(flatten)]
    pub kind: Kind,
    /// The environment's policy digest.
    pub policy: Digest,
    /// The images, by digest, where the environment has them: what is deployed.
    pub images: BTreeMap<ImageKey, PinnedRef>,
    /// The other repositories in which the environment has an image.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub also_in: BTreeMap<ImageKey, Vec<Repository>>,
    /// Each gate's verdict when the plan was made.
    pub verdicts: Vec<Verdict>,
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// When this promotion returns to the last known-good release: a policy that changes while it
    /// runs does not change that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<RollbackRule>,
    /// The label of the workers that alone carry it out: a policy that changes while it runs does
    /// not change that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker: Option<Label>,
    /// What a reader should know before agreeing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<String>,
}

/// One thing to do. Each can be done again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "do")]
pub enum Step {
    /// See that the image is there, and that its keep-tag holds it.
    Keep {
        /// The image.
        image: PinnedRef,
        /// The tag that keeps a registry's clean-up away; `None`: only see that it is there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tag: Option<Tag>,
    },
    /// Copy the image, with what refers to it, to repositories of the environment's own, and let its
    /// keep-tag hold it there. Each of its blobs is read once, however many repositories those are.
    Copy {
        /// Where it comes from.
        image: PinnedRef,
        /// Where it goes; never none, and never where it comes from unless `where_missing`.
        to: Vec<Repository>,
        /// The tag that keeps a registry's clean-up away, written last; `None`: no such tag.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tag: Option<Tag>,
        /// Whether a repository that has the image is left as it is: the source is needed only
        /// where one has not, and where it is gone, one that has the image takes its place.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        where_missing: bool,
    },
    /// Deploy the plan's images.
    Deploy {
        /// How.
        deploy: Deploy,
        /// The adopted SHA-256 of each file it names.
        files: BTreeMap<String, Digest>,
    },
    /// Read back which digests run.
    Observe {
        /// The deployment that is looked at.
        deploy: Deploy,
        /// The adopted SHA-256 of each file it names.
        files: BTreeMap<String, Digest>,
    },
    /// Sign a statement about each image, and put it beside the image wherever the environment has
    /// it.
    Sign {
        /// Which.
        what: What,
        /// The key's name.
        key: KeyName,
        /// The key.
        public: PublicKey,
    },
    /// Run a check.
    Check {
        /// Its name.
        name: CheckName,
        /// What is run.
        kind: CheckKind,
        /// The adopted SHA-256 of each file it names.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        files: BTreeMap<String, Digest>,
        /// The checks of this plan that have to be done before; they come before it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        after: Vec<CheckName>,
    },
    /// Point a tag at an image.
    Tag {
        /// The image.
        image: PinnedRef,
        /// The tag.
        tag: Tag,
        /// What the tag pointed at when the plan was made; anything else by then is a lost race.
        expected: Option<Digest>,
    },
    /// Put a tag back where it was, if it still points at our image.
    Restore {
        /// The repository.
        repository: Repository,
        /// The tag.
        tag: Tag,
        /// What we had pointed it at.
        ours: Digest,
        /// Where it pointed before; `None`: there was no such tag.
        to: Option<Digest>,
    },
}

impl Step {
    /// Whether it changes what runs or what a moving tag says.
    pub fn acts(&self) -> bool {
        matches!(
            self,
            Self::Deploy { .. } | Self::Tag { .. } | Self::Restore { .. }
        )
    }
}

impl Plan {
    /// The worst of the verdicts.
    pub fn answer(&self) -> Answer {
        overall(&self.verdicts)
    }

    /// Each image in every repository in which the environment has it, the one that is deployed
    /// first.
    pub fn places(&self) -> BTreeMap<ImageKey, Vec<PinnedRef>> {
        let places = |(key, first): (&ImageKey, &PinnedRef)| {
            let also = self.also_in.get(key).into_iter().flatten();
            let also = also.map(|repository| repository.pinned(first.digest));
            (
                key.clone(),
                [first.clone()].into_iter().chain(also).collect(),
            )
        };
        self.images.iter().map(places).collect()
    }
}
