//! A clock that is wrong at times.

use liftlock_engine::ports::Clock;

use super::Line;

/// The clock of the machine that a process runs on.
pub(crate) struct SimulatedClock(pub(crate) Line);

impl Clock for SimulatedClock {
    fn now_us(&self) -> i64 {
        let process = self.0.process;
        self.0.world.with(|world| {
            let now = world.now;
            world.clocks.read(process, now)
        })
    }
}
