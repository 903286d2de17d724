//! The `index.json` that was read or written last, so that one that has not changed is not parsed
//! again: with many tags, that is what a look-up would cost most.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::LayoutError;
use super::index_file::IndexFile;
use super::parse_index;

/// The largest `index.json` that is kept, in bytes.
const KEPT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Kept with its exact bytes: a file's times and number can be the same after two quick changes.
#[derive(Debug, Default)]
pub(super) struct KnownIndex {
    last: Mutex<Option<(Vec<u8>, Arc<IndexFile>)>>,
}

impl KnownIndex {
    /// What `bytes`, just read from `path`, hold.
    pub(super) fn read(&self, path: &Path, bytes: Vec<u8>) -> Result<Arc<IndexFile>, LayoutError> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, index)) = last.as_ref()
            && *known == bytes
        {
            return Ok(Arc::clone(index));
        }
        let index = Arc::new(parse_index(path, &bytes)?);
        *last = keep(bytes, &index);
        Ok(index)
    }

    /// Lets go of what is known, with its bytes where they are, so that its one user can change
    /// it in place.
    pub(super) fn take(&self, index: Arc<IndexFile>) -> (Option<Vec<u8>>, IndexFile) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        // A reader may have met a newer file since, of a tool that takes no lock.
        let same = last.take().filter(|(_, known)| Arc::ptr_eq(known, &index));
        let bytes = same.map(|(bytes, _)| bytes);
        (bytes, Arc::unwrap_or_clone(index))
    }

    /// Knows what is in the file now.
    pub(super) fn put(&self, bytes: Vec<u8>, index: IndexFile) {
        let index = Arc::new(index);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = keep(bytes, &index);
    }
}

fn keep(bytes: Vec<u8>, index: &Arc<IndexFile>) -> Option<(Vec<u8>, Arc<IndexFile>)> {
    (bytes.len() <= KEPT_BYTES_MAX).then(|| (bytes, Arc::clone(index)))
}
