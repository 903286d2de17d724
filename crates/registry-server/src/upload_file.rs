//! The file of an upload.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};

use bytes::Bytes;
use liftlock_oci::{Digest, Hasher};
use tokio::task::spawn_blocking;

/// After how many bytes they are flushed while more come: the disk works during a long upload,
/// and not only after it.
const FLUSH_BYTES: u64 = 64 * 1024 * 1024;

/// A file that is hashed as it is written.
pub(crate) struct UploadFile {
    file: File,
    hasher: Hasher,
    unflushed: u64,
    /// The flush under way; its end closes the channel.
    flushing: Option<Receiver<io::Result<()>>>,
}

impl UploadFile {
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        Ok(Self {
            file: File::create_new(path)?,
            hasher: Hasher::new(),
            unflushed: 0,
            flushing: None,
        })
    }

    pub(crate) fn write(&mut self, batch: &[Bytes]) -> io::Result<()> {
        for chunk in batch {
            self.file.write_all(chunk)?;
            self.hasher.update(chunk);
            self.unflushed += chunk.len() as u64;
        }
        if self.unflushed >= FLUSH_BYTES {
            self.unflushed = 0;
            self.flush()?;
        }
        Ok(())
    }

    /// Begins to flush, once the last flush is done: what the disk is behind has a bound.
    fn flush(&mut self) -> io::Result<()> {
        self.flushed()?;
        let file = self.file.try_clone()?;
        let (done, flushing) = channel();
        spawn_blocking(move || {
            // Nobody waits for an upload that was given up.
            let _ = done.send(file.sync_data());
        });
        self.flushing = Some(flushing);
        Ok(())
    }

    fn flushed(&mut self) -> io::Result<()> {
        let flushing = self.flushing.take();
        flushing.map_or(Ok(()), |flushing| {
            flushing.recv().map_err(io::Error::other)?
        })
    }

    /// Flushes all of it, and returns its digest.
    pub(crate) fn finish(mut self) -> io::Result<Digest> {
        self.flushed()?;
        self.file.sync_all()?;
        Ok(self.hasher.finish())
    }
}
