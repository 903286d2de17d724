//! The tree in files (C2SP tlog-tiles): paths, hash tiles and entry bundles.

mod bundle;
mod path;
mod writer;

pub use bundle::{BUNDLE_BYTES_MAX, BundleError, ENTRY_BYTES_MAX, decode_bundle, encode_bundle};
pub use path::{LEVEL_MAX, TILE_WIDTH, TileKind, TilePath, TilePathError, paths};
pub use writer::{Tile, TileWriter};
