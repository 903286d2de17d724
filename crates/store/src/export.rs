//! Writes the ledger as a static C2SP tlog-tiles log.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use liftlock_engine::ports::StoreError;
use liftlock_ledger::tiles::{
    BUNDLE_BYTES_MAX, BundleError, TILE_WIDTH, TileKind, TilePath, TileWriter, encode_bundle, paths,
};
use liftlock_ledger::{
    Checkpoint, NoteError, SavedCheckpoint, Seal, SignedCheckpointError, UNNAMED_ORIGIN, Verifier,
    VerifyError, empty_root,
};

use crate::database::DatabaseStore;
use crate::export_file::{self, BLOBS, CHECKPOINT, LOG_KEY, TILES};
use crate::read::{LedgerEntry, head, page};

/// Why nothing, or not all, was exported. The folder's checkpoint is then still the earlier one.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The folder holds something else than an export.
    #[error("{path} is not an export of a ledger: it holds {name:?}; export into an empty folder")]
    NotExport {
        /// The folder.
        path: String,
        /// What does not belong there.
        name: String,
    },
    /// The folder holds another ledger's export.
    #[error("{path} holds the export of {found}, not of {expected}; export into an empty folder")]
    Origin {
        /// The folder.
        path: String,
        /// The name in its checkpoint.
        found: String,
        /// The name given.
        expected: String,
    },
    /// A file of the earlier export is not what the ledger holds.
    #[error(
        "{path} is not what the ledger holds: the export or the ledger was changed; \
         verify both, and export into an empty folder"
    )]
    Differs {
        /// The file.
        path: String,
    },
    /// A checkpoint cannot be made or read.
    #[error("the checkpoint")]
    Checkpoint(#[from] SignedCheckpointError),
    /// The ledger does not continue the folder's checkpoint, or is not what its head says.
    #[error(transparent)]
    Log(#[from] VerifyError),
    /// Entries do not fit into a bundle.
    #[error("the entries do not make a bundle")]
    Bundle(#[from] BundleError),
    /// A file cannot be read or written.
    #[error("{path} cannot be read or written")]
    File {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The state cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl DatabaseStore {
    /// Writes the ledger into `folder`: `checkpoint`, made as `seal` says, `log-key` where that is
    /// signed, `tile/<level>/...` and `tile/entries/...`. The folder is new, empty, or of an earlier export, which is continued
    /// when the ledger still contains it; one from before the log had a name, too. The checkpoint
    /// is written last, so an interrupted export leaves the earlier one valid.
    ///
    /// # Errors
    /// [`ExportError`]; the ledger is verified against its head and the folder's checkpoint.
    pub async fn export(&self, folder: &Path, seal: Seal<'_>) -> Result<Checkpoint, ExportError> {
        let fail = self.fail("exporting the ledger");
        // A bad name is refused before anything is made.
        seal.seal(0, empty_root())?;
        let (target, name) = (folder.to_owned(), seal.origin().to_owned());
        let mut export = blocking(move || Export::begin(target, &name)).await?;
        let mut read = self.begin_read(fail).await?;
        let head = head(&mut read, fail).await?;
        let checkpoint = seal.seal(head.frontier.size(), head.root)?;
        loop {
            let next = export.verifier.frontier().size();
            let rows = page(&mut read, next, TILE_WIDTH as u32, fail).await?;
            let entries: Vec<LedgerEntry> = rows.into_iter().map(|row| row.entry).collect();
            if (next..)
                .zip(&entries)
                .any(|(expected, entry)| entry.seq != expected)
            {
                return Err(fail
                    .damaged("an entry is missing; verify the ledger")
                    .into());
            }
            let last = (entries.len() as u64) < TILE_WIDTH;
            export = blocking(move || export.bundle(&entries)).await?;
            if last {
                break;
            }
        }
        if let Seal::Signed(key) = seal {
            let (path, key) = (folder.join(LOG_KEY), format!("{}\n", key.verifier()));
            blocking(move || {
                export_file::replace(&path, key.as_bytes()).map_err(|source| ExportError::File {
                    path: path.display().to_string(),
                    source,
                })
            })
            .await?;
        }
        blocking(move || export.finish(checkpoint)).await
    }
}

/// Files are written off the threads that serve others.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ExportError> + Send + 'static,
) -> Result<T, ExportError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|e| {
        Err(ExportError::File {
            path: String::new(),
            source: std::io::Error::other(e),
        })
    })
}

struct Export {
    folder: PathBuf,
    earlier: Option<Checkpoint>,
    verifier: Verifier,
    tiles: TileWriter,
}

impl Export {
    fn begin(folder: PathBuf, origin: &str) -> Result<Self, ExportError> {
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

    fn bundle(mut self, entries: &[LedgerEntry]) -> Result<Self, ExportError> {
        let index = self.verifier.frontier().size() / TILE_WIDTH;
        let Some(path) = TilePath::new(TileKind::Entries, index, entries.len() as u64) else {
            return Ok(self);
        };
        let bytes: Vec<&[u8]> = entries.iter().map(|entry| entry.bytes.as_slice()).collect();
        for entry in &bytes {
            let leaf = self.verifier.entry(entry)?;
            for tile in self.tiles.push(leaf) {
                self.write(tile.path, &tile.bytes)?;
            }
        }
        self.write(path, &encode_bundle(&bytes)?)?;
        Ok(self)
    }

    fn finish(self, sealed: SavedCheckpoint) -> Result<Checkpoint, ExportError> {
        let checkpoint = sealed.checkpoint().clone();
        for tile in self.tiles.partial() {
            self.write(tile.path, &tile.bytes)?;
        }
        self.verifier.finish(checkpoint.size(), checkpoint.root())?;
        let path = self.folder.join(CHECKPOINT);
        export_file::replace(&path, sealed.to_string().as_bytes()).map_err(|source| {
            ExportError::File {
                path: path.display().to_string(),
                source,
            }
        })?;
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
