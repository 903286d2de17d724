//! A process that promotes is killed wherever it may be; what is left can always be carried on.
//!
//! Nothing here waits for a time: a process is killed at a request, inside a program it runs, or
//! after a seeded random delay, and whatever it got done by then must be a good place to go on
//! from.

mod bad_release;
mod chance;
mod committed;
mod good_release;
mod hub;
mod orphan;
mod point;
mod programs;
mod rollback;
mod shop;
mod together;
mod withdrawn;
