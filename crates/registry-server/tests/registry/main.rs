//! The registry over loopback, as any client sees it.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod faults;
mod serve;
mod support;
