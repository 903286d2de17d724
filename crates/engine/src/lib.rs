//! Loads, plans, commits, executes, observes and records, through ports.

pub mod ports;
