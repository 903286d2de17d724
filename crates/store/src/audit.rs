//! Re-reads the whole ledger and compares it with what was kept about it.

use std::collections::HashMap;

use liftlock_engine::ports::StoreError;
use liftlock_ledger::{Checkpoint, Hash, Verifier, VerifyError, leaf_hash};
use sqlx::{Sqlite, SqliteConnection};

use crate::failure::Failure;
use crate::fault::LedgerFault;
use crate::read::{LedgerEntry, Row, head, page};
use crate::sql;
use crate::sqlite::SqliteStore;

/// How many entries are in memory at once.
const PAGE: u32 = 256;

/// A ledger that is what was appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// The number of entries.
    pub size: u64,
    /// The root recomputed from them.
    pub root: Hash,
}

impl SqliteStore {
    /// Re-reads every entry and recomputes hashes, root, places and versions from the bytes.
    ///
    /// Without a checkpoint kept elsewhere, a ledger rewritten as a whole looks right: see
    /// [`Self::verify_since`].
    ///
    /// # Errors
    /// [`LedgerFault`], naming the first entry that is wrong.
    pub async fn verify(&self) -> Result<Verified, LedgerFault> {
        self.verify_with(None, |_| true).await
    }

    /// As [`Self::verify`], and that the ledger still begins with what `saved` saw.
    ///
    /// # Errors
    /// [`LedgerFault`]; [`VerifyError::EarlierRoot`] or [`VerifyError::EarlierSize`] where the
    /// past is another.
    pub async fn verify_since(&self, saved: &Checkpoint) -> Result<Verified, LedgerFault> {
        self.verify_with(Some(saved), |_| true).await
    }

    /// As the others, and asks `belongs` of each entry whether its bytes speak of the stream and
    /// version it is kept under. The tree covers the bytes alone: where they name both, this ties
    /// an entry to its place.
    ///
    /// # Errors
    /// [`LedgerFault`]; [`LedgerFault::Misplaced`] where `belongs` says no.
    pub async fn verify_with(
        &self,
        saved: Option<&Checkpoint>,
        mut belongs: impl FnMut(&LedgerEntry) -> bool + Send,
    ) -> Result<Verified, LedgerFault> {
        let fail = self.fail("verifying the ledger");
        // One transaction, so that all reads see the same moment.
        let mut read = self.read.begin().await.map_err(|e| fail.sql(e))?;
        let head = head(&mut read, fail).await?;
        let size = head.frontier.size();
        let mut audit = Audit {
            size,
            verifier: Verifier::new(saved.cloned())?,
            versions: HashMap::new(),
        };
        loop {
            let next = audit.verifier.frontier().size();
            let rows = page(&mut read, next, PAGE, fail).await?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                audit.row(&row)?;
                if !belongs(&row.entry) {
                    let LedgerEntry {
                        seq,
                        stream,
                        version,
                        ..
                    } = row.entry;
                    return Err(LedgerFault::Misplaced {
                        seq,
                        stream,
                        version,
                    });
                }
            }
        }
        let found = audit.verifier.frontier().size();
        match audit.verifier.finish(size, head.root) {
            Err(VerifyError::Size { .. }) => return Err(LedgerFault::Missing { seq: found }),
            other => other?,
        };
        integrity(&mut read, fail).await?;
        Ok(Verified {
            size,
            root: head.root,
        })
    }
}

struct Audit {
    size: u64,
    verifier: Verifier,
    versions: HashMap<String, u64>,
}

impl Audit {
    fn row(&mut self, row: &Row) -> Result<(), LedgerFault> {
        let LedgerEntry {
            seq,
            version,
            ref stream,
            ref bytes,
        } = row.entry;
        let place = || (seq, stream.clone(), version);
        let next = self.verifier.frontier().size();
        if next < self.size && seq != next {
            return Err(LedgerFault::Missing { seq: next });
        }
        if seq >= self.size {
            let (seq, stream, version) = place();
            return Err(LedgerFault::Added {
                seq,
                stream,
                version,
            });
        }
        if leaf_hash(bytes).as_bytes().as_slice() != row.leaf {
            let (seq, stream, version) = place();
            return Err(LedgerFault::Changed {
                seq,
                stream,
                version,
            });
        }
        self.check_version(&row.entry)?;
        self.verifier.entry(bytes).map_err(|e| match e {
            VerifyError::NotCanonical { source, .. } => {
                let (seq, stream, version) = place();
                LedgerFault::NotCanonical {
                    seq,
                    stream,
                    version,
                    source,
                }
            }
            other => LedgerFault::Log(other),
        })?;
        if self.verifier.frontier().root().as_bytes().as_slice() != row.root {
            let (seq, stream, version) = place();
            return Err(LedgerFault::Replaced {
                seq,
                stream,
                version,
            });
        }
        Ok(())
    }

    fn check_version(&mut self, entry: &LedgerEntry) -> Result<(), LedgerFault> {
        let LedgerEntry {
            seq,
            version,
            ref stream,
            ..
        } = *entry;
        let expected = self.versions.get(stream).map_or(1, |last| last + 1);
        let stream = stream.clone();
        if version > expected {
            return Err(LedgerFault::MissingVersion {
                seq,
                stream,
                version: expected,
            });
        }
        if version < expected {
            return Err(LedgerFault::Reordered {
                seq,
                stream,
                version,
                expected,
            });
        }
        self.versions.insert(stream, version);
        Ok(())
    }
}

/// The entries can be right while an index that finds them is not.
async fn integrity(read: &mut SqliteConnection, fail: Failure<'_>) -> Result<(), StoreError> {
    let report = sqlx::query_scalar::<Sqlite, String>(sql::INTEGRITY)
        .fetch_one(read)
        .await
        .map_err(|e| fail.sql(e))?;
    if report == "ok" {
        Ok(())
    } else {
        Err(fail.damaged(report))
    }
}
