//! What happens in a world: people and machines start processes, at odd times and at once, and
//! other things happen to them.

mod alerts;
mod crew;
mod crooked;
mod happening;
mod nature;
mod overriding;
mod people;
mod replicas;
mod rest;
mod signing;
#[cfg(test)]
mod tests;

use liftlock_core::policy::Policy;
use liftlock_core::{Actor, Command};

use crate::generate;
use crate::ports::{Disk, Line};
use crate::process::{self, Act};
use crate::random::Random;
use crate::scheduler::Scheduler;
use crate::time::{DAY, HOUR, MINUTE, SECOND};
use crate::world::Shared;

/// The most that happens in one world before it comes to rest.
const HAPPENINGS_MAX: i64 = 110;

/// How long a process may take once nothing goes wrong any more.
const PROCESS_MAX: i64 = 3 * DAY;

/// A world with what goes on in it.
pub(crate) struct Life {
    world: Shared,
    scheduler: Scheduler,
    random: Random,
    disk: Option<Disk>,
    /// How many releases were built, in all pipelines.
    builds: u64,
    /// How many pipelines there are.
    pipelines: usize,
}

impl Life {
    pub(crate) fn new(world: Shared, random: &mut Random, disk: Option<Disk>) -> Self {
        let scheduler = Scheduler::new(world.clone(), random.fork());
        Self {
            world,
            scheduler,
            random: random.fork(),
            disk,
            builds: 0,
            pipelines: 1,
        }
    }

    /// From the first policy to the end of the last promotion.
    pub(crate) fn live(&mut self) {
        if self.random.chance(250) {
            self.pipelines = generate::PIPELINES.len();
            self.world
                .with(|world| world.statistics.count("world: several pipelines"));
        }
        nature::prepare(self);
        for pipeline in 0..self.pipelines {
            self.turn_to(pipeline);
            self.begin();
        }
        let count = self.random.between(30, HAPPENINGS_MAX);
        for _ in 0..count {
            if !self.goes_on() {
                return;
            }
            self.happen();
            let until = self.now() + self.gap();
            self.pass_until(until);
        }
        self.come_to_rest();
    }

    /// The first policy of a pipeline.
    fn begin(&mut self) {
        let name = generate::PIPELINES[self.world.pipeline];
        let policy = generate::policy(&mut self.random, name);
        let adopt = Act::Record(Command::Adopt {
            policy: Box::new(policy),
        });
        while self.policy().is_none() && self.goes_on() {
            self.start(vec![(generate::owner(), adopt.clone())]);
            self.scheduler.run_until(self.now() + HOUR);
        }
    }

    /// From now on things happen in this pipeline.
    fn turn_to(&mut self, pipeline: usize) {
        self.world = self.world.of(pipeline);
    }

    /// Lets time pass. Where a process died that had a program running, someone may carry on at
    /// once, while it still runs.
    fn pass_until(&mut self, until: i64) {
        self.scheduler.run_until(until);
        while let Some(pipeline) = self.world.whichever(|world| world.alarm.take()) {
            self.turn_to(pipeline);
            if self.random.chance(600) {
                let soon = self.now() + self.random.between(SECOND, 2 * MINUTE);
                self.scheduler.run_until(soon);
                self.start(vec![(generate::ci(), Act::Tick)]);
            }
            self.scheduler.run_until(until);
        }
    }

    /// Until the next thing happens: at once, in a moment, or in days.
    fn gap(&mut self) -> i64 {
        let random = &mut self.random;
        match random.below(20) {
            0..4 => 0,
            4..9 => random.between(1, 5 * SECOND),
            9..14 => random.between(MINUTE, HOUR),
            14..18 => random.between(HOUR, 12 * HOUR),
            _ => random.between(DAY, 9 * DAY),
        }
    }

    fn goes_on(&self) -> bool {
        self.world.with(|world| world.breach.is_none())
    }

    fn now(&self) -> i64 {
        self.world.with(|world| world.now)
    }

    fn policy(&self) -> Option<Policy> {
        self.world.with(|world| world.judge.book.policy.clone())
    }

    /// Starts a process that does one thing after the other.
    fn start(&mut self, acts: Vec<(Actor, Act)>) {
        let (world, disk) = (self.world.clone(), self.disk.clone());
        let run = |process| process::run(Line { world, process }, disk, acts);
        self.scheduler.start(run);
    }
}
