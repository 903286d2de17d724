//! The crate from outside: what is accepted, and why the rest is not.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod bundles;
mod key_files;
mod predicates;
mod samples;
mod signatures;
mod statements;
mod verification;
