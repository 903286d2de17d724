//! Incidents: opened, resolved.

mod open;
mod resolve;

pub use open::Open;
pub use resolve::Resolve;

pub(crate) use open::run as open;
pub(crate) use resolve::run as resolve;
