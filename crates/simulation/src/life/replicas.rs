//! Several workers share the store, as servers do on PostgreSQL: their leases expire while they are
//! cut off, paused or dead, and nobody wakes them for anything.

use std::collections::BTreeSet;
use std::pin::pin;

use liftlock_core::decide::Wanted;
use liftlock_core::policy::Gates;
use liftlock_core::{Command, PipelineName, Span, Time};
use liftlock_engine::ports::{Changes, Store, StoreError};
use liftlock_engine::worker::{Pace, Stop, Ticked, Wake, WorkError, Workplace, work};

use super::Life;
use crate::faults::Faults;
use crate::generate::{self, PIPELINES};
use crate::ports::{Line, SimulatedStore};
use crate::process::{Act, engine};
use crate::time::{HOUR, MINUTE, SECOND};
use crate::world::ProcessId;

const REPLICAS: usize = 3;

/// After so long in peace somebody is at everything that can go on: a lease has expired, and the
/// pace's longest wait is over ([`Pace::look_every`], [`Pace::backoff_max`], a quarter longer).
const TAKEN_UP_WITHIN: i64 = 15 * MINUTE;

/// Everything is over by then: two deployments that were begun again, and their checks.
const OVER_WITHIN: i64 = 90 * MINUTE;

/// Where one worker of the simulation works.
struct Bench(Line);

impl Bench {
    fn store(&self) -> SimulatedStore {
        SimulatedStore {
            line: self.0.clone(),
            disk: None,
        }
    }
}

impl Workplace for Bench {
    fn now(&self) -> Time {
        Time::from_us(self.0.world.whichever(|world| world.now))
    }

    async fn sleep(&self, span: Span) {
        self.0.world.pause(span.us()).await;
    }

    async fn pipelines(&self) -> Result<Vec<String>, StoreError> {
        self.store().streams().await
    }

    async fn changes(&self, from: u64) -> Result<Changes, StoreError> {
        self.store().changes(from).await
    }

    async fn tick(&self, pipeline: &PipelineName, stop: &Stop) -> Result<Ticked, WorkError> {
        let lease = self.store().acquire(&format!("worker/{pipeline}")).await?;
        let Some((lease, _)) = lease else {
            return Ok(Ticked::Elsewhere);
        };
        let engine = engine(&self.0, None, generate::ci()).stopping_with(stop.clone());
        let mut ticking = pin!(engine.tick());
        let report = tokio::select! {
            biased;
            ended = &mut ticking => ended?,
            () = self.sleep(Pace::default().long) => {
                drop(lease);
                ticking.await?
            }
        };
        self.0.world.with(|world| {
            if !report.carried.is_empty() {
                world.statistics.count("replica: carried on");
            }
        });
        Ok(Ticked::Done(Box::new(report)))
    }
}

async fn replica(line: Line) {
    let pace = Pace {
        seed: line.process,
        // Nothing else costs as much over the hours.
        poll_every: Span::from_secs(10),
        ..Pace::default()
    };
    let (wake, stop) = (Wake::default(), Stop::default());
    work(&Bench(line), &pace, (&wake, &stop), &|_| {}).await;
}

impl Life {
    /// From the first policy to the end of the last promotion, with workers that are always there.
    pub(crate) fn live_with_replicas(&mut self) {
        self.disk = None;
        self.world.with(|world| {
            world.leases_expire = true;
            world.faults = Faults::default();
            world.statistics.count("world: replicas");
        });
        self.adopt_plain();
        let mut replicas: Vec<ProcessId> = (0..REPLICAS).map(|_| self.replica()).collect();
        for _ in 0..self.random.between(1, 3) {
            if !self.goes_on() {
                break;
            }
            self.ask_everywhere();
            for _ in 0..self.random.between(1, 8) {
                let until = self.now() + self.random.between(0, 6 * MINUTE);
                self.scheduler.run_until(until);
                let place = self.random.below(REPLICAS);
                replicas[place] = self.hardship(replicas[place]);
            }
            self.scheduler.run_until(self.now() + TAKEN_UP_WITHIN);
            self.everything_is_taken_up();
            self.scheduler.run_until(self.now() + OVER_WITHIN);
            self.everything_is_over();
        }
        self.scheduler.end_all();
        self.replay();
    }

    /// Environments without gates: what is asked for can go on at once.
    fn adopt_plain(&mut self) {
        while self.policy().is_none() && self.goes_on() {
            self.try_plain();
        }
    }

    fn try_plain(&mut self) {
        let mut policy = loop {
            let policy = generate::policy(&mut self.random, PIPELINES[0]);
            let plain = |e: &liftlock_core::policy::Environment| {
                e.repositories.is_empty() && !e.tags.is_empty() && e.sign.is_none()
            };
            if policy.environments.iter().all(plain) {
                break policy;
            }
        };
        for environment in &mut policy.environments {
            environment.gates = Gates::None;
            environment.after.clear();
        }
        let policy = Box::new(policy);
        let adopt = Act::Record(Command::Adopt { policy });
        self.start(vec![(generate::owner(), adopt)]);
        self.scheduler.run_to_end(HOUR);
    }

    fn replica(&mut self) -> ProcessId {
        let world = self.world.clone();
        self.scheduler
            .start(|process| replica(Line { world, process }))
    }

    /// A new release is asked for everywhere, and whoever asked leaves.
    fn ask_everywhere(&mut self) {
        self.build(0);
        self.scheduler.run_until(self.now() + MINUTE);
        let release = Self::release_named(self.builds);
        let Some(policy) = self.policy() else { return };
        for environment in &policy.environments {
            let wanted = Wanted {
                release: release.clone(),
                environment: environment.name.clone(),
                older: false,
                again: false,
            };
            let detach = true;
            self.start(vec![(generate::ci(), Act::Promote { wanted, detach })]);
        }
    }

    /// Something happens to a worker; which one is in its place then.
    fn hardship(&mut self, replica: ProcessId) -> ProcessId {
        let us = self.random.between(5 * SECOND, 2 * MINUTE);
        let drawn = self.random.below(4);
        if drawn == 0 {
            self.scheduler.end(replica);
            self.world.with(|world| {
                world.statistics.count("replica: killed");
                world.tell(|| format!("[{replica}] is killed"));
            });
            return self.replica();
        }
        let random = &mut self.random;
        self.world.with(|world| {
            // A machine that is paused has its programs paused with it; those here go on.
            let paused = drawn == 1 && !world.machines.has_program(replica);
            world.send_away(replica, (us, paused), random);
        });
        replica
    }

    /// Nobody waits any more for what can go on.
    fn everything_is_taken_up(&mut self) {
        self.world.with(|world| {
            let name = |place: &str| format!("{}/{place}", PIPELINES[0]);
            let open = world.judge.book.attempts.values().filter(|a| a.is_open());
            let left = open.map(|a| (a.request.id, name(a.request.environment.as_str())));
            let left = left.filter(|(_, lease)| !world.records.is_held(lease));
            let left: BTreeSet<_> = left.map(|(id, _)| id).collect();
            if !left.is_empty() {
                world.hold(Err(format!("nobody is at {left:?}")));
            }
        });
    }

    /// Each promotion has come to a good end.
    fn everything_is_over(&mut self) {
        self.world.with(|world| {
            let open = world.judge.book.attempts.values().find(|a| a.is_open());
            let judged = match open {
                Some(attempt) => Err(format!("{} is open for ever", attempt.request.id)),
                None => Ok(()),
            };
            world.hold(judged);
            let (now, none) = (Time::from_us(world.now), BTreeSet::new());
            let judged = world.judge.at_rest(now, &none);
            world.hold(judged);
        });
    }
}
