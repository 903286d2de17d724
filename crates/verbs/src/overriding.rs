//! Overrides: asked for, confirmed, reviewed, listed.

mod confirm;
mod list;
mod request;
mod review;

pub use confirm::Confirm;
pub use list::List;
pub use request::Ask;
pub use review::Review;

pub(crate) use confirm::run as confirm;
pub(crate) use list::run as list;
pub(crate) use request::run as ask;
pub(crate) use review::run as review;
