//! What was seen of an environment while it was watched, as far as the record says it.

use std::collections::BTreeMap;

use crate::decide::Seen;
use crate::drift::{Drift, images, recorded};
use crate::observed::Observed;
use crate::policy::Environment;
use crate::{CheckName, Command, EnvironmentName, State};

/// A check that failed, with everything else as it was last seen.
pub(super) fn failed(
    state: &State,
    name: &EnvironmentName,
    check: &CheckName,
    reason: &str,
) -> Option<Command> {
    let why = reason.strip_prefix(&format!("check {check}: "))?;
    let failed = BTreeMap::from([(check.clone(), why.to_owned())]);
    let known = state.environment(name).drift.as_ref();
    let known = known.map_or(&[][..], |drift| &drift.drifts);
    let mut command = looked(state, name, known, false)?;
    if let Command::NoteDrift { seen, .. } = &mut command {
        seen.failed = failed;
        seen.partly = true;
    }
    Some(command)
}

/// A check that passed, with everything else as it was last seen.
pub(super) fn passed(state: &State, name: &EnvironmentName, check: &CheckName) -> Option<Command> {
    let known = state.environment(name).drift.as_ref();
    let known = known.map_or(&[][..], |drift| &drift.drifts);
    let mut command = looked(state, name, known, false)?;
    if let Command::NoteDrift { seen, .. } = &mut command {
        seen.passed.insert(check.clone());
        seen.partly = true;
    }
    Some(command)
}

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
            failed: BTreeMap::new(),
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
