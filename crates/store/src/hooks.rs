//! Webhooks: how far each endpoint was told of the ledger, what is on its way, what was given up;
//! and who moved a tag by a registry's word. The ledger knows nothing of all this.

mod dead;
mod lanes;
mod outbox;
mod pushes;
pub(crate) mod sql;
mod tables;

pub use pushes::SaidOfTag;
pub(crate) use tables::{POSTGRES, SQLITE};
