//! How the images of a release get where an environment has them, before anything is deployed or
//! tagged there.

use std::collections::BTreeMap;

use liftlock_oci::{PinnedRef, Tag};

use super::Step;
use crate::observed::Observed;
use crate::policy::Environment;
use crate::promotion::Kind;
use crate::{ImageKey, Policy, Refusal, Release};

/// An image of a release, and where an environment has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bring {
    /// Where it is brought from.
    pub(super) source: PinnedRef,
    /// Where the environment has it: what is deployed first; never none.
    pub(super) places: Vec<PinnedRef>,
}

pub(super) type Brought = BTreeMap<ImageKey, Bring>;

/// Every image of a release with where an environment has it.
pub(super) fn places(
    environment: &Environment,
    release: &Release,
) -> Result<BTreeMap<ImageKey, Vec<PinnedRef>>, Refusal> {
    let places = release.content.pinned_in(environment);
    places.map_err(|error| Refusal::Policy(format!("{}: {error}", environment.name)))
}

/// Where each image comes from: where it was built, or, where it is gone from there, the first of
/// the environment's repositories that has it. Nowhere is a refusal.
pub(super) fn brought(
    environment: &Environment,
    release: &Release,
    observed: &Observed,
) -> Result<Brought, Refusal> {
    let built = release.content.pinned();
    let mut brought = BTreeMap::new();
    for (key, places) in places(environment, release)? {
        let own = &built[&key];
        let is_there = |image: &&PinnedRef| observed.present.get(image) == Some(&true);
        let source = [own].into_iter().chain(&places).find(is_there).cloned();
        let Some(source) = source else {
            let others = places.into_iter().map(|place| place.repository);
            let others = others.filter(|place| *place != own.repository);
            return Err(Refusal::ImageGone {
                image: key,
                digest: own.digest,
                places: [own.repository.clone()].into_iter().chain(others).collect(),
            });
        };
        brought.insert(key, Bring { source, places });
    }
    Ok(brought)
}

/// What a reader should know about images that are gone from where they were built.
pub(super) fn notices(release: &Release, brought: &Brought, observed: &Observed) -> Vec<String> {
    let built = release.content.pinned();
    let gone = built.iter().filter_map(|(key, own)| {
        let source = &brought.get(key)?.source;
        let gone = observed.present.get(own) == Some(&false);
        gone.then(|| format!("{own} is gone; {} has it", source.repository))
    });
    gone.collect()
}

/// The steps: an image is kept where it is already and belongs, and copied wherever else it
/// belongs. A promotion copies what refers to it again, for that may have become more. A rollback
/// needs nothing new, and must not depend on a registry that it can do without: it only copies
/// where the image is missing.
pub(super) fn steps(
    policy: &Policy,
    release: &Release,
    kind: &Kind,
    brought: &Brought,
) -> Vec<Step> {
    let tag = policy.keep.then(|| release.keep_tag()).flatten();
    let each = brought.values();
    each.flat_map(|bring| match kind {
        _ if bring.places.len() == 1 && bring.places[0] == bring.source => {
            vec![keep(&bring.source, &tag)]
        }
        Kind::Promote => promotion(bring, &tag),
        Kind::Rollback { .. } => vec![copy(bring, bring.places.iter(), &tag, true)],
    })
    .collect()
}

fn promotion(bring: &Bring, tag: &Option<Tag>) -> Vec<Step> {
    let belongs = bring.places.contains(&bring.source);
    let keep = belongs.then(|| keep(&bring.source, tag));
    let others = bring.places.iter().filter(|place| **place != bring.source);
    keep.into_iter()
        .chain([copy(bring, others, tag, false)])
        .collect()
}

fn keep(image: &PinnedRef, tag: &Option<Tag>) -> Step {
    Step::Keep {
        image: image.clone(),
        tag: tag.clone(),
    }
}

fn copy<'b>(
    bring: &Bring,
    to: impl Iterator<Item = &'b PinnedRef>,
    tag: &Option<Tag>,
    where_missing: bool,
) -> Step {
    Step::Copy {
        image: bring.source.clone(),
        to: to.map(|place| place.repository.clone()).collect(),
        tag: tag.clone(),
        where_missing,
    }
}
