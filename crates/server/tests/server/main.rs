//! The server over loopback, with a real state, as any client sees it.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]
#![expect(clippy::disallowed_methods, reason = "tests have routes of their own")]

mod callers;
mod certificates;
mod ending;
mod events;
mod health;
mod hostile;
mod identity;
mod matrix;
mod metrics;
mod running;
mod tiles;
mod webhooks;
