//! Webhooks. What registries and Alertmanager tell ([`incoming`]) is read and decides nothing: it
//! wakes, and says who moved a tag by a registry's word. What is recorded is told to others
//! ([`outgoing`]).

pub mod incoming;
pub mod outgoing;
mod secret;
mod words;

pub use secret::{SECRET_BYTES_MAX, Secret, SecretError, SecretSource};
