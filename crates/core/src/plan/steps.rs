//! The steps of a plan, in their order (semantics, "Promotion").

use liftlock_oci::{Digest, PinnedRef, Tag};

use super::{Plan, Step};
use crate::policy::Environment;
use crate::{Policy, Release};

/// Keep; deploy, read back, check; tags last. Without a deployment: keep, tags, check.
pub(super) fn steps(
    policy: &Policy,
    environment: &Environment,
    release: &Release,
    writes: Vec<(PinnedRef, Tag, Option<Digest>)>,
) -> Vec<Step> {
    let mut steps = keep(policy, release);
    let tags = writes.into_iter().map(|(image, tag, expected)| Step::Tag {
        image,
        tag,
        expected,
    });
    let checks = environment.checks.iter().map(|check| Step::Check {
        name: check.name.clone(),
        kind: check.kind.clone(),
        files: policy.digests(check.kind.files()),
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
            steps.extend(tags);
        }
        None => {
            steps.extend(tags);
            steps.extend(checks);
        }
    }
    steps
}

/// The steps of an automatic rollback after `failed`: as if `release` were promoted, with each
/// moving tag expected where it was before the failed promotion, which has put it back by then.
pub(crate) fn rollback_steps(
    policy: &Policy,
    environment: &Environment,
    release: &Release,
    failed: &Plan,
) -> Vec<Step> {
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
        let key = failed
            .images
            .iter()
            .find(|(_, pinned)| *pinned == image)
            .map(|(key, _)| key);
        if let Some(target) = key.and_then(|key| release.content.images.get(key))
            && moving
        {
            let target = target.repository.pinned(target.image.digest);
            writes.push((target, tag.clone(), *expected));
        }
    }
    steps(policy, environment, release, writes)
}

fn keep(policy: &Policy, release: &Release) -> Vec<Step> {
    let tag = policy.keep.then(|| release.keep_tag()).flatten();
    let pinned = release.content.pinned().into_values();
    pinned
        .map(|image| Step::Keep {
            image,
            tag: tag.clone(),
        })
        .collect()
}
