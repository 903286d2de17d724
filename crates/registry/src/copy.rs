//! Copying images between places: every byte verified, each layer read once, tags last.
//!
//! An image is first read as a [`Graph`]; from it and from what is known of the destinations a
//! plan is made, which does no IO; then blobs move, several at a time, and each destination gets
//! its manifests, its referrers, and last its tags. A copy that was interrupted is run again: what
//! is there is found without being sent.

mod discover;
mod error;
mod event;
mod fan_out;
mod graph;
mod look;
mod plan;
mod request;
mod run;
mod transfer;
mod write;

pub use discover::discover;
pub use error::CopyError;
pub use event::{CopyEvent, CopyReport};
pub use graph::{Graph, Node, Parts, Role};
pub use request::{Choice, CopyRequest, Destination, Named};
pub use run::{Copied, Delivered, copy};
