//! What a world begins with, and what its people do: drawn from the seed.

mod environments;
mod gates;
mod people;
mod releases;
mod reports;
mod variant;

pub(crate) use environments::policy;
pub(crate) use people::{actors, ci, crew, owner};
pub(crate) use releases::{Build, build, stranger_places};
pub(crate) use reports::evidence;
pub(crate) use variant::variant;

/// The one pipeline of each world.
pub(crate) const PIPELINE: &str = "app";

/// A text that is what it says; anything else is a mistake in this crate.
pub(crate) fn is<T>(text: &str) -> T
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    match text.parse() {
        Ok(value) => value,
        Err(error) => panic!("{text:?}: {error}"),
    }
}
