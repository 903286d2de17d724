//! Tags: listed, put, guarded, and taken back.

mod guarded;
mod immutable;
pub(crate) mod list;
mod put;
mod remove;
mod retag;

pub use retag::Tagged;
