//! Recomputes the tree from its entries.

use crate::{CanonicalError, Checkpoint, Frontier, Hash, Subtree, canonical, leaf_hash};

/// Why entries are not what a checkpoint says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// An entry is not canonical JSON.
    #[error("entry {index} is not canonical JSON")]
    NotCanonical {
        /// Its place, from 0.
        index: u64,
        /// In what way.
        #[source]
        source: CanonicalError,
    },
    /// There are more or fewer entries.
    #[error("the log has {found} entries, the checkpoint says {expected}")]
    Size {
        /// The checkpoint's size.
        expected: u64,
        /// How many entries there are.
        found: u64,
    },
    /// An entry was changed, moved, or taken out and another put in.
    #[error("the log's {size} entries have the root {found}, the checkpoint says {expected}")]
    Root {
        /// The number of entries compared.
        size: u64,
        /// The checkpoint's root.
        expected: Hash,
        /// The entries' root.
        found: Hash,
    },
    /// The log no longer begins with what an earlier checkpoint saw.
    #[error(
        "the log no longer contains what the checkpoint saw: its first {size} entries have the \
         root {found}, the checkpoint says {expected}"
    )]
    EarlierRoot {
        /// The earlier checkpoint's size.
        size: u64,
        /// The earlier checkpoint's root.
        expected: Hash,
        /// The root of the entries that are there now.
        found: Hash,
    },
    /// The log is shorter than an earlier checkpoint.
    #[error(
        "the log no longer contains what the checkpoint saw: it has {found} entries, the \
         checkpoint {expected}"
    )]
    EarlierSize {
        /// The earlier checkpoint's size.
        expected: u64,
        /// How many entries there are.
        found: u64,
    },
}

/// Takes entries in order and compares with an earlier checkpoint on the way and the newest one at
/// the end. Keeps no more than the tree's right edge.
#[derive(Debug, Clone, Default)]
pub struct Verifier {
    frontier: Frontier,
    earlier: Option<Checkpoint>,
}

impl Verifier {
    /// A verifier that has seen no entry. `earlier` is a checkpoint saved before, which the
    /// entries must still contain.
    ///
    /// # Errors
    /// [`VerifyError::EarlierRoot`] for an empty checkpoint with a root that no empty log has.
    pub fn new(earlier: Option<Checkpoint>) -> Result<Self, VerifyError> {
        let verifier = Self {
            frontier: Frontier::new(),
            earlier,
        };
        verifier.compare_earlier()?;
        Ok(verifier)
    }

    /// Takes the next entry and gives its leaf hash.
    ///
    /// # Errors
    /// [`VerifyError::NotCanonical`], or [`VerifyError::EarlierRoot`] where this entry completes
    /// the earlier checkpoint and the root is another.
    pub fn entry(&mut self, bytes: &[u8]) -> Result<Hash, VerifyError> {
        let index = self.frontier.size();
        canonical::check(bytes).map_err(|source| VerifyError::NotCanonical { index, source })?;
        let leaf = leaf_hash(bytes);
        self.leaf(leaf, |_, _| {})?;
        Ok(leaf)
    }

    /// Takes the next entry by its leaf hash, where the caller has made that of the entry's bytes
    /// and seen that they are canonical; shows each subtree that it completes, the smallest first.
    ///
    /// # Errors
    /// [`VerifyError::EarlierRoot`], as [`Self::entry`].
    pub fn leaf(
        &mut self,
        leaf: Hash,
        completed: impl FnMut(Subtree, Hash),
    ) -> Result<(), VerifyError> {
        self.frontier.push_completing(leaf, completed);
        self.compare_earlier()
    }

    /// The tree over the entries so far.
    pub const fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// Compares what was taken with the newest size and root.
    ///
    /// # Errors
    /// [`VerifyError::Size`], [`VerifyError::Root`], or [`VerifyError::EarlierSize`] where the
    /// entries end before the earlier checkpoint.
    pub fn finish(self, size: u64, root: Hash) -> Result<Frontier, VerifyError> {
        let found = self.frontier.size();
        if let Some(earlier) = self.earlier.filter(|earlier| earlier.size() > found) {
            return Err(VerifyError::EarlierSize {
                expected: earlier.size(),
                found,
            });
        }
        if found != size {
            return Err(VerifyError::Size {
                expected: size,
                found,
            });
        }
        let actual = self.frontier.root();
        if actual != root {
            return Err(VerifyError::Root {
                size,
                expected: root,
                found: actual,
            });
        }
        Ok(self.frontier)
    }

    fn compare_earlier(&self) -> Result<(), VerifyError> {
        let size = self.frontier.size();
        let Some(earlier) = self
            .earlier
            .as_ref()
            .filter(|earlier| earlier.size() == size)
        else {
            return Ok(());
        };
        let (expected, found) = (earlier.root(), self.frontier.root());
        if expected == found {
            return Ok(());
        }
        Err(VerifyError::EarlierRoot {
            size,
            expected,
            found,
        })
    }
}

/// Verifies all entries of a log, in order, against its checkpoint.
///
/// # Errors
/// [`VerifyError`], naming the entry where one can be named.
pub fn verify<'a>(
    entries: impl IntoIterator<Item = &'a [u8]>,
    checkpoint: &Checkpoint,
) -> Result<(), VerifyError> {
    let mut verifier = Verifier::new(None)?;
    for bytes in entries {
        verifier.entry(bytes)?;
    }
    verifier
        .finish(checkpoint.size(), checkpoint.root())
        .map(|_| ())
}
