//! Drift: recorded digest, tag digest and running digest are not the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use liftlock_oci::{Digest, PinnedRef, Repository, Tag};
use serde::{Deserialize, Serialize};

use crate::observed::Observed;
use crate::plan::Step;
use crate::policy::{Deploy, Environment};
use crate::promotion::Promotion;
use crate::{ImageKey, Release, ReleaseName, State};

/// One digest that is not what was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "drift")]
pub enum Drift {
    /// A tag points somewhere else.
    Tag {
        /// The repository.
        repository: Repository,
        /// The tag.
        tag: Tag,
        /// The current release.
        release: ReleaseName,
        /// Its digest.
        recorded: Digest,
        /// Where the tag points; `None`: it is gone.
        found: Option<Digest>,
    },
    /// A place that the environment has only had since the current release came: it is not there.
    NewPlace {
        /// The repository.
        repository: Repository,
        /// The tag.
        tag: Tag,
        /// The current release.
        release: ReleaseName,
        /// Its digest.
        recorded: Digest,
        /// Where the tag points; `None`: there is no such tag.
        found: Option<Digest>,
    },
    /// Something else runs.
    Running {
        /// The image.
        image: ImageKey,
        /// The current release.
        release: ReleaseName,
        /// Its digest.
        recorded: Digest,
        /// What runs; at most [`RUNNING_MAX`].
        found: Vec<Digest>,
    },
    /// An image is not in the registry any more.
    Gone {
        /// Where it was brought for this environment.
        image: PinnedRef,
        /// The current release.
        release: ReleaseName,
    },
}

/// The most digests that are named of what runs for one image.
pub const RUNNING_MAX: usize = 8;

/// The most differences that are recorded of one look; the others are counted.
pub const DRIFTS_MAX: usize = 40;

impl Drift {
    /// Whether something is other than it was left: a place that is new has not been left yet.
    pub fn is_departure(&self) -> bool {
        !matches!(self, Self::NewPlace { .. })
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag {
                repository,
                tag,
                release,
                recorded,
                found: Some(found),
            } => write!(
                f,
                "{repository}:{tag} points at {found}, not at {recorded} of {release}"
            ),
            Self::Tag {
                repository,
                tag,
                release,
                recorded,
                found: None,
            } => {
                write!(
                    f,
                    "{repository}:{tag} is gone; it was at {recorded} of {release}"
                )
            }
            Self::NewPlace {
                repository,
                tag,
                release,
                recorded,
                ..
            } => write!(
                f,
                "{repository}:{tag} is a new place of this environment, and not at {recorded} of {release} yet"
            ),
            Self::Running {
                image,
                release,
                recorded,
                found,
            } if found.is_empty() => {
                write!(f, "nothing runs for {image}; {release} ({recorded}) should")
            }
            Self::Running {
                image,
                release,
                recorded,
                found,
            } => {
                let found: Vec<_> = found.iter().map(Digest::to_string).collect();
                write!(
                    f,
                    "{image} runs {}, not {recorded} of {release}",
                    found.join(", ")
                )
            }
            Self::Gone { image, release } => write!(
                f,
                "{}@{} of {release} is gone from the registry",
                image.repository, image.digest
            ),
        }
    }
}

/// Where an environment's moving tags should point, by its current release: each tag in each
/// repository, with the digest.
pub fn recorded(state: &State, environment: &Environment) -> Vec<(Repository, Tag, Digest)> {
    let Some(release) = current(state, environment) else {
        return Vec::new();
    };
    // A policy whose templates do not expand was never adopted.
    let places = release.content.pinned_in(environment).unwrap_or_default();
    let moving = environment.tags.iter().filter(|tag| !tag.is_write_once());
    let mut recorded = Vec::new();
    for tag in moving.filter_map(|template| template.as_str().parse::<Tag>().ok()) {
        for image in places.values().flatten() {
            recorded.push((image.repository.clone(), tag.clone(), image.digest));
        }
    }
    recorded
}

fn current<'s>(state: &'s State, environment: &Environment) -> Option<&'s Release> {
    let current = state.environment(&environment.name).current.as_ref()?;
    state.releases.get(&current.release)
}

/// The moving tags of an environment that do not point where its current release is.
pub(crate) fn tags(state: &State, environment: &Environment, observed: &Observed) -> Vec<Drift> {
    let Some(current) = &state.environment(&environment.name).current else {
        return Vec::new();
    };
    let promotion = state.promotions.get(&current.promotion);
    let mut drifts = Vec::new();
    for (repository, tag, recorded) in recorded(state, environment) {
        let place = (repository, tag);
        let found = observed.tags.get(&place).copied();
        let Some(found) = found.filter(|found| *found != Some(recorded)) else {
            continue;
        };
        let is_new = promotion.is_some_and(|promotion| !was_written(promotion, &place));
        let (repository, tag) = place;
        let release = current.release.clone();
        drifts.push(if is_new {
            Drift::NewPlace {
                repository,
                tag,
                release,
                recorded,
                found,
            }
        } else {
            Drift::Tag {
                repository,
                tag,
                release,
                recorded,
                found,
            }
        });
    }
    drifts
}

/// Whether a promotion has written a tag, or has found it where it should be.
fn was_written(promotion: &Promotion, (repository, tag): &(Repository, Tag)) -> bool {
    let mut steps = promotion.plan.iter().flat_map(|plan| &plan.steps);
    steps.any(|step| match step {
        Step::Tag {
            image,
            tag: written,
            ..
        } => image.repository == *repository && written == tag,
        _ => false,
    })
}

/// Everything in an environment that is not as recorded, as far as it was looked at.
pub fn drift(state: &State, environment: &Environment, observed: &Observed) -> Vec<Drift> {
    let mut drifts = tags(state, environment, observed);
    let Some(current) = &state.environment(&environment.name).current else {
        return drifts;
    };
    let Some(release) = self::current(state, environment) else {
        return drifts;
    };
    for (key, image) in &release.content.images {
        let recorded = image.image.digest;
        let found = observed.running.get(key);
        if let Some(found) =
            found.filter(|found| found.iter().any(|d| *d != recorded) || found.is_empty())
        {
            drifts.push(Drift::Running {
                image: key.clone(),
                release: current.release.clone(),
                recorded,
                found: found.iter().copied().take(RUNNING_MAX).collect(),
            });
        }
    }
    for image in images(state, environment) {
        if observed.present.get(&image) == Some(&false) {
            let release = current.release.clone();
            drifts.push(Drift::Gone { image, release });
        }
    }
    drifts
}

/// The current images of an environment, in each place they were brought to: what a deployment
/// that is made again would need.
pub fn images(state: &State, environment: &Environment) -> Vec<PinnedRef> {
    let places = state.current_images(&environment.name);
    places.into_values().flatten().collect()
}

/// What reading back says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Running {
    /// Exactly the planned digests run, as far as the deployer can tell.
    AsPlanned(String),
    /// Something else runs, or nothing.
    Otherwise(String),
}

/// Compares what runs, or with gitops what is named, with what was planned. An image the deployer cannot tell about is not a
/// difference; one that it says does not run, or runs from another digest, is.
pub fn running(
    deploy: &Deploy,
    planned: &BTreeMap<ImageKey, PinnedRef>,
    found: &BTreeMap<ImageKey, BTreeSet<Digest>>,
) -> Running {
    let is_named = matches!(deploy, Deploy::Gitops(_));
    let runs = if is_named { "is named as" } else { "runs" };
    let mut told = 0;
    for (key, pinned) in planned {
        let Some(found) = found.get(key) else {
            continue;
        };
        told += 1;
        if found.is_empty() {
            return Running::Otherwise(match is_named {
                true => format!("{key} is named without a digest"),
                false => format!("nothing runs for {key}"),
            });
        }
        if let Some(other) = found.iter().find(|digest| **digest != pinned.digest) {
            let wanted = pinned.digest;
            return Running::Otherwise(format!("{key} {runs} {other}, not {wanted}"));
        }
    }
    let of = planned.len();
    Running::AsPlanned(match (told, is_named) {
        (0, _) => "the deployer cannot tell what runs".to_owned(),
        (_, true) => {
            format!("{told} of {of} images are named as planned; what applies it is not seen")
        }
        (_, false) => format!("{told} of {of} images run as planned"),
    })
}
