//! The faults of a running registry.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::memory::Memory;
use super::{Action, Fault, Kind};

/// The faults that are switched on. Clones are handles of the same set: keep one, and give the
/// other to [`ServerOptions`](crate::ServerOptions). Changes count from the next request on.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<Set>>);

#[derive(Debug, Default)]
struct Set {
    armed: Vec<Armed>,
    memory: Memory,
}

#[derive(Debug)]
struct Armed {
    fault: Fault,
    /// Requests that its filter fits.
    seen: u64,
    /// Those that it touched.
    touched: u64,
}

impl Faults {
    /// Switches these on, and all others off. What earlier ones left behind, such as reads that
    /// are still stale, is forgotten.
    pub fn set(&self, faults: impl IntoIterator<Item = Fault>) {
        let armed = faults.into_iter().map(Armed::new).collect();
        let memory = Memory::default();
        *self.lock() = Set { armed, memory };
    }

    /// Switches one more on.
    pub fn add(&self, fault: Fault) {
        self.lock().armed.push(Armed::new(fault));
    }

    /// Switches all off.
    pub fn clear(&self) {
        self.set([]);
    }

    /// How many requests each fault touched since it was switched on, in the order of adding.
    pub fn touched(&self) -> Vec<u64> {
        self.lock().armed.iter().map(|one| one.touched).collect()
    }

    /// Counts a request, and says what is to happen to it.
    pub(crate) fn arrive(&self, method: &str, kind: Kind, repository: Option<&str>) -> Vec<Action> {
        let mut set = self.lock();
        let fitting = set
            .armed
            .iter_mut()
            .filter(|one| one.fault.filter.fits(method, kind, repository));
        fitting.filter_map(Armed::arrive).collect()
    }

    /// Works on what faults remember from one request to a later one.
    pub(crate) fn remember<T>(&self, work: impl FnOnce(&mut Memory) -> T) -> T {
        work(&mut self.lock().memory)
    }

    fn lock(&self) -> MutexGuard<'_, Set> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Armed {
    fn new(fault: Fault) -> Self {
        Self {
            fault,
            seen: 0,
            touched: 0,
        }
    }

    fn arrive(&mut self) -> Option<Action> {
        let touches = self.fault.filter.touches(self.seen);
        self.seen += 1;
        self.touched += u64::from(touches);
        touches.then(|| self.fault.action.clone())
    }
}
