//! Reading one member of an archive.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use super::members::Span;

/// A reader of its own position: several read one file at the same time.
pub(super) struct BlobReader {
    file: Arc<File>,
    at: u64,
    left: u64,
}

impl BlobReader {
    pub(super) fn new(file: &Arc<File>, span: Span) -> Self {
        Self {
            file: Arc::clone(file),
            at: span.offset,
            left: span.size,
        }
    }
}

impl Read for BlobReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = usize::try_from(self.left).map_or(buffer.len(), |l| l.min(buffer.len()));
        if wanted == 0 {
            return Ok(0);
        }
        let count = self.file.read_at(&mut buffer[..wanted], self.at)?;
        if count == 0 {
            let message = "the archive has become shorter since it was opened";
            return Err(io::Error::new(ErrorKind::UnexpectedEof, message));
        }
        self.at += count as u64;
        self.left -= count as u64;
        Ok(count)
    }
}
