//! What a world begins with, and what its people do: drawn from the seed.

mod environments;
mod gates;
mod keys;
mod people;
mod releases;
mod reports;
mod signed;
mod statements;
mod variant;

pub(crate) use environments::policy;
pub(crate) use gates::{evidence_gate, is_signature};
pub(crate) use keys::with_key_replaced;
pub(crate) use people::{actors, ci, crew, owner};
pub(crate) use releases::{Build, build, stranger_places};
pub(crate) use reports::{evidence, poor};
pub(crate) use signed::{
    any as signed_by_anyone, honest as signed_well, nearly as signed_nearly_well,
};
pub(crate) use statements::statements;
pub(crate) use variant::variant;

/// The pipelines of each world: the first, or both, in one store and in the same registries.
pub(crate) const PIPELINES: [&str; 2] = ["app", "site"];

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
