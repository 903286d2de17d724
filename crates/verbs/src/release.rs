//! Releases: created, listed, shown.

mod create;
mod list;
mod show;

pub use create::{Create, ImageArgument, Label};
pub use list::List;
pub use show::Show;

pub(crate) use create::run as create;
pub(crate) use list::run as list;
pub(crate) use show::run as show;
