//! Writes an export's files.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use liftlock_ledger::tiles::{
    BUNDLE_BYTES_MAX, TILE_WIDTH, TileKind, TilePath, TileWriter, encode_bundle, paths,
};
use liftlock_ledger::{
    Checkpoint, NoteError, SavedCheckpoint, SignedCheckpointError, UNNAMED_ORIGIN, Verifier,
    VerifierKey,
};

use crate::export::ExportError;
use crate::export_file::{self, BLOBS, CHECKPOINT, LOG_KEY, TILES};

/// An export that is written, bundle by bundle, of a ledger that is read from anywhere. What is
/// written is verified on the way; the checkpoint comes last.
pub struct ExportWriter {
    folder: PathBuf,
    earlier: Option<Checkpoint>,
    verifier: Verifier,
    tiles: TileWriter,
}

impl ExportWriter {
    /// Begins an export of the ledger `origin` in a folder that is new, empty, or of an earlier
    /// export of it.
    ///
    /// # Errors
    /// [`ExportError`].
    pub fn begin(folder: PathBuf, origin: &str) -> Result<Self, ExportError> {
        let path = || folder.display().to_string();
        fs::create_dir_all(&folder).map_err(|source| ExportError::File {
            path: path(),
            source,
        })?;
        check_folder(&folder)?;
        let earlier = earlier(&folder)?;
        if let Some(found) = earlier
            .as_ref()
            .map(Checkpoint::origin)
            .filter(|found| *found != origin && *found != UNNAMED_ORIGIN)
        {
            let (found, expected) = (found.to_owned(), origin.to_owned());
            return Err(ExportError::Origin {
                path: path(),
                found,
                expected,
            });
        }
        let verifier = Verifier::new(earlier.clone())?;
        Ok(Self {
            folder,
            earlier,
            verifier,
            tiles: TileWriter::new(),
        })
    }

    /// How many entries it has so far.
    pub fn size(&self) -> u64 {
        self.verifier.frontier().size()
    }

    /// The next entries: 256 of them, or the last.
    ///
    /// # Errors
    /// [`ExportError`]; `Log` where they are not what an earlier export had.
    pub fn bundle<T: AsRef<[u8]>>(mut self, entries: &[T]) -> Result<Self, ExportError> {
        let index = self.verifier.frontier().size() / TILE_WIDTH;
        let Some(path) = TilePath::new(TileKind::Entries, index, entries.len() as u64) else {
            return Ok(self);
        };
        for entry in entries {
            let leaf = self.verifier.entry(entry.as_ref())?;
            for tile in self.tiles.push(leaf) {
                self.write(tile.path, &tile.bytes)?;
            }
        }
        self.write(path, &encode_bundle(entries)?)?;
        Ok(self)
    }

    /// Writes the log's key where there is one, and the checkpoint, once the entries have come to
    /// it.
    ///
    /// # Errors
    /// [`ExportError`]; `Log` where they have not.
    pub fn finish(
        self,
        sealed: &SavedCheckpoint,
        key: Option<&VerifierKey>,
    ) -> Result<Checkpoint, ExportError> {
        let checkpoint = sealed.checkpoint().clone();
        for tile in self.tiles.partial() {
            self.write(tile.path, &tile.bytes)?;
        }
        self.verifier.finish(checkpoint.size(), checkpoint.root())?;
        if let Some(key) = key {
            replace(&self.folder.join(LOG_KEY), &format!("{key}\n"))?;
        }
        replace(&self.folder.join(CHECKPOINT), &sealed.to_string())?;
        if let Some(earlier) = self.earlier {
            remove_partial(&self.folder, &earlier, &checkpoint);
        }
        Ok(checkpoint)
    }

    /// A tile never changes once it is there: what is there must be the same.
    fn write(&self, tile: TilePath, bytes: &[u8]) -> Result<(), ExportError> {
        let path = self.folder.join(tile.to_string());
        let name = || path.display().to_string();
        match export_file::read(&path, BUNDLE_BYTES_MAX) {
            Ok(Some(found)) if found == bytes => return Ok(()),
            Ok(_) => return Err(ExportError::Differs { path: name() }),
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            Err(source) => {
                return Err(ExportError::File {
                    path: name(),
                    source,
                });
            }
        }
        export_file::replace(&path, bytes).map_err(|source| ExportError::File {
            path: name(),
            source,
        })
    }
}

fn replace(path: &Path, text: &str) -> Result<(), ExportError> {
    export_file::replace(path, text.as_bytes()).map_err(|source| ExportError::File {
        path: path.display().to_string(),
        source,
    })
}

/// Nothing is written into a folder that holds anything else.
fn check_folder(folder: &Path) -> Result<(), ExportError> {
    let path = || folder.display().to_string();
    let file = |source| ExportError::File {
        path: path(),
        source,
    };
    for item in fs::read_dir(folder).map_err(file)? {
        let name = item
            .map_err(file)?
            .file_name()
            .to_string_lossy()
            .into_owned();
        let own = [CHECKPOINT, TILES, LOG_KEY, BLOBS].contains(&name.as_str());
        if !own && !export_file::is_part(&name) {
            return Err(ExportError::NotExport { path: path(), name });
        }
    }
    Ok(())
}

fn earlier(folder: &Path) -> Result<Option<Checkpoint>, ExportError> {
    let path = folder.join(CHECKPOINT);
    match export_file::read(&path, SavedCheckpoint::BYTES_MAX) {
        Ok(Some(bytes)) => {
            let text = String::from_utf8(bytes).map_err(|_| NoteError::Form);
            let saved: SavedCheckpoint = text.map_err(SignedCheckpointError::from)?.parse()?;
            Ok(Some(saved.checkpoint().clone()))
        }
        Ok(None) => {
            let size = NoteError::Size(SavedCheckpoint::BYTES_MAX + 1);
            Err(SignedCheckpointError::from(size).into())
        }
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ExportError::File {
            path: path.display().to_string(),
            source,
        }),
    }
}

/// Partial tiles of the earlier size have done their work. One that stays does no harm, so a
/// failure here is none of the export's.
fn remove_partial(folder: &Path, earlier: &Checkpoint, now: &Checkpoint) {
    let partial = |checkpoint: &Checkpoint| -> BTreeSet<TilePath> {
        paths(checkpoint.size())
            .filter(TilePath::is_partial)
            .collect()
    };
    for stale in partial(earlier).difference(&partial(now)) {
        let path = folder.join(stale.to_string());
        if fs::remove_file(&path).is_ok()
            && let Some(widths) = path.parent()
        {
            // Only goes when it is empty.
            _ = fs::remove_dir(widths);
        }
    }
}
