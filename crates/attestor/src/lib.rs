//! The engine's port to attestations: statements over registries, keys from wherever they are.

mod attestor;
mod facts;
mod find;
mod keys;
mod proofs;
mod statements;

pub use attestor::Attestor;
pub use keys::Keys;
