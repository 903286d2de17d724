//! One process a folder.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

use crate::serve_error::ServeError;

const LOCK_FILE: &str = ".liftlock-registry.lock";

/// The held lock. The system gives it back when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Locks `root`, or says which process has it.
    pub(crate) fn take(root: &Path) -> Result<Self, ServeError> {
        let path = root.join(LOCK_FILE);
        let io = |source| ServeError::Folder {
            path: path.clone(),
            source,
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Who it is, is only a help: an unreadable note does not change the answer.
                let _ = (&file).take(32).read_to_string(&mut holder);
                let holder = holder.trim().parse().ok();
                return Err(ServeError::in_use(root, holder));
            }
            Err(TryLockError::Error(source)) => return Err(io(source)),
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| write!(file, "{}", std::process::id()))
            .map_err(io)?;
        Ok(Self { _file: file })
    }
}
