//! Re-reads the whole ledger and compares it with what was kept about it.

use std::collections::HashMap;
use std::sync::Arc;

use liftlock_engine::ports::StoreError;
use liftlock_ledger::{Checkpoint, Hash, Subtree, Verifier, VerifyError, canonical, leaf_hash};

use crate::audit_pages::{Belongs, PAGE, Pages, Sound};
use crate::database::DatabaseStore;
use crate::db::Connection;
use crate::failure::Failure;
use crate::fault::LedgerFault;
use crate::read::{LedgerEntry, Row, head, page};
use crate::subtrees;

/// A ledger that is what was appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// The number of entries.
    pub size: u64,
    /// The root recomputed from them.
    pub root: Hash,
}

impl DatabaseStore {
    /// Re-reads every entry and recomputes hashes, root, places and versions from the bytes.
    ///
    /// Without a checkpoint kept elsewhere, a ledger rewritten as a whole looks right: see
    /// [`Self::verify_since`].
    ///
    /// # Errors
    /// [`LedgerFault`], naming the first entry that is wrong.
    pub async fn verify(&self) -> Result<Verified, LedgerFault> {
        self.verify_with(None, |_| true, |_| {}).await
    }

    /// As [`Self::verify`], and that the ledger still begins with what `saved` saw.
    ///
    /// # Errors
    /// [`LedgerFault`]; [`VerifyError::EarlierRoot`] or [`VerifyError::EarlierSize`] where the
    /// past is another.
    pub async fn verify_since(&self, saved: &Checkpoint) -> Result<Verified, LedgerFault> {
        self.verify_with(Some(saved), |_| true, |_| {}).await
    }

    /// As the others, and asks `belongs` of each entry whether its bytes speak of the stream and
    /// version it is kept under. The tree covers the bytes alone: where they name both, this ties
    /// an entry to its place. Shows `visit` each entry, in order, once all before it were right.
    /// No more than some pages of entries are in memory.
    ///
    /// # Errors
    /// [`LedgerFault`]; [`LedgerFault::Misplaced`] where `belongs` says no.
    pub async fn verify_with(
        &self,
        saved: Option<&Checkpoint>,
        belongs: impl Fn(&LedgerEntry) -> bool + Send + Sync + 'static,
        mut visit: impl FnMut(&[u8]) + Send,
    ) -> Result<Verified, LedgerFault> {
        let fail = self.fail("verifying the ledger");
        // One transaction, so that all reads see the same moment.
        let mut read = self.begin_read(fail).await?;
        let head = head(&mut read, fail).await?;
        let size = head.frontier.size();
        let belongs: Arc<Belongs> = Arc::new(belongs);
        let mut audit = Audit {
            size,
            verifier: Verifier::new(saved.cloned())?,
            versions: HashMap::new(),
            completed: Vec::new(),
        };
        let mut pages = Pages::read(read, &self.place, size, Arc::clone(&belongs));
        'pages: while let Some(page) = pages.next().await? {
            for sound in page {
                if !audit.is_next(&sound.entry) {
                    break 'pages;
                }
                audit.sound(&sound)?;
                visit(&sound.entry.bytes);
            }
            self.compare_kept(&mut audit.completed).await?;
        }
        let ended = "the task that reads it did not end";
        let mut read = pages.end().await.ok_or_else(|| fail.other(ended))?;
        loop {
            let next = audit.verifier.frontier().size();
            let rows = page(&mut read, next, PAGE as u32, fail).await?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                audit.row(&row, &*belongs)?;
                visit(&row.entry.bytes);
            }
            self.compare_kept(&mut audit.completed).await?;
        }
        let found = audit.verifier.frontier().size();
        match audit.verifier.finish(size, head.root) {
            Err(VerifyError::Size { .. }) => return Err(LedgerFault::Missing { seq: found }),
            other => other?,
        };
        if let Some((level, place)) = subtrees::beyond(&mut read, size, fail).await? {
            return Err(LedgerFault::Subtree { level, place });
        }
        integrity(&mut read, fail).await?;
        Ok(Verified {
            size,
            root: head.root,
        })
    }

    /// Compares what is kept of subtrees with what their entries come to. One that is not kept is
    /// no fault. Another connection reads them: what is whole never changes.
    async fn compare_kept(&self, completed: &mut Vec<(Subtree, Hash)>) -> Result<(), LedgerFault> {
        let fail = self.fail("verifying the ledger");
        for (Subtree { level, index }, hash) in completed.drain(..) {
            let kept = subtrees::kept(&mut self.reading(), level, index, 1, fail).await?;
            if kept.iter().any(|kept| *kept != hash) {
                let place = index;
                return Err(LedgerFault::Subtree { level, place });
            }
        }
        Ok(())
    }
}

struct Audit {
    size: u64,
    verifier: Verifier,
    versions: HashMap<String, u64>,
    /// Subtrees that were completed and of which something may be kept.
    completed: Vec<(Subtree, Hash)>,
}

impl Audit {
    /// Whether an entry is the ledger's and its stream's next.
    fn is_next(&self, entry: &LedgerEntry) -> bool {
        let last = self.versions.get(&entry.stream).copied().unwrap_or(0);
        entry.seq == self.verifier.frontier().size() && entry.version == last + 1
    }

    /// Takes the next entry, of which all is known to be right but its place in the tree.
    fn sound(&mut self, sound: &Sound) -> Result<(), LedgerFault> {
        let LedgerEntry {
            seq,
            version,
            ref stream,
            ..
        } = sound.entry;
        match self.versions.get_mut(stream) {
            Some(last) => *last = version,
            None => drop(self.versions.insert(stream.clone(), version)),
        }
        self.leaf(sound.leaf)?;
        if self.verifier.frontier().root() == sound.root {
            return Ok(());
        }
        Err(LedgerFault::Replaced {
            seq,
            stream: stream.clone(),
            version,
        })
    }

    fn leaf(&mut self, leaf: Hash) -> Result<(), VerifyError> {
        self.verifier.leaf(leaf, |subtree, hash| {
            if subtrees::is_kept(subtree) {
                self.completed.push((subtree, hash));
            }
        })
    }

    fn row(&mut self, row: &Row, belongs: &Belongs) -> Result<(), LedgerFault> {
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
        let leaf = leaf_hash(bytes);
        if leaf.as_bytes().as_slice() != row.leaf {
            let (seq, stream, version) = place();
            return Err(LedgerFault::Changed {
                seq,
                stream,
                version,
            });
        }
        self.check_version(&row.entry)?;
        canonical::check(bytes).map_err(|source| {
            let (seq, stream, version) = place();
            LedgerFault::NotCanonical {
                seq,
                stream,
                version,
                source,
            }
        })?;
        self.leaf(leaf)?;
        if self.verifier.frontier().root().as_bytes().as_slice() != row.root {
            let (seq, stream, version) = place();
            return Err(LedgerFault::Replaced {
                seq,
                stream,
                version,
            });
        }
        if !belongs(&row.entry) {
            let (seq, stream, version) = place();
            return Err(LedgerFault::Misplaced {
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
async fn integrity(read: &mut Connection, fail: Failure<'_>) -> Result<(), StoreError> {
    match read.integrity().await.map_err(|e| fail.sql(e))? {
        None => Ok(()),
        Some(report) => Err(fail.damaged(report)),
    }
}
