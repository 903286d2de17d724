//! Comparing a blob's bytes with its digest.

use std::io::Read;
use std::path::Path;

use liftlock_oci::{Digest, Hasher};

use super::{Layout, LayoutError};

const BUFFER_BYTES: usize = 256 * 1024;

impl Layout {
    /// Reads a blob and compares its size in bytes and its digest, in constant memory.
    pub fn verify_blob(&self, digest: Digest, size: u64) -> Result<(), LayoutError> {
        verify(
            &self.blob_path(digest),
            self.open_blob(digest)?,
            digest,
            size,
        )
    }
}

pub(super) fn verify(
    path: &Path,
    opened: Option<(impl Read, u64)>,
    digest: Digest,
    size: u64,
) -> Result<(), LayoutError> {
    let damaged = |message: String| LayoutError::Damaged {
        path: path.to_owned(),
        digest,
        message,
    };
    let Some((mut blob, actual)) = opened else {
        let path = path.to_owned();
        return Err(LayoutError::Missing { path, digest });
    };
    if actual != size {
        return Err(damaged(format!("it has {actual} bytes instead of {size}")));
    }
    let mut hasher = Hasher::new();
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let count = blob
            .read(&mut buffer)
            .map_err(|error| LayoutError::io(path, error))?;
        if count == 0 {
            break;
        }
        hasher.update(&buffer[..count]);
    }
    let actual = hasher.finish();
    if actual == digest {
        Ok(())
    } else {
        Err(damaged(format!("its bytes have {actual}")))
    }
}
