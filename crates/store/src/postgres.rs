//! PostgreSQL: where it is, its tables, and who holds a lease.

mod address;
mod keeper;
mod migrate;
mod open;
mod tables;

pub use address::{AddressError, PostgresAddress, StateAddress};
pub(crate) use keeper::{Claimed, Keeper, Kept, holder};
pub(crate) use open::open;
pub(crate) use tables::CREATE;

/// The schema that a state is in.
const SCHEMA: &str = "liftlock";
