//! The steps of a plan, in their order (semantics, "Promotion").

use std::collections::BTreeMap;

use liftlock_oci::{Digest, PinnedRef, Repository, Tag};

use super::bring::{self, Bring, Brought};
use super::{Plan, Step};
use crate::attestation::What;
use crate::policy::{Environment, checks_in_order};
use crate::promotion::Kind;
use crate::{ImageKey, Policy, Release};

/// Keep and copy; sign that it is admitted; deploy, read back, check; sign that it is verified; tags
/// last. Without a deployment: keep and copy, sign, tags, check, sign; tags that were read back are
/// what is verified where there is nothing else. Nothing is signed on the way back: a rollback
/// admits nothing, and must not depend on a key.
pub(super) fn steps(
    policy: &Policy,
    environment: &Environment,
    kind: &Kind,
    brought: Vec<Step>,
    writes: Vec<(PinnedRef, Tag, Option<Digest>)>,
) -> Vec<Step> {
    let mut steps = brought;
    let signs = |what| {
        let key = environment.sign.as_ref().filter(|_| *kind == Kind::Promote);
        let known = key.and_then(|key| Some((key, policy.keys.get(key)?)));
        known.map(|(key, public)| Step::Sign {
            what,
            key: key.clone(),
            public: public.clone(),
        })
    };
    let verified = signs(What::Verified);
    steps.extend(signs(What::Admitted));
    let tags = writes.into_iter().map(|(image, tag, expected)| Step::Tag {
        image,
        tag,
        expected,
    });
    let checks = checks_in_order(&environment.checks);
    let checks = checks.into_iter().map(|check| Step::Check {
        name: check.name.clone(),
        kind: check.kind.clone(),
        files: policy.digests(check.kind.files()),
        after: check.after.clone(),
    });
    match &environment.deploy {
        Some(deploy) => {
            let files = policy.digests(deploy.files());
            steps.push(Step::Deploy {
                deploy: deploy.clone(),
                files: files.clone(),
            });
            steps.push(Step::Observe {
                deploy: deploy.clone(),
                files,
            });
            steps.extend(checks);
            steps.extend(verified);
            steps.extend(tags);
        }
        None => {
            steps.extend(tags);
            steps.extend(checks);
            steps.extend(verified);
        }
    }
    steps
}

/// What is deployed: each image in the first of its places; and its other places.
pub(super) fn deployed(
    brought: &Brought,
) -> (
    BTreeMap<ImageKey, PinnedRef>,
    BTreeMap<ImageKey, Vec<Repository>>,
) {
    let mut images = BTreeMap::new();
    let mut also_in = BTreeMap::new();
    for (key, bring) in brought {
        let mut places = bring.places.iter();
        images.extend(places.next().map(|first| (key.clone(), first.clone())));
        let others: Vec<Repository> = places.map(|place| place.repository.clone()).collect();
        if !others.is_empty() {
            also_in.insert(key.clone(), others);
        }
    }
    (images, also_in)
}

/// What an automatic rollback does.
pub(crate) struct Automatic {
    /// The images that are deployed.
    pub(crate) images: BTreeMap<ImageKey, PinnedRef>,
    /// Where else they are.
    pub(crate) also_in: BTreeMap<ImageKey, Vec<Repository>>,
    /// What is done, in order.
    pub(crate) steps: Vec<Step>,
}

/// An automatic rollback after `failed`: as if `release` were promoted to where `failed` went, with
/// each moving tag expected where it was before the failed promotion, which has put it back by
/// then. Nothing was looked at for it, so its steps find out what is missing.
pub(crate) fn automatic_rollback(
    policy: &Policy,
    environment: &Environment,
    release: &Release,
    (failed, failed_release): (&Plan, Option<&Release>),
    kind: &Kind,
) -> Automatic {
    let places = failed.places();
    let brought = back(release, &places, failed_release);
    let mut writes = Vec::new();
    for step in &failed.steps {
        let Step::Tag {
            image,
            tag,
            expected,
        } = step
        else {
            continue;
        };
        let moving = environment
            .tags
            .iter()
            .any(|template| !template.is_write_once() && template.as_str() == tag.as_str());
        let place = places.iter().find_map(|(key, places)| {
            let place = places.iter().position(|place| place == image)?;
            brought.get(key)?.places.get(place)
        });
        if let Some(place) = place
            && moving
        {
            writes.push((place.clone(), tag.clone(), *expected));
        }
    }
    let (images, also_in) = deployed(&brought);
    let brought = bring::steps(policy, release, kind, &brought);
    Automatic {
        images,
        also_in,
        steps: steps(policy, environment, kind, brought, writes),
    }
}

/// The images of a release in the repositories that a failed promotion went to; an image that the
/// failed one left where it was built stays where it was built too.
fn back(
    release: &Release,
    failed: &BTreeMap<ImageKey, Vec<PinnedRef>>,
    failed_release: Option<&Release>,
) -> Brought {
    let stayed = failed_release.map(|release| release.content.pinned());
    let stayed = stayed.unwrap_or_default();
    let bring = |(key, source): (ImageKey, PinnedRef)| {
        let went = failed.get(&key).filter(|places| {
            let only = places.first().filter(|_| places.len() == 1);
            only.is_none() || only != stayed.get(&key)
        });
        let places = match went {
            Some(places) => places
                .iter()
                .map(|place| place.repository.pinned(source.digest))
                .collect(),
            None => vec![source.clone()],
        };
        (key, Bring { source, places })
    };
    release.content.pinned().into_iter().map(bring).collect()
}
