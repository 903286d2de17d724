//! One world, from its seed to its end.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::faults::Faults;
use crate::generate::PIPELINES;
use crate::life::Life;
use crate::ports::Disk;
use crate::random::Random;
use crate::statistics::Statistics;
use crate::time::DAWN;
use crate::world::{Shared, World};

/// One world in so many is on the real store too.
const ON_DISK_EVERY: u64 = 100;

/// In one world in so many several workers share the store, and leases expire.
const REPLICAS_EVERY: u64 = 10;

/// What came of a seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// The first invariant that was broken, or panic; `None` where all is well.
    pub breach: Option<String>,
    /// What it came by.
    pub statistics: Statistics,
    /// Every pipeline's entries, byte for byte.
    pub ledger: Vec<Vec<u8>>,
    /// What happened, line by line, where that was asked for.
    pub story: Vec<String>,
}

/// Lives through the world of a seed. The same seed gives the same ledger; `traced` only adds its
/// story.
pub fn run(seed: u64, traced: bool) -> Outcome {
    let mut random = Random::new(seed);
    let faults = Faults::draw(&mut random);
    let calm = faults.is_none();
    let world = Shared::new(World::new(DAWN, random.fork(), faults, traced));
    if calm {
        world.with(|world| world.statistics.count("world: without faults"));
    }
    let lived = catch_unwind(AssertUnwindSafe(|| {
        let disk = match seed % ON_DISK_EVERY {
            0 => Some(Disk::new().map_err(|error| format!("no folder for SQLite: {error}"))?),
            _ => None,
        };
        let mut life = Life::new(world.clone(), &mut random, disk);
        match seed % REPLICAS_EVERY {
            3 => life.live_with_replicas(),
            _ => life.live(),
        }
        Ok::<(), String>(())
    }));
    let stopped = match lived {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(error),
        Err(panic) => Some(format!("panic: {}", said(panic.as_ref()))),
    };
    let ledgers = (0..PIPELINES.len()).map(|pipeline| {
        let world = world.of(pipeline);
        world.with(|world| std::mem::take(&mut world.records.entries))
    });
    let ledger = ledgers.flatten().collect();
    world.with(|world| Outcome {
        seed,
        breach: world.breach.take().or(stopped),
        statistics: std::mem::take(&mut world.statistics),
        ledger,
        story: world.story.take().unwrap_or_default(),
    })
}

fn said(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without words")
}
