//! What nobody decides: clocks, outages, clean-ups, and people who do not ask.

use super::Life;
use crate::clocks::MACHINES;
use crate::generate;
use crate::strangers;
use crate::time::{DAY, HOUR, MINUTE, SECOND};

const HOSTS: [&str; 3] = ["build.example.com", "eu.example.com", "us.example.com"];

/// What a world has from its beginning.
pub(super) fn prepare(life: &mut Life) {
    for host in HOSTS {
        if life.random.chance(250) {
            life.world
                .with(|world| world.hub.undeletable.insert(host.to_owned()));
        }
    }
}

impl Life {
    fn place(&mut self) -> Option<crate::registry::Place> {
        let policy = self.policy()?;
        let places = self
            .world
            .with(|world| generate::stranger_places(world, &policy));
        self.random.pick(&places).cloned()
    }

    pub(super) fn stranger(&mut self) {
        if let Some(place) = self.place() {
            self.world.with(|world| strangers::write_tag(world, &place));
        }
    }

    pub(super) fn deploy_by_hand(&mut self) {
        if let Some((_, environment)) = self.somewhere() {
            self.world
                .with(|world| strangers::deploy(world, &environment));
        }
    }

    /// Old tags of builds are deleted, and what no tag holds goes.
    pub(super) fn clean_up(&mut self) {
        let newest = self.builds.saturating_sub(2);
        self.world.with(|world| {
            let old = |tag: &str| {
                let number = tag.strip_prefix('r').and_then(|number| number.parse().ok());
                number.is_some_and(|number: u64| number <= newest)
            };
            let tags = world.hub.tags().map(|(place, _)| place.clone());
            let tags: Vec<_> = tags.filter(|(_, tag)| old(tag.as_str())).collect();
            for place in &tags {
                world.hub.write(place, None);
            }
            let gone = world.hub.clean_up();
            world.statistics.count("nature: clean-up");
            world.tell(|| format!("registries clean up: {} tags, {gone} images", tags.len()));
        });
    }

    /// An image is lost, with every tag that held it.
    pub(super) fn lose_image(&mut self) {
        let random = &mut self.random;
        self.world.with(|world| {
            let images: Vec<_> = world.hub.present.iter().cloned().collect();
            let Some(image) = random.pick(&images) else {
                return;
            };
            let entries = world.records.ledger;
            let places = world.hub.tags().filter(|((repository, _), digest)| {
                *repository == image.repository && *digest == image.digest
            });
            let places: Vec<_> = places.map(|(place, _)| place.clone()).collect();
            for place in &places {
                world.hub.write(place, None);
                world.hub.disturb(place, entries);
            }
            world.hub.present.remove(image);
            world.hub.lost.insert(image.clone());
            world.statistics.count("nature: image lost");
            world.tell(|| format!("registry: {image} is lost"));
        });
    }

    /// A registry's owner makes a tag immutable, for a time.
    pub(super) fn make_immutable(&mut self) {
        let thaws = self.random.chance(500);
        let Some(place) = self.place() else { return };
        self.world.with(|world| {
            if thaws {
                world.hub.immutable.clear();
            } else {
                world.tell(|| format!("registry: {}:{} is immutable", place.0, place.1));
                world.hub.immutable.insert(place);
            }
        });
    }

    pub(super) fn take_down(&mut self) {
        let Some(host) = self.random.pick(&HOSTS).copied() else {
            return;
        };
        let takes = self.random.between(MINUTE, 6 * HOUR);
        self.world.with(|world| {
            let until = world.now + takes;
            world.hub.down_until.insert(host.to_owned(), until);
            world.statistics.count("nature: registry down");
            world.tell(|| format!("registry: {host} goes down"));
        });
    }

    /// A clock jumps: a little or a lot, forward or back; until it is set right.
    pub(super) fn jump_clock(&mut self) {
        let machine = self.random.below(MACHINES);
        let (ahead, what) = match self.random.below(4) {
            0 => (
                self.random.between(10 * SECOND, 4 * MINUTE),
                "clock: a little ahead",
            ),
            1 => (
                -self.random.between(10 * SECOND, 4 * MINUTE),
                "clock: a little behind",
            ),
            2 => (
                self.random.between(6 * MINUTE, 3 * HOUR),
                "clock: far ahead",
            ),
            _ => (
                -self.random.between(6 * MINUTE, 2 * DAY),
                "clock: far behind",
            ),
        };
        let noticed = self.random.between(MINUTE, 8 * HOUR);
        self.world.with(|world| {
            world.clocks.jump(machine, ahead, world.now + noticed);
            world.statistics.count(what);
            world.tell(|| {
                format!(
                    "the clock of machine {machine} is off by {} s",
                    ahead / SECOND
                )
            });
        });
    }
}
