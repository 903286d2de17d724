//! What is kept of tokens, sessions and logins, beside the ledger and never in it.

mod records;
mod tables;

pub(crate) use tables::{POSTGRES, SQLITE};
