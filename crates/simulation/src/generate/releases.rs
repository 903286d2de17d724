//! Images that are built and pushed, and what becomes a release.

use std::collections::BTreeSet;

use liftlock_core::ImageKey;
use liftlock_core::policy::Policy;
use liftlock_core::release::About;
use liftlock_engine::IntakeRequest;
use liftlock_oci::{Digest, Image, Platform, Reference, Tag, media_types};

use super::is;
use crate::random::Random;
use crate::registry::Place;
use crate::world::World;

/// What a build is to be.
#[derive(Clone, Copy)]
pub(crate) struct Build {
    /// Its number, and with that the release's name.
    pub(crate) number: u64,
    /// How often of a thousand an image is bad.
    pub(crate) bad: u32,
    /// Whether someone says who the author is.
    pub(crate) authored: bool,
}

/// Builds and pushes an image for each key, and what is asked for then.
pub(crate) fn build(
    world: &mut World,
    random: &mut Random,
    policy: &Policy,
    build: Build,
) -> IntakeRequest {
    let name = format!("r{}", build.number);
    let environments: Vec<_> = policy
        .environments
        .iter()
        .map(|environment| environment.name.clone())
        .collect();
    let mut images = Vec::new();
    for (key, repository) in &policy.images {
        // Now and then an image is the same as in an earlier release.
        let same = latest(world, key).filter(|_| build.bad > 0 && random.chance(150));
        let image = same.unwrap_or_else(|| image(random, &format!("{key} {name}")));
        world
            .machines
            .draw_truth(random, (image.digest, build.bad), &environments);
        world.hub.push(repository, &image, &is(&name));
        let tag = Some(is(&name));
        let reference = Reference {
            repository: repository.clone(),
            tag,
            digest: None,
        };
        images.push((Some(key.clone()), reference));
    }
    let about = About {
        version: Some(format!("{}.0", build.number)),
        author: build.authored.then(|| "dan".to_owned()),
        ..About::default()
    };
    world.tell(|| format!("a build pushes {name}"));
    IntakeRequest {
        name: is(&name),
        images,
        about,
        imported: None,
        dry_run: false,
    }
}

fn latest(world: &World, key: &ImageKey) -> Option<Image> {
    let releases = world.judge.book.releases.values();
    let latest = releases.max_by_key(|release| release.number)?;
    Some(latest.content.images.get(key)?.image.clone())
}

fn image(random: &mut Random, content: &str) -> Image {
    let of = |text: &str| Digest::of(text.as_bytes());
    let digest = of(content);
    let (media_type, platforms): (_, Vec<(Platform, Digest)>) = match random.below(3) {
        0 => {
            let platform = |name: &str| (is(name), of(&format!("{content} {name}")));
            let both = vec![platform("linux/amd64"), platform("linux/arm64")];
            (media_types::OCI_INDEX, both)
        }
        1 => (media_types::OCI_MANIFEST, Vec::new()),
        _ => (media_types::OCI_MANIFEST, vec![(is("linux/amd64"), digest)]),
    };
    Image {
        digest,
        media_type: media_type.to_owned(),
        platforms,
    }
}

/// Every tag that an environment moves or writes, by what the registries and the policy say.
pub(crate) fn stranger_places(world: &World, policy: &Policy) -> Vec<Place> {
    let mut places: BTreeSet<Place> = BTreeSet::new();
    for environment in &policy.environments {
        let moving = environment.tags.iter().filter(|tag| !tag.is_write_once());
        for tag in moving.map(|template| is::<Tag>(template.as_str())) {
            for (key, repository) in &policy.images {
                for place in environment.places(key, repository).unwrap_or_default() {
                    places.insert((place, tag.clone()));
                }
            }
        }
    }
    places.extend(world.hub.tags().map(|(place, _)| place.clone()));
    places.into_iter().collect()
}
