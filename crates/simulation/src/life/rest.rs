//! The faults stop, time goes on: everything comes to its end.

use liftlock_core::{Entry, State};
use liftlock_engine::decode;

use super::{Life, PROCESS_MAX};
use crate::faults::Faults;
use crate::generate::{self, PIPELINES};
use crate::process::Act;
use crate::time::{DAY, HOUR, MINUTE, SECOND};

/// How often a tick is needed at most, for one to follow from the other.
const TICKS_MAX: u32 = 40;

impl Life {
    pub(super) fn come_to_rest(&mut self) {
        self.calm();
        for pipeline in 0..self.pipelines {
            self.turn_to(pipeline);
            self.settle();
            self.at_rest();
            self.bring_one_through();
            self.settle();
            self.at_rest();
        }
        // What still waits is not waited for any longer.
        self.scheduler.run_until(self.now() + 9 * DAY);
        for pipeline in 0..self.pipelines {
            self.turn_to(pipeline);
            self.settle();
            if self.goes_on() {
                let judged = self.world.with(|world| nothing_open(&world.judge.book));
                self.world.with(|world| world.hold(judged));
            }
            self.replay();
        }
    }

    /// Nothing goes wrong any more.
    fn calm(&mut self) {
        self.world.with(|world| {
            world.faults = Faults::default();
            world.alarm = None;
            world.clocks.mend();
            world.hub.down_until.clear();
            world.hub.immutable.clear();
            world.hub.keyless = false;
            world.tell(|| "the faults stop".to_owned());
        });
        self.scheduler.run_to_end(PROCESS_MAX);
        // A clock that was ahead has left its mark.
        let lasts = (0..self.pipelines).map(|pipeline| {
            let world = self.world.of(pipeline);
            world.with(|world| world.judge.book.last.us())
        });
        let now = self.now().max(lasts.max().unwrap_or_default()) + SECOND;
        self.scheduler.run_until(now);
    }

    /// Ticks until nothing more comes of it.
    pub(super) fn settle(&mut self) {
        for _ in 0..TICKS_MAX {
            if !self.goes_on() {
                return;
            }
            let before = self.world.with(|world| world.records.entries.len());
            self.start(vec![(generate::ci(), Act::Tick)]);
            self.scheduler.run_to_end(PROCESS_MAX);
            let after = self.world.with(|world| world.records.entries.len());
            if before == after {
                return;
            }
            self.scheduler.run_until(self.now() + MINUTE);
        }
        let judged = Err("it never comes to rest".to_owned());
        self.world.with(|world| world.hold(judged));
    }

    pub(super) fn at_rest(&mut self) {
        if self.goes_on() {
            self.world.with(|world| {
                let now = liftlock_core::Time::from_us(world.now);
                let judged = world.judge.at_rest(now, &world.stopped);
                world.hold(judged);
            });
        }
    }

    /// The ledger, read from its bytes, gives the state; and the real store verifies it.
    pub(super) fn replay(&mut self) {
        if !self.goes_on() {
            return;
        }
        if let Some(disk) = &self.disk {
            if let Err(error) = disk.run(disk.store.verify()) {
                let judged = Err(format!("SQLite does not verify: {error}"));
                self.world.with(|world| world.hold(judged));
            }
            self.world
                .with(|world| world.statistics.count("world: on SQLite"));
        }
        self.world.with(|world| {
            let pipeline = PIPELINES[self.world.pipeline];
            let entries = (1..).zip(&world.records.entries);
            let entries: Result<Vec<Entry>, _> = entries
                .map(|(n, bytes)| decode(pipeline, n, bytes))
                .collect();
            let replayed = entries.map_err(|error| error.to_string());
            let replayed = replayed
                .and_then(|entries| State::replay(&entries).map_err(|error| error.to_string()));
            let judged = match replayed {
                Ok(state) if state == world.judge.state => Ok(()),
                Ok(_) => Err("replaying the ledger gives another state".to_owned()),
                Err(error) => Err(format!("the ledger does not replay: {error}")),
            };
            world.hold(judged);
        });
    }

    /// Lets time pass with nobody about but the one who ticks.
    pub(super) fn wait(&mut self, us: i64) {
        let until = self.now() + us;
        while self.now() < until && self.goes_on() {
            self.scheduler.run_until(until.min(self.now() + 6 * HOUR));
        }
    }
}

fn nothing_open(book: &crate::judge::Book) -> Result<(), String> {
    let open = book.attempts.values().find(|attempt| attempt.is_open());
    match open {
        Some(attempt) => Err(format!("{} is open for ever", attempt.request.id)),
        None => Ok(()),
    }
}
