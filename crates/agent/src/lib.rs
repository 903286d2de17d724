//! An agent beside a host: it carries out there what its server decides, and asks it over HTTPS.
//!
//! An agent has no state of its own and decides nothing. [`RemoteStore`] reads from the server and
//! holds leases there, and [`Server`] is asked what to carry out and is told what came of it.
//! [`wire`] is what they say to each other.

mod central;
mod client;
mod lease;
mod store;
pub mod wire;

pub use central::Server;
pub use client::{AskError, Client};
pub use store::{AgentLease, RemoteStore};
