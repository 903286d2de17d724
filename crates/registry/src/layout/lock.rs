//! One writer of `index.json` at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::Path;
use std::sync::{MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Layout, LayoutError, MARKER};

/// How long another process may hold a layout before a write gives up. It holds it for a change
/// of `index.json`: milliseconds.
const LOCK_WAIT: Duration = Duration::from_secs(60);
const LOCK_PAUSE: Duration = Duration::from_millis(5);

/// Held while `index.json` changes: threads wait at the mutex, processes at the system's lock on
/// `oci-layout`, which is given back when a process ends, however it ends. Where the file system
/// has no locks, only threads are kept apart.
pub(super) struct WriteLock<'a> {
    _threads: MutexGuard<'a, ()>,
    _processes: File,
}

impl Layout {
    pub(super) fn lock(&self) -> Result<WriteLock<'_>, LayoutError> {
        self.sweep_once();
        let threads = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.root.join(MARKER);
        // Open for writing, which some file systems ask of an exclusive lock.
        let marker = OpenOptions::new()
            .read(true)
            .write(true)
            .open(&path)
            .map_err(|error| LayoutError::io(&path, error))?;
        lock_file(&marker, &path)?;
        Ok(WriteLock {
            _threads: threads,
            _processes: marker,
        })
    }
}

/// Takes the system's lock on `file`, or says that another process keeps it.
pub(super) fn lock_file(file: &File, path: &Path) -> Result<(), LayoutError> {
    let begin = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {
                return Ok(());
            }
            Err(TryLockError::Error(error)) => return Err(LayoutError::io(path, error)),
            Err(TryLockError::WouldBlock) if begin.elapsed() < LOCK_WAIT => {
                std::thread::sleep(LOCK_PAUSE);
            }
            Err(TryLockError::WouldBlock) => {
                let path = path.to_owned();
                return Err(LayoutError::Busy { path });
            }
        }
    }
}
