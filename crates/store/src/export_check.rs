//! Verifies an exported ledger without its database.

use std::path::Path;

use liftlock_ledger::tiles::{
    BUNDLE_BYTES_MAX, BundleError, TILE_WIDTH, Tile, TileKind, TilePath, TileWriter, decode_bundle,
    paths,
};
use liftlock_ledger::{
    Checkpoint, Hash, NoteError, SavedCheckpoint, SignedCheckpointError, UNNAMED_ORIGIN, Verifier,
    VerifyError,
};

use crate::export_file::{self, CHECKPOINT};

/// Why an export is not what its checkpoint, or an earlier one, says.
#[derive(Debug, thiserror::Error)]
pub enum ExportFault {
    /// A file cannot be read: it is missing, or no regular file.
    #[error("{path} cannot be read")]
    File {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file is larger than any of its kind.
    #[error("{path} has over {limit} bytes, more than such a file can have")]
    Size {
        /// The file.
        path: String,
        /// The most bytes it may have.
        limit: usize,
    },
    /// The checkpoint is none.
    #[error("{path} is not a checkpoint")]
    Checkpoint {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: SignedCheckpointError,
    },
    /// Another ledger's export than the earlier checkpoint's.
    #[error("the export is of {found}, the earlier checkpoint of {expected}")]
    Origin {
        /// The earlier checkpoint's origin.
        expected: String,
        /// The export's.
        found: String,
    },
    /// A bundle is none.
    #[error("{path} is not an entry bundle")]
    Bundle {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: BundleError,
    },
    /// A bundle has more or fewer entries than its path says.
    #[error("{path} has {found} entries instead of {expected}")]
    Count {
        /// The file.
        path: String,
        /// How many it should have.
        expected: u16,
        /// How many it has.
        found: usize,
    },
    /// An entry and its hash in a tile differ: one of them was changed.
    #[error("entry {index} and its hash in {path} differ: one of them was changed")]
    Entry {
        /// The entry's place in the ledger, from 0.
        index: u64,
        /// The tile.
        path: String,
    },
    /// A tile of inner hashes is not the one over the entries.
    #[error("{path} does not hold the hashes of the entries below it")]
    Tile {
        /// The tile.
        path: String,
    },
    /// A payload's bytes are not those of its digest.
    #[error("{path} was changed: its bytes are not those of its digest")]
    Blob {
        /// The file.
        path: String,
    },
    /// The entries are not what a checkpoint says.
    #[error(transparent)]
    Log(#[from] VerifyError),
}

/// Recomputes an export's tree from its entries, compares every tile, its checkpoint, and, where
/// given, the checkpoint `earlier` that was kept elsewhere. Opens the paths of such a log only, and
/// stops at the first that is wrong. Gives the export's checkpoint, whose signature is for the caller
/// to check: who may have signed is not in the export.
///
/// # Errors
/// [`ExportFault`], naming the file or the entry.
pub fn verify_export(
    folder: &Path,
    earlier: Option<&Checkpoint>,
) -> Result<SavedCheckpoint, ExportFault> {
    verify_export_with(folder, earlier, |_| {})
}

/// As [`verify_export`], and shows `visit` each entry, in order, once its hash was compared. No
/// more than one bundle is in memory.
///
/// # Errors
/// As [`verify_export`].
pub fn verify_export_with(
    folder: &Path,
    earlier: Option<&Checkpoint>,
    mut visit: impl FnMut(&[u8]),
) -> Result<SavedCheckpoint, ExportFault> {
    let saved = read_checkpoint(&folder.join(CHECKPOINT))?;
    let checkpoint = saved.checkpoint();
    let origins = [checkpoint.origin(), UNNAMED_ORIGIN];
    if let Some(expected) = earlier.filter(|earlier| !origins.contains(&earlier.origin())) {
        let (expected, found) = (expected.origin().to_owned(), checkpoint.origin().to_owned());
        return Err(ExportFault::Origin { expected, found });
    }
    let mut verifier = Verifier::new(earlier.cloned())?;
    let mut tiles = TileWriter::new();
    let bundles = paths(checkpoint.size()).take_while(|path| path.kind() == TileKind::Entries);
    for bundle in bundles {
        read_bundle(folder, bundle, |entry| {
            for tile in tiles.push(verifier.entry(entry)?) {
                compare(folder, &tile)?;
            }
            visit(entry);
            Ok(())
        })?;
    }
    for tile in tiles.partial() {
        compare(folder, &tile)?;
    }
    verifier.finish(checkpoint.size(), checkpoint.root())?;
    Ok(saved)
}

fn read(path: &Path, limit: usize) -> Result<Vec<u8>, ExportFault> {
    let name = || path.display().to_string();
    export_file::read(path, limit)
        .map_err(|source| ExportFault::File {
            path: name(),
            source,
        })?
        .ok_or_else(|| ExportFault::Size {
            path: name(),
            limit,
        })
}

fn read_checkpoint(path: &Path) -> Result<SavedCheckpoint, ExportFault> {
    let fault = |source| ExportFault::Checkpoint {
        path: path.display().to_string(),
        source,
    };
    let bytes = read(path, SavedCheckpoint::BYTES_MAX)?;
    let text = str::from_utf8(&bytes).map_err(|_| fault(NoteError::Form.into()))?;
    text.parse().map_err(fault)
}

fn read_bundle(
    folder: &Path,
    bundle: TilePath,
    mut entry: impl FnMut(&[u8]) -> Result<(), ExportFault>,
) -> Result<(), ExportFault> {
    let file = folder.join(bundle.to_string());
    let path = || file.display().to_string();
    let bytes = read(&file, BUNDLE_BYTES_MAX)?;
    let entries = decode_bundle(&bytes).map_err(|source| ExportFault::Bundle {
        path: path(),
        source,
    })?;
    if entries.len() != usize::from(bundle.width()) {
        let (expected, found) = (bundle.width(), entries.len());
        return Err(ExportFault::Count {
            path: path(),
            expected,
            found,
        });
    }
    entries.into_iter().try_for_each(&mut entry)
}

fn compare(folder: &Path, tile: &Tile) -> Result<(), ExportFault> {
    let file = folder.join(tile.path.to_string());
    let path = file.display().to_string();
    let limit = tile.bytes.len();
    let found = read(&file, limit)?;
    if found == tile.bytes {
        return Ok(());
    }
    let pairs = found
        .chunks(Hash::BYTES)
        .zip(tile.bytes.chunks(Hash::BYTES));
    let differs = pairs.take_while(|(a, b)| a == b).count() as u64;
    if tile.path.kind() == (TileKind::Hashes { level: 0 }) && found.len() == limit {
        let index = tile.path.index() * TILE_WIDTH + differs;
        return Err(ExportFault::Entry { index, path });
    }
    Err(ExportFault::Tile { path })
}
