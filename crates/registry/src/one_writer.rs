//! One writer at a time for what registries let several writers overwrite.

use std::collections::HashMap;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use liftlock_oci::Digest;
use tokio::sync::OwnedMutexGuard;

/// How long other processes may hold a lock before it is written without: what is written is read
/// back all the same.
const LOCK_WAIT: Duration = Duration::from_secs(60);
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// What is being written, by name.
static WRITTEN: LazyLock<Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>> =
    LazyLock::new(Mutex::default);

/// Held while something is read, added to and written.
pub(crate) struct Alone {
    _process: OwnedMutexGuard<()>,
    /// The system gives it back when a process ends, however it ends.
    _user: Option<File>,
}

/// Waits until nobody else in this process writes what has this name, nor in another process with
/// the same `folder` for locks. No registry has a write that depends on what is there, so a list
/// that is read, added to and written has to be kept from others here, whichever client they use.
pub(crate) async fn alone_with(name: String, folder: Option<&Path>) -> Alone {
    let file = folder.map(|folder| (folder, Digest::of(name.as_bytes()).hex()));
    let lock = {
        let mut written = WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
        let known = written.get(&name).and_then(Weak::upgrade);
        known.unwrap_or_else(|| {
            written.retain(|_, lock| lock.strong_count() > 0);
            let lock = Arc::default();
            written.insert(name, Arc::downgrade(&lock));
            lock
        })
    };
    let process = lock.lock_owned().await;
    let user = match file {
        // Two digits make 256 files at most, and hardly ever a wait for something else.
        Some((folder, hex)) => locked(folder, &hex[..2]).await,
        None => None,
    };
    Alone {
        _process: process,
        _user: user,
    }
}

/// A file of this folder with the system's lock on it; nothing where there can be none.
async fn locked(folder: &Path, name: &str) -> Option<File> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder).ok()?;
    let mut options = OpenOptions::new();
    let options = options.create(true).truncate(false).write(true);
    let file = options.open(folder.join(name)).ok()?;
    let begin = Instant::now();
    while begin.elapsed() < LOCK_WAIT {
        match file.try_lock() {
            Ok(()) => return Some(file),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(LOCK_PAUSE).await,
            Err(TryLockError::Error(_)) => return None,
        }
    }
    None
}
