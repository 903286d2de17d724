//! Who goes on next. One thread, no clock of its own: of those that can go on, one is drawn; when
//! none can, time jumps to the next instant at which something happens.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use crate::faults::Fault;
use crate::random::Random;
use crate::world::{ProcessId, Shared};

/// More turns in one instant would be processes that only wake each other.
const TURNS_MAX: u64 = 3_000_000;

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

struct Running {
    work: Work,
    woken: Arc<Woken>,
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The processes and their turns.
pub(crate) struct Scheduler {
    world: Shared,
    random: Random,
    running: BTreeMap<ProcessId, Running>,
    started: ProcessId,
    turns: u64,
}

impl Scheduler {
    pub(crate) fn new(world: Shared, random: Random) -> Self {
        Self {
            world,
            random,
            running: BTreeMap::new(),
            started: 0,
            turns: 0,
        }
    }

    /// Starts a process; which.
    pub(crate) fn start<W>(&mut self, work: impl FnOnce(ProcessId) -> W) -> ProcessId
    where
        W: Future<Output = ()> + Send + 'static,
    {
        self.started += 1;
        let process = self.started;
        let work = Box::pin(work(process));
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        self.running.insert(process, Running { work, woken });
        self.world.whichever(|world| world.living.insert(process));
        process
    }

    /// Every process dies.
    pub(crate) fn end_all(&mut self) {
        while let Some(process) = self.running.keys().next().copied() {
            self.end(process);
        }
    }

    /// Whether any process runs.
    pub(crate) fn is_idle(&self) -> bool {
        self.running.is_empty()
    }

    /// Lets processes run until an instant of the true time, until an invariant is broken, or until
    /// there is cause for alarm.
    pub(crate) fn run_until(&mut self, until: i64) {
        while self
            .world
            .whichever(|world| world.breach.is_none() && world.alarm.is_none())
        {
            if self.turn() {
                continue;
            }
            let next = self.world.whichever(|world| world.next_timer());
            let next = next.filter(|next| *next <= until);
            self.world
                .whichever(|world| world.pass_until(next.unwrap_or(until)));
            if next.is_none() {
                return;
            }
        }
    }

    /// Lets processes run until none is left, but no longer than `longest`.
    pub(crate) fn run_to_end(&mut self, longest: i64) {
        let until = self.world.whichever(|world| world.now) + longest;
        while !self.is_idle() && self.world.whichever(|world| world.breach.is_none()) {
            if self.turn() {
                continue;
            }
            match self.world.whichever(|world| world.next_timer()) {
                Some(next) if next <= until => self.run_until(next),
                _ => {
                    let judged = Err("a process does not come to its end".to_owned());
                    self.world.whichever(|world| world.hold(judged));
                }
            }
        }
    }

    /// One turn of one process that can go on; `false` where none can.
    fn turn(&mut self) -> bool {
        let ready = self
            .running
            .iter()
            .filter(|(_, running)| running.woken.0.load(Ordering::Relaxed));
        let mut ready: Vec<ProcessId> = ready.map(|(process, _)| *process).collect();
        self.world
            .whichever(|world| ready.retain(|process| !world.absences.is_paused(*process)));
        let Some(process) = self.random.pick(&ready).copied() else {
            return false;
        };
        let Some(running) = self.running.get_mut(&process) else {
            return false;
        };
        running.woken.0.store(false, Ordering::Relaxed);
        let waker = Waker::from(Arc::clone(&running.woken));
        let polled = running.work.as_mut().poll(&mut Context::from_waker(&waker));
        self.turns += 1;
        if self.turns > TURNS_MAX {
            let judged = Err("processes wake each other for ever".to_owned());
            self.world.whichever(|world| world.hold(judged));
        }
        if polled == Poll::Ready(()) || self.dies(process) {
            self.end(process);
        }
        true
    }

    fn dies(&self, process: ProcessId) -> bool {
        self.world.whichever(|world| {
            let dies = world.doomed.take() == Some(process) || world.strikes(Fault::Crash);
            if dies {
                world.tell(|| format!("[{process}] dies"));
            }
            dies
        })
    }

    /// What a process held is dropped, as when it dies.
    pub(crate) fn end(&mut self, process: ProcessId) {
        self.world.whichever(|world| world.dying = Some(process));
        self.running.remove(&process);
        self.world.whichever(|world| {
            world.dying = None;
            world.living.remove(&process);
            world.absences.forget(process);
            world.clocks.forget(process);
        });
    }
}
