//! The pipeline file: `liftlock.yaml` to [`liftlock_core::Policy`], with positions. No IO.
//!
//! [`parse`] reads the text into a small tree that knows the line and column of everything, and
//! walks that tree with one module a block. Every block declares its keys in a shape, which the
//! walk, the suggestions for unknown keys and the JSON Schema share.

mod allow;
mod block;
mod checks;
mod deploy;
mod diagnostic;
mod diff;
mod document;
mod environments;
mod file;
mod finding;
mod gates;
mod groups;
mod images;
mod keys;
mod kind;
mod locate;
mod named;
mod nearest;
mod node;
mod overrides;
mod parse;
mod path;
mod people;
mod program;
mod reader;
mod repositories;
mod rollback;
mod scalar;
mod schema;
mod sequence;
mod server;
mod shape;
mod source;
mod starter;
mod tags;
mod tree;
mod who;
mod written;

pub use diagnostic::{DIAGNOSTICS_MAX, Diagnostic};
pub use diff::{Change, diff};
pub use parse::parse;
pub use path::FILE_BYTES_MAX;
pub use reader::ReadFile;
pub use schema::schema;
pub use server::{Listen, Network, ServerFile, ServerLimits, parse_server};
pub use source::{Source, TEXT_BYTES_MAX};
pub use starter::starter;
pub use tree::{DEPTH_MAX, ENTRIES_MAX};
