//! Single values of a YAML text, found and changed in place. No IO.
//!
//! [`Yaml::read`] gives a tree in which every value knows its bytes; [`Edits`] replaces the bytes
//! of single values, or adds a key beside another, and leaves everything else as it is: comments,
//! order, quotes, indentation, line ends. What comes out is read again and compared, so that an
//! edit changes exactly what was asked for or nothing.

mod edits;
mod error;
mod find;
mod node;
mod read;
mod values;

pub use edits::Edits;
pub use error::YamlError;
pub use node::{Entry, Kind, Node, Style};
pub use read::{DEPTH_MAX, DOCUMENTS_MAX, TEXT_BYTES_MAX, Yaml};
