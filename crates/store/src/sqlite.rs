//! The store itself.

use std::path::{Path, PathBuf};

use liftlock_engine::ports::{
    AppendError, Appended, Fence, KeptProof, Observation, Snapshot, Store, StoreError, StoredEntry,
};
use liftlock_oci::Digest;
use sqlx::sqlite::SqlitePool;

use crate::failure::Failure;
use crate::lease::DatabaseLease;
use crate::open::{self, OpenMode};

/// A state in one SQLite file. Several processes may have it open; one writes at a time.
#[derive(Debug, Clone)]
pub struct DatabaseStore {
    pub(crate) path: PathBuf,
    write: Option<SqlitePool>,
    pub(crate) read: SqlitePool,
}

impl DatabaseStore {
    /// Opens the state at `path`. [`OpenMode::Create`] makes the file, mode 0600, and its missing
    /// parent folders, mode 0700.
    ///
    /// # Errors
    /// [`StoreError`]: `NotState` for a folder, a missing file or another program's; `Newer`;
    /// `Locked`; `ReadOnly` where it cannot be written, or read from a read-only disk; `Damaged`.
    pub async fn open(path: impl AsRef<Path>, mode: OpenMode) -> Result<Self, StoreError> {
        let opened = open::open(path.as_ref(), mode).await?;
        Ok(Self {
            path: opened.path,
            write: opened.write,
            read: opened.read,
        })
    }

    /// The file, as an absolute path without links.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Waits for running statements and closes the file. The last to close also folds SQLite's
    /// log into it, so that the one file is the whole state.
    pub async fn close(self) {
        self.read.close().await;
        if let Some(write) = self.write {
            write.close().await;
        }
    }

    pub(crate) fn fail<'a>(&'a self, doing: &'a str) -> Failure<'a> {
        Failure::new(&self.path, doing)
    }

    pub(crate) fn writer(&self) -> Result<&SqlitePool, StoreError> {
        let opened = "it was opened for reading only";
        self.write
            .as_ref()
            .ok_or_else(|| self.fail("writing").read_only(opened))
    }
}

impl Store for DatabaseStore {
    type Lease = DatabaseLease;

    async fn streams(&self) -> Result<Vec<String>, StoreError> {
        self.stream_names().await
    }

    async fn load(&self, stream: &str, after: u64) -> Result<Vec<StoredEntry>, StoreError> {
        self.load_stream(stream, after).await
    }

    async fn append(
        &self,
        stream: &str,
        expected: u64,
        entries: &[Vec<u8>],
        fence: Option<&Fence>,
    ) -> Result<Appended, AppendError> {
        self.append_entries(stream, expected, entries, fence).await
    }

    async fn snapshot(&self, stream: &str) -> Result<Option<Snapshot>, StoreError> {
        self.load_snapshot(stream).await
    }

    async fn put_snapshot(&self, stream: &str, snapshot: &Snapshot) -> Result<(), StoreError> {
        self.keep_snapshot(stream, snapshot).await
    }

    async fn put_observations(
        &self,
        stream: &str,
        observations: &[Observation],
        after: u64,
        fence: Option<&Fence>,
    ) -> Result<(), AppendError> {
        self.keep_observations(stream, observations, (after, fence))
            .await
    }

    async fn new_observations(
        &self,
        stream: &str,
        environment: &str,
        (after, since_us): (u64, i64),
    ) -> Result<Vec<(u64, Observation)>, StoreError> {
        self.load_new_observations(stream, environment, (after, since_us))
            .await
    }

    async fn observations(
        &self,
        stream: &str,
        environment: &str,
        first: u64,
    ) -> Result<Vec<(u64, Observation)>, StoreError> {
        self.load_observations(stream, environment, first).await
    }

    async fn last_observations(
        &self,
        stream: &str,
        environment: &str,
    ) -> Result<Vec<Observation>, StoreError> {
        self.load_last_observations(stream, environment).await
    }

    async fn keep_proof(&self, stream: &str, proof: KeptProof) -> Result<KeptProof, StoreError> {
        self.put_proof(stream, proof).await
    }

    async fn kept_proof(
        &self,
        stream: &str,
        promotion: &str,
    ) -> Result<Option<KeptProof>, StoreError> {
        self.proof_of(stream, promotion).await
    }

    async fn unsettled_proofs(
        &self,
        stream: &str,
        environment: &str,
    ) -> Result<Vec<KeptProof>, StoreError> {
        self.proofs_left(stream, environment).await
    }

    async fn settle_proof(&self, stream: &str, promotion: &str) -> Result<(), StoreError> {
        self.proof_settled(stream, promotion).await
    }

    async fn put_blob(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        self.keep_blob(bytes).await
    }

    async fn blob(&self, digest: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
        self.load_blob(digest).await
    }

    async fn acquire(&self, name: &str) -> Result<Option<(DatabaseLease, Fence)>, StoreError> {
        self.take_lease(name).await
    }
}
