//! This machine's time.

use std::time::{SystemTime, UNIX_EPOCH};

use liftlock_core::Time;
use liftlock_engine::ports::Clock;

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_us(&self) -> i64 {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
    }
}

/// The time now.
pub fn now() -> Time {
    Time::from_us(SystemClock.now_us())
}
