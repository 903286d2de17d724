//! What was seen in registries when something was decided, as far as the record says it.

use crate::event::Entry;
use crate::observed::{Needs, Observed};
use crate::plan::{Plan, PlanRequest, Step, needs};
use crate::{Refusal, State};

/// A world in which nothing stands in the way: every image and key is there, and no tag is taken. What
/// only opens a promotion records nothing of what was seen.
pub(super) fn anything(
    state: &State,
    request: &PlanRequest<'_>,
    entry: &Entry,
) -> Result<Observed, Refusal> {
    let needs = needs(state, request, entry.time)?;
    let mut observed = all_there(&needs);
    let tags = needs.tags.into_iter();
    observed.tags = tags.map(|tag| (tag, None)).collect();
    Ok(observed)
}

/// The world that a plan was made in: each tag where the plan expects it, those it does not write
/// where they belong already, and each image where the plan takes it from.
pub(super) fn by_plan(
    state: &State,
    request: &PlanRequest<'_>,
    plan: &Plan,
    entry: &Entry,
) -> Result<Observed, Refusal> {
    let needs = needs(state, request, entry.time)?;
    let mut observed = all_there(&needs);
    let places = plan.places();
    for (repository, tag) in needs.tags {
        let written = plan.steps.iter().find_map(|step| match step {
            Step::Tag {
                image,
                tag: to,
                expected,
            } if image.repository == repository && *to == tag => Some(*expected),
            _ => None,
        });
        let images = || places.values().flatten();
        let own = || images().find(|image| image.repository == repository);
        let found = written.unwrap_or_else(|| own().map(|image| image.digest));
        observed.tags.insert((repository, tag), found);
    }
    // An image that is not taken from where it was built is not there any more.
    let taken = |step: &Step| match step {
        Step::Keep { image, .. } | Step::Copy { image, .. } => Some(image.clone()),
        _ => None,
    };
    let taken: Vec<_> = plan.steps.iter().filter_map(taken).collect();
    if let Some(release) = state.releases.get(request.release) {
        for (key, built) in release.content.pinned() {
            let places = || places.get(&key).into_iter().flatten();
            let elsewhere = places().any(|place| taken.contains(place));
            if elsewhere && !taken.contains(&built) {
                let others = places().filter(|place| !taken.contains(place)).cloned();
                let gone = others.chain([built]).map(|image| (image, false));
                observed.present.extend(gone);
            }
        }
    }
    Ok(observed)
}

fn all_there(needs: &Needs) -> Observed {
    let images = needs.images.iter();
    let sources = needs.sources.iter().map(|source| &source.image);
    Observed {
        present: images.chain(sources).map(|i| (i.clone(), true)).collect(),
        keys: needs
            .keys
            .iter()
            .map(|(key, _)| (key.clone(), Ok(())))
            .collect(),
        ..Observed::default()
    }
}
