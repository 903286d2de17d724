//! Each fault does on the wire what its name says, and nothing else.

mod bodies;
mod connections;
mod descriptions;
mod limits;
mod locations;
mod referrers;
mod stale;
mod statuses;
mod uploads;
