//! The world that processes live in: time, registries, machines, the store, and who watches.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use liftlock_core::{PromotionId, Time};

use crate::absences::Absences;
use crate::clocks::Clocks;
use crate::faults::{Fault, Faults};
use crate::generate::PIPELINES;
use crate::judge::Judge;
use crate::machines::Machines;
use crate::random::Random;
use crate::records::Records;
use crate::registry::Hub;
use crate::statistics::Statistics;

/// A process; its number rises with each that starts.
pub(crate) type ProcessId = u64;

/// Everything there is but the processes.
pub(crate) struct World {
    /// The true time; every clock is off by its own.
    pub(crate) now: i64,
    timers: BTreeMap<(i64, u64), Waker>,
    timers_set: u64,
    pub(crate) random: Random,
    pub(crate) faults: Faults,
    pub(crate) clocks: Clocks,
    pub(crate) records: Records,
    pub(crate) hub: Hub,
    pub(crate) machines: Machines,
    pub(crate) judge: Judge,
    pub(crate) statistics: Statistics,
    /// What happened, line by line; `None` where nobody reads it.
    pub(crate) story: Option<Vec<String>>,
    /// A process that dies where it waits next.
    pub(crate) doomed: Option<ProcessId>,
    /// Leases expire, as on PostgreSQL: the death of their holder does not free them.
    pub(crate) leases_expire: bool,
    /// Who cannot reach the store now, or is paused.
    pub(crate) absences: Absences,
    pub(crate) living: BTreeSet<ProcessId>,
    /// The process that dies just now: what it holds is dropped and not given back.
    pub(crate) dying: Option<ProcessId>,
    /// In which pipeline a process died with a program of its running: someone may notice at once.
    pub(crate) alarm: Option<usize>,
    /// The promotions that the last tick could not look at.
    pub(crate) stopped: BTreeSet<PromotionId>,
    /// The pipeline that is looked at: whose machines, records and judge these are.
    pipeline: usize,
    aside: BTreeMap<usize, Aside>,
    /// The first invariant that was broken.
    pub(crate) breach: Option<String>,
}

/// What belongs to a pipeline that is not looked at now.
#[derive(Default)]
struct Aside {
    records: Records,
    machines: Machines,
    judge: Judge,
    stopped: BTreeSet<PromotionId>,
}

impl World {
    pub(crate) fn new(now: i64, random: Random, faults: Faults, traced: bool) -> Self {
        Self {
            now,
            timers: BTreeMap::new(),
            timers_set: 0,
            random,
            faults,
            clocks: Clocks::default(),
            records: Records::default(),
            hub: Hub::default(),
            machines: Machines::default(),
            judge: Judge::default(),
            statistics: Statistics::default(),
            story: traced.then(Vec::new),
            doomed: None,
            leases_expire: false,
            absences: Absences::default(),
            living: BTreeSet::new(),
            dying: None,
            alarm: None,
            stopped: BTreeSet::new(),
            pipeline: 0,
            aside: BTreeMap::new(),
            breach: None,
        }
    }

    /// Looks at a pipeline. What the store has in common stays where it is.
    pub(crate) fn look_at(&mut self, pipeline: usize) {
        if pipeline == self.pipeline {
            return;
        }
        let mut other = self.aside.remove(&pipeline).unwrap_or_default();
        std::mem::swap(&mut other.records, &mut self.records);
        other.records.share(&mut self.records);
        std::mem::swap(&mut other.machines, &mut self.machines);
        std::mem::swap(&mut other.judge, &mut self.judge);
        std::mem::swap(&mut other.stopped, &mut self.stopped);
        self.aside.insert(self.pipeline, other);
        self.pipeline = pipeline;
    }

    /// The name of the pipeline that is looked at.
    pub(crate) fn pipeline(&self) -> &'static str {
        PIPELINES[self.pipeline]
    }

    fn machines(&mut self) -> impl Iterator<Item = &mut Machines> {
        let others = self.aside.values_mut().map(|other| &mut other.machines);
        std::iter::once(&mut self.machines).chain(others)
    }

    /// Whether a fault strikes now.
    pub(crate) fn strikes(&mut self, fault: Fault) -> bool {
        let strikes = self.random.chance(self.faults.per_mille(fault));
        if strikes {
            self.statistics.count(fault.name());
            self.tell(|| fault.name().to_owned());
        }
        strikes
    }

    /// A line for the story.
    pub(crate) fn tell(&mut self, line: impl FnOnce() -> String) {
        if let Some(story) = &mut self.story {
            story.push(format!("{:#} {}", Time::from_us(self.now), line()));
        }
    }

    /// Notes the first breach; the run ends with it.
    pub(crate) fn hold(&mut self, judged: Result<(), String>) {
        if let Err(breach) = judged {
            self.tell(|| format!("BREACH: {breach}"));
            self.breach.get_or_insert(breach);
        }
    }

    /// When something that was waited for is next over.
    pub(crate) fn next_timer(&mut self) -> Option<i64> {
        let timer = self.timers.keys().next().map(|(due, _)| *due);
        let next = self
            .machines()
            .filter_map(|machines| machines.next_change());
        let next = timer.into_iter().chain(next).min();
        next.into_iter().chain(self.absences.next_end()).min()
    }

    /// Lets time pass until `now`, and wakes who waited for it.
    pub(crate) fn pass_until(&mut self, now: i64) {
        let now = now.max(self.now);
        self.statistics.lived(now - self.now);
        self.now = now;
        self.records.pass_until(now);
        for process in self.absences.ended(now) {
            self.records.come_back(process);
            self.tell(|| format!("[{process}] is back"));
        }
        let lines = self.machines().map(|machines| machines.pass_until(now));
        for line in lines.collect::<Vec<_>>().concat() {
            self.tell(|| line);
        }
        while let Some(first) = self.timers.first_entry() {
            if first.key().0 > now {
                return;
            }
            first.remove().wake();
        }
    }
}

/// The world, as each process and each port holds it: from one pipeline's side. One thread only ever
/// uses it.
#[derive(Clone)]
pub(crate) struct Shared {
    world: Arc<Mutex<World>>,
    pub(crate) pipeline: usize,
}

impl Shared {
    pub(crate) fn new(world: World) -> Self {
        let world = Arc::new(Mutex::new(world));
        Self { world, pipeline: 0 }
    }

    /// The same world from another pipeline's side.
    pub(crate) fn of(&self, pipeline: usize) -> Self {
        let world = Arc::clone(&self.world);
        Self { world, pipeline }
    }

    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        self.whichever(|world| {
            world.look_at(self.pipeline);
            act(world)
        })
    }

    /// For what has nothing to do with any pipeline.
    pub(crate) fn whichever<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        act(&mut self.world.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits for `us` microseconds of true time.
    pub(crate) fn pause(&self, us: i64) -> Pause {
        Pause {
            world: self.clone(),
            us,
            due: None,
        }
    }
}

/// A wait: where the scheduler may let others go on, and where a process may die.
pub(crate) struct Pause {
    world: Shared,
    us: i64,
    due: Option<i64>,
}

impl Future for Pause {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let (us, due) = (self.us, self.due);
        let set = self.world.whichever(|world| {
            let due = due.unwrap_or(world.now + us.max(1));
            if due <= world.now {
                return None;
            }
            world.timers_set += 1;
            let key = (due, world.timers_set);
            world.timers.insert(key, context.waker().clone());
            Some(due)
        });
        self.due = set.or(due);
        match set {
            Some(_) => Poll::Pending,
            None => Poll::Ready(()),
        }
    }
}
