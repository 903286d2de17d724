//! Writes the ledger as a static C2SP tlog-tiles log.

use std::path::Path;

use liftlock_engine::ports::StoreError;
use liftlock_ledger::tiles::{BundleError, TILE_WIDTH};
use liftlock_ledger::{Checkpoint, Seal, SignedCheckpointError, VerifyError, empty_root};

use crate::database::DatabaseStore;
use crate::export_writer::ExportWriter;
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
        let mut export = blocking(move || ExportWriter::begin(target, &name)).await?;
        let mut read = self.begin_read(fail).await?;
        let head = head(&mut read, fail).await?;
        let checkpoint = seal.seal(head.frontier.size(), head.root)?;
        loop {
            let next = export.size();
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
            let bytes: Vec<Vec<u8>> = entries.into_iter().map(|entry| entry.bytes).collect();
            export = blocking(move || export.bundle(&bytes)).await?;
            if last {
                break;
            }
        }
        let key = match seal {
            Seal::Signed(key) => Some(key.verifier().clone()),
            Seal::Unsigned(_) => None,
        };
        blocking(move || export.finish(&checkpoint, key.as_ref())).await
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
