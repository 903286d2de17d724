//! Copies between real places: the embedded registry, layout folders, and tar files.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

#[path = "../support/mod.rs"]
mod support;

mod between;
mod budgets;
mod built;
mod choices;
mod faults;
mod referrers;
mod resumed;
