//! People and programs that do not ask: they write tags, delete them, clean up, deploy by hand.

use liftlock_core::EnvironmentName;
use liftlock_oci::{Digest, Image, media_types};

use crate::registry::Place;
use crate::world::World;

/// Someone points a tag at something else: at an image of theirs, at one of ours, or nowhere.
pub(crate) fn write_tag(world: &mut World, place: &Place) {
    if world.hub.immutable.contains(place) {
        return;
    }
    let kind = world.random.below(5);
    let repository = &place.0;
    let theirs = || {
        world
            .hub
            .present
            .iter()
            .filter(|image| image.repository == *repository)
    };
    let digest = match kind {
        0 => None,
        1 => {
            let count = theirs().count();
            let nth = world.random.below(count);
            theirs().nth(nth).map(|image| image.digest)
        }
        _ => {
            let digest = Digest::of(format!("strange {}", world.random.next()).as_bytes());
            let image = Image {
                digest,
                media_type: media_types::OCI_MANIFEST.to_owned(),
                platforms: Vec::new(),
            };
            world.hub.images.insert(digest, image);
            world.hub.present.insert(repository.pinned(digest));
            Some(digest)
        }
    };
    let entries = world.records.ledger;
    world.hub.write(place, digest);
    world.hub.disturb(place, entries);
    world.statistics.count("stranger: writes a tag");
    world.tell(|| {
        let to = digest.map_or_else(|| "nothing".to_owned(), |digest| digest.short());
        format!("a stranger writes {}:{} -> {to}", place.0, place.1)
    });
}

/// Someone deploys something by hand.
pub(crate) fn deploy(world: &mut World, environment: &EnvironmentName) {
    let running = world.machines.running(environment);
    let keys: Vec<_> = running.keys().cloned().collect();
    let Some(key) = world.random.pick(&keys).cloned() else {
        return;
    };
    let digest = Digest::of(format!("by hand {}", world.random.next()).as_bytes());
    let entries = world.records.entries.len() as u64;
    world
        .machines
        .deploy_by_hand(environment, (key, digest), entries);
    world.statistics.count("stranger: deploys by hand");
    world.tell(|| format!("a stranger deploys something to {environment}"));
}
