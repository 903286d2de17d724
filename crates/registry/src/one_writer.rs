//! One writer at a time for what registries let several writers overwrite.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};

use tokio::sync::OwnedMutexGuard;

/// What is being written, by name.
static WRITTEN: LazyLock<Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>> =
    LazyLock::new(Mutex::default);

/// Waits until nobody else in this process writes what has this name. No registry has a write
/// that depends on what is there, so a list that is read, added to and written has to be kept from
/// others here, whichever client they use.
pub(crate) async fn alone_with(name: String) -> OwnedMutexGuard<()> {
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
    lock.lock_owned().await
}
