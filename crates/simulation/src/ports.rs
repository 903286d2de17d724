//! The engine's ports, simulated. Every operation waits before and after it does anything: there
//! others go on, and there its process may die.

mod attestations;
mod clock;
mod delivery;
mod disk;
mod registries;
mod store;
mod write_tag;

pub(crate) use attestations::SimulatedAttestations;
pub(crate) use clock::SimulatedClock;
pub(crate) use delivery::SimulatedDelivery;
pub(crate) use disk::Disk;
pub(crate) use registries::SimulatedRegistries;
pub(crate) use store::SimulatedStore;

use crate::faults::Fault;
use crate::time::{MILLISECOND, MINUTE};
use crate::world::{ProcessId, Shared};

/// What a process has of the world.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) world: Shared,
    pub(crate) process: ProcessId,
}

impl Line {
    /// The way of a request or of its answer.
    pub(crate) async fn travel(&self) {
        let us = self.world.with(|world| {
            if world.strikes(Fault::Slow) {
                world.random.between(MINUTE, 15 * MINUTE)
            } else {
                world.random.between(1, 200 * MILLISECOND)
            }
        });
        self.world.pause(us).await;
    }

    /// A wait of the machine itself.
    pub(crate) async fn blink(&self) {
        let us = self
            .world
            .with(|world| world.random.between(1, 20 * MILLISECOND));
        self.world.pause(us).await;
    }
}
