//! Deployments and checks: something to run, for images that are there.

use super::Found;
use super::checks;
use crate::policy::{Deploy, Environment, Policy};

pub(super) fn check(policy: &Policy, environment: &Environment, found: &mut Found) {
    let at = ["environments", environment.name.as_str()];
    if let Some(Deploy::Compose {
        files, services, ..
    }) = &environment.deploy
    {
        let path = || at.into_iter().chain(["deploy", "compose"]);
        if files.is_empty() {
            found.add(path(), "compose needs a `file`");
        }
        if services.is_empty() {
            found.add(
                path(),
                "`services` says which service runs which image; it lists none",
            );
        }
        for (service, image) in services {
            if !policy.images.contains_key(image) {
                found.add(
                    path().chain(["services", service.as_str()]),
                    format!("{image} is not an image of this pipeline"),
                );
            }
        }
    }
    if let Some(Deploy::Gitops(gitops)) = &environment.deploy {
        let path = || at.into_iter().chain(["deploy", "gitops", "images"]);
        for image in policy.images.keys() {
            if gitops.images.get(image).is_none_or(Vec::is_empty) {
                found.add(path(), format!("{image} has no place in the repository"));
            }
        }
        for image in gitops.images.keys() {
            if !policy.images.contains_key(image) {
                found.add(
                    path().chain([image.as_str()]),
                    format!("{image} is not an image of this pipeline"),
                );
            }
        }
    }
    if let Some(Deploy::Command { command, .. }) = &environment.deploy
        && command.is_empty()
    {
        found.add(
            at.into_iter().chain(["deploy", "command"]),
            "the command is empty",
        );
    }
    checks::check(policy, environment, found);
}
