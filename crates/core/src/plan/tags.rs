//! Which tags a promotion writes, and what they must point at before.

use liftlock_oci::{Digest, PinnedRef, Tag};

use super::bring;
use crate::drift::Drift;
use crate::observed::Observed;
use crate::policy::{Environment, TagValues};
use crate::promotion::Kind;
use crate::{Policy, Refusal, Release, State, Time};

/// A tag that shall point at an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) image: PinnedRef,
    pub(super) tag: Tag,
    pub(super) once: bool,
}

/// The tags of an environment, expanded for a release: those written once first, then the moving
/// ones. A rollback writes only moving ones: what was written once still says what it said.
pub(super) fn targets(
    policy: &Policy,
    environment: &Environment,
    release: &Release,
    kind: &Kind,
    now: Time,
) -> Result<Vec<Target>, Refusal> {
    let about = &release.content.about;
    let places = bring::places(environment, release)?;
    let mut targets = Vec::new();
    for (key, image) in &release.content.images {
        let values = TagValues {
            release: release.content.name.as_str(),
            version: about.version.as_deref(),
            build: about.build.as_deref(),
            commit: about.commit.as_deref(),
            now,
            digest: image.image.digest,
        };
        let refused = |message| Refusal::Tag {
            image: key.clone(),
            environment: environment.name.clone(),
            message,
        };
        for template in &environment.tags {
            let once = template.is_write_once();
            if once && *kind != Kind::Promote {
                continue;
            }
            let tag = template
                .expand(&values)
                .map_err(|source| refused(source.to_string()))?;
            if once && is_plain_tag(policy, &tag) {
                let message =
                    format!("{template} becomes {tag}, which is a moving tag of this pipeline");
                return Err(refused(message));
            }
            for image in places.get(key).into_iter().flatten().cloned() {
                let tag = tag.clone();
                targets.push(Target { image, tag, once });
            }
        }
    }
    targets.sort_by_key(|target| !target.once);
    Ok(targets)
}

fn is_plain_tag(policy: &Policy, tag: &Tag) -> bool {
    let mut templates = policy
        .environments
        .iter()
        .flat_map(|environment| &environment.tags);
    templates.any(|template| !template.is_write_once() && template.as_str() == tag.as_str())
}

/// The targets that still have to be written, each with what its tag points at now. A tag that is
/// written once and already holds another image refuses, over all images, before anything is done.
pub(super) fn writes(
    targets: &[Target],
    observed: &Observed,
) -> Result<Vec<(PinnedRef, Tag, Option<Digest>)>, Refusal> {
    let mut writes = Vec::new();
    for Target { image, tag, once } in targets {
        let found = observed
            .tags
            .get(&(image.repository.clone(), tag.clone()))
            .copied()
            .ok_or_else(|| Refusal::NotObserved {
                what: format!("{}:{tag}", image.repository),
            })?;
        match found {
            Some(found) if *once && found != image.digest => {
                return Err(Refusal::WriteOnce {
                    tag: format!("{}:{tag}", image.repository),
                    found,
                    wanted: image.digest,
                });
            }
            Some(_) if *once => {}
            found => writes.push((image.clone(), tag.clone(), found)),
        }
    }
    Ok(writes)
}

/// Notices about moving tags that do not point where the last promotion left them.
pub(super) fn moved_by_others(
    state: &State,
    environment: &Environment,
    observed: &Observed,
) -> Vec<String> {
    crate::drift::tags(state, environment, observed)
        .into_iter()
        .filter(|drift| matches!(drift, Drift::Tag { .. }))
        .map(|drift| format!("{drift}: someone else moved it"))
        .collect()
}
