//! The real store beside the simulated one, now and then: both must answer the same.

use std::future::Future;
use std::io;
use std::sync::Arc;

use liftlock_store::{DatabaseStore, OpenMode};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// A state in a file of its own. Each operation is one instant of virtual time.
#[derive(Clone)]
pub(crate) struct Disk {
    runtime: Arc<Runtime>,
    pub(crate) store: DatabaseStore,
    _folder: Arc<TempDir>,
}

impl Disk {
    pub(crate) fn new() -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let path = folder.path().join("state.db");
        let store = runtime.block_on(DatabaseStore::open(path, OpenMode::Create));
        Ok(Self {
            runtime: Arc::new(runtime),
            store: store.map_err(io::Error::other)?,
            _folder: Arc::new(folder),
        })
    }

    pub(crate) fn run<T>(&self, operation: impl Future<Output = T>) -> T {
        self.runtime.block_on(operation)
    }
}
