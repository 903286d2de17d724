//! What was seen of an environment while it was watched, as far as the record says it.

use crate::decide::Seen;
use crate::drift::{Drift, images, recorded};
use crate::observed::Observed;
use crate::policy::Environment;
use crate::{Command, EnvironmentName, State};

/// Everything as recorded, but for these differences; its checks passed, or were not run.
pub(super) fn looked(
    state: &State,
    name: &EnvironmentName,
    drifts: &[Drift],
    passed: bool,
) -> Option<Command> {
    let environment = state.policy().ok()?.environment(name)?;
    let checks = environment.checks.iter().filter(|_| passed);
    Some(Command::NoteDrift {
        environment: name.clone(),
        seen: Seen {
            from: state.version,
            observed: observed(state, environment, drifts),
            partly: false,
            passed: checks.map(|check| check.name.clone()).collect(),
        },
    })
}

fn observed(state: &State, environment: &Environment, drifts: &[Drift]) -> Observed {
    let tags = recorded(state, environment).into_iter();
    let there = images(state, environment).into_iter();
    let mut observed = Observed {
        tags: tags
            .map(|(repository, tag, digest)| ((repository, tag), Some(digest)))
            .collect(),
        present: there.map(|image| (image, true)).collect(),
        ..Observed::default()
    };
    for drift in drifts {
        match drift {
            Drift::Tag {
                repository,
                tag,
                found,
                ..
            }
            | Drift::NewPlace {
                repository,
                tag,
                found,
                ..
            } => {
                let place = (repository.clone(), tag.clone());
                observed.tags.insert(place, *found);
            }
            Drift::Running { image, found, .. } => {
                observed.running.insert(image.clone(), found.clone());
            }
            Drift::Gone { image, .. } => {
                observed.present.insert(image.clone(), false);
            }
        }
    }
    observed
}
