//! What a registry's word wakes in a pipeline.

use std::collections::BTreeSet;

use liftlock_core::{EnvironmentName, State, drift};

use super::{Change, Pushed};

/// What is looked at again because of a registry's word. That is all that comes of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wakes {
    /// The environments whose tags or images were named: they may have drifted.
    pub environments: BTreeSet<EnvironmentName>,
    /// Whether a tag came where the pipeline's images are built into.
    pub builds: bool,
}

impl Wakes {
    /// Whether nothing of the pipeline was named.
    pub fn is_empty(&self) -> bool {
        self.environments.is_empty() && !self.builds
    }
}

/// What of a pipeline is named.
pub fn wakes(state: &State, pushed: &[Pushed]) -> Wakes {
    let mut wakes = Wakes::default();
    let Ok(policy) = state.policy() else {
        return wakes;
    };
    wakes.builds = pushed.iter().any(|pushed| {
        pushed.change == Change::Pushed
            && pushed.tag.is_some()
            && policy.images.values().any(|own| *own == pushed.repository)
    });
    for environment in &policy.environments {
        let tags = drift::recorded(state, environment);
        let images = drift::images(state, environment);
        let named = pushed.iter().any(|pushed| {
            let tag = |(repository, tag, _): &(_, _, _)| {
                *repository == pushed.repository && Some(tag) == pushed.tag.as_ref()
            };
            let image = pushed.digest.map(|digest| pushed.repository.pinned(digest));
            let gone = pushed.change == Change::Deleted;
            tags.iter().any(tag) || (gone && image.is_some_and(|image| images.contains(&image)))
        });
        if named {
            wakes.environments.insert(environment.name.clone());
        }
    }
    wakes
}
