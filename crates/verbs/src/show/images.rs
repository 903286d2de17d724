//! Images, in every repository that an environment has them in.

use std::collections::BTreeMap;

use liftlock_core::ImageKey;
use liftlock_core::promotion::Promotion;
use liftlock_core::state::State;
use liftlock_oci::PinnedRef;
use serde_json::{Value, json};

/// Each image in every repository, the one that is deployed first.
pub type Places = BTreeMap<ImageKey, Vec<PinnedRef>>;

/// Where a promotion brings its images, or, as long as that is not decided, where they were built.
pub fn of(state: &State, promotion: &Promotion) -> Places {
    if let Some(plan) = &promotion.plan {
        return plan.places();
    }
    let release = state.release(&promotion.request.release);
    let pinned = release.map(|release| release.content.pinned());
    let pinned = pinned.unwrap_or_default().into_iter();
    pinned.map(|(key, image)| (key, vec![image])).collect()
}

/// How many further repositories get a line.
const LISTED_MAX: usize = 4;

/// A line for each image, and one for each of its first further repositories.
pub fn lines(places: &Places, indent: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for (key, places) in places {
        let mut places = places.iter();
        lines.extend(places.next().map(|first| format!("{indent}{key} {first}")));
        let more = places.len().saturating_sub(LISTED_MAX);
        let listed = places.by_ref().take(LISTED_MAX);
        lines.extend(listed.map(|place| format!("{indent}  also in {}", place.repository)));
        if more > 0 {
            lines.push(format!("{indent}  and in {more} more"));
        }
    }
    lines
}

/// The images as they are deployed, and the further repositories.
pub fn json(places: &Places) -> (Value, Value) {
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

#[cfg(test)]
mod tests {
    use liftlock_oci::{Digest, Repository};

    use super::*;

    #[test]
    fn a_few_further_repositories_are_listed() {
        let lines = |count: usize| {
            let place = |n| -> PinnedRef {
                let place: Repository = format!("r{n}.example.com/api").parse().unwrap();
                place.pinned(Digest::of(b"api"))
            };
            let places = (0..count).map(place).collect();
            super::lines(&BTreeMap::from([("api".parse().unwrap(), places)]), "  ")
        };
        assert_eq!(lines(5).len(), 5);
        assert_eq!(lines(5)[4], "    also in r4.example.com/api");
        let many = lines(22);
        assert!(many[0].starts_with("  api r0.example.com/api@sha256:"));
        assert_eq!((many.len(), many[5].as_str()), (6, "    and in 17 more"));
    }
}
