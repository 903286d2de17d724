//! An environment's own repositories: valid for each image, each named once, one image in each.

use std::collections::{BTreeMap, BTreeSet};

use liftlock_oci::Repository;

use super::Found;
use crate::ImageKey;
use crate::policy::{Environment, Policy, RepositoryTemplate};

/// The most repositories of one environment.
const REPOSITORIES_MAX: usize = 64;

/// The most tags that a promotion into repositories of an environment's own writes, over all
/// images and repositories: its plan names each, and is one entry of the ledger, under 64 KiB.
const WRITES_MAX: usize = 100;

pub(super) fn check(policy: &Policy, found: &mut Found) {
    let images = policy.images.iter();
    let mut lives: BTreeMap<Repository, &ImageKey> = images
        .map(|(key, repository)| (repository.clone(), key))
        .collect();
    for environment in &policy.environments {
        if let Some(message) = too_large(policy, environment) {
            found.add(at(environment), message);
        } else {
            each(policy, environment, &mut lives, found);
        }
    }
}

/// What is over a limit is refused, and not looked at.
pub(super) fn is_too_large(policy: &Policy, environment: &Environment) -> bool {
    too_large(policy, environment).is_some()
}

fn too_large(policy: &Policy, environment: &Environment) -> Option<String> {
    let (repositories, images) = (environment.repositories.len(), policy.images.len());
    if repositories > REPOSITORIES_MAX {
        return Some(format!(
            "{repositories} repositories; the limit is {REPOSITORIES_MAX}"
        ));
    }
    let tags = environment.tags.len().max(1);
    let writes = repositories * images * tags;
    (writes > WRITES_MAX).then(|| {
        format!(
            "{repositories} repositories, {} and {} make {writes} tags to write; the limit is {WRITES_MAX}",
            count(images, "image"),
            count(tags, "tag")
        )
    })
}

fn count(number: usize, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        _ => format!("{number} {thing}s"),
    }
}

fn each<'p>(
    policy: &'p Policy,
    environment: &Environment,
    lives: &mut BTreeMap<Repository, &'p ImageKey>,
    found: &mut Found,
) {
    let path = at(environment);
    let mut here = BTreeSet::new();
    for (index, template) in environment.repositories.iter().enumerate() {
        if !template.has_image() && policy.images.len() > 1 {
            let message = format!(
                "{template} would be the repository of {} images; write {{image}} in it, such as {template}/{{image}}",
                policy.images.len()
            );
            found.add_at(path, index, message);
            continue;
        }
        for image in policy.images.keys() {
            if let Err(message) = place(image, template, &mut here, lives) {
                found.add_at(path, index, message);
            }
        }
    }
}

fn at(environment: &Environment) -> [&str; 3] {
    ["environments", environment.name.as_str(), "repository"]
}

fn place<'p>(
    image: &'p ImageKey,
    template: &RepositoryTemplate,
    here: &mut BTreeSet<Repository>,
    lives: &mut BTreeMap<Repository, &'p ImageKey>,
) -> Result<(), String> {
    let repository = template
        .expand(image)
        .map_err(|error| format!("for the image {image}: {error}"))?;
    match *lives.entry(repository.clone()).or_insert(image) {
        other if other != image => Err(format!(
            "{repository}, for the image {image}, is the repository of {other} already"
        )),
        _ if !here.insert(repository.clone()) => {
            Err(format!("{repository} is in the list already"))
        }
        _ => Ok(()),
    }
}
