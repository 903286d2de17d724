//! For tests that run the real binary: a [`World`] is a temporary folder, an embedded registry on
//! loopback, images pushed to it, and programs that deploy and check without docker.
//!
//! Whatever a test cannot set up ends it with a panic that says why.

mod binary;
mod image;
mod normalise;
mod passage;
mod postgres;
mod programs;
mod registry;
mod watch;
mod world;

pub use binary::{Output, Process};
pub use normalise::normalise;
pub use passage::{CommitCut, Passage};
pub use postgres::Postgres;
pub use programs::Deployment;
pub use registry::Registry;
pub use watch::{Answer, Arrival, Moment};
pub use world::World;
