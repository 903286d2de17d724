//! The clocks of the machines that processes run on: each is off by its own, and jumps.

use std::collections::BTreeMap;

use crate::world::ProcessId;

/// How many machines there are.
pub(crate) const MACHINES: usize = 2;

/// What the clocks say.
#[derive(Debug, Default)]
pub(crate) struct Clocks {
    /// How far each is ahead of the true time, and until when.
    ahead: [(i64, i64); MACHINES],
    /// What each living process has read.
    reads: BTreeMap<ProcessId, Vec<i64>>,
}

impl Clocks {
    /// What a process reads.
    pub(crate) fn read(&mut self, process: ProcessId, now: i64) -> i64 {
        let machine = process as usize % MACHINES;
        let (ahead, until) = self.ahead[machine];
        let read = if now < until { now + ahead } else { now };
        self.reads.entry(process).or_default().push(read);
        read
    }

    /// Everything that a process has read.
    pub(crate) fn reads(&self, process: ProcessId) -> &[i64] {
        self.reads.get(&process).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn forget(&mut self, process: ProcessId) {
        self.reads.remove(&process);
    }

    /// The clock of a machine is off until someone notices.
    pub(crate) fn jump(&mut self, machine: usize, ahead: i64, until: i64) {
        self.ahead[machine] = (ahead, until);
    }

    /// Every clock is right again.
    pub(crate) fn mend(&mut self) {
        self.ahead = [(0, 0); MACHINES];
    }
}
