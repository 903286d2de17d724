//! Webhooks. What registries and Alertmanager tell ([`incoming`]) is read and decides nothing: it
//! wakes, and says who moved a tag by a registry's word. What is recorded is told to others
//! ([`outgoing`]), at least once and in order ([`sending`]), from the ledger itself ([`outbox`]).

mod address;
pub mod incoming;
pub mod outbox;
pub mod outgoing;
mod secret;
pub mod sending;
mod words;

pub use secret::{SECRET_BYTES_MAX, Secret, SecretError, SecretSource};
