//! Images, in every repository that an environment has them in.

use std::collections::BTreeMap;

use liftlock_core::ImageKey;
use liftlock_core::promotion::Promotion;
use liftlock_core::state::State;
use liftlock_oci::PinnedRef;
use serde_json::{Value, json};

/// Each image in every repository, the one that is deployed first.
pub(crate) type Places = BTreeMap<ImageKey, Vec<PinnedRef>>;

/// Where a promotion brings its images, or, as long as that is not decided, where they were built.
pub(crate) fn of(state: &State, promotion: &Promotion) -> Places {
    if let Some(plan) = &promotion.plan {
        return plan.places();
    }
    let release = state.release(&promotion.request.release);
    let pinned = release.map(|release| release.content.pinned());
    let pinned = pinned.unwrap_or_default().into_iter();
    pinned.map(|(key, image)| (key, vec![image])).collect()
}

/// A line for each image, and one for each further repository.
pub(crate) fn lines(places: &Places, indent: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for (key, places) in places {
        let mut places = places.iter();
        lines.extend(places.next().map(|first| format!("{indent}{key} {first}")));
        lines.extend(places.map(|place| format!("{indent}  also in {}", place.repository)));
    }
    lines
}

/// The images as they are deployed, and the further repositories.
pub(crate) fn json(places: &Places) -> (Value, Value) {
    let images: BTreeMap<_, _> = places
        .iter()
        .filter_map(|(key, places)| Some((key, places.first()?)))
        .collect();
    let also_in: BTreeMap<_, Vec<_>> = places
        .iter()
        .map(|(key, places)| (key, places.iter().skip(1).map(|p| &p.repository).collect()))
        .filter(|(_, others): &(_, Vec<_>)| !others.is_empty())
        .collect();
    (json!(images), json!(also_in))
}
