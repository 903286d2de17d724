//! The store itself.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use liftlock_engine::ports::{
    AppendError, Appended, Changes, Fence, KeptProof, Observation, Snapshot, Store, StoreError,
    StoredEntry,
};
use liftlock_oci::Digest;

use crate::db::{Connection, Db};
use crate::failure::Failure;
use crate::hints::Telling;
use crate::lease::DatabaseLease;
use crate::once::OpenRequest;
use crate::open::{self, OpenMode};
use crate::postgres::{self, StateAddress};

/// A state: one file of SQLite, or a database of PostgreSQL. Several processes may have it open.
/// One writes a file at a time; on PostgreSQL many write at once, and one appends at a time.
#[derive(Clone)]
pub struct DatabaseStore {
    pub(crate) db: Db,
    /// The file, or the database's address without a password, as errors name it.
    pub(crate) place: Arc<str>,
    pub(crate) telling: Arc<Telling>,
    /// Whose appends these are, where they are a request's.
    pub(crate) request: Option<Arc<OpenRequest>>,
    path: PathBuf,
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
            place: opened.path.display().to_string().into(),
            path: opened.path,
            db: opened.db,
            telling: Arc::new(Telling::new()),
            request: None,
        })
    }

    /// Opens the state at `address`. On PostgreSQL [`OpenMode::Create`] makes its schema and tables,
    /// `Existing` brings them to the newest version, and `ReadOnly` has sessions that write nothing.
    /// What belongs to a state on this machine, as the log's key, is beside `beside` there, as if
    /// that were a state file.
    ///
    /// # Errors
    /// [`StoreError`], as [`Self::open`]; `Unreachable`.
    pub async fn open_address(
        address: &StateAddress,
        beside: &Path,
        mode: OpenMode,
    ) -> Result<Self, StoreError> {
        match address {
            StateAddress::File(path) => Self::open(path, mode).await,
            StateAddress::Postgres(address) => {
                let place = address.to_string();
                let db = postgres::open(address, mode).await?;
                if mode != OpenMode::ReadOnly {
                    let made = open::create_folder(beside);
                    made.map_err(|e| Failure::new(&place, "making its folder").io(e))?;
                }
                Ok(Self {
                    db,
                    place: place.into(),
                    path: beside.to_owned(),
                    telling: Arc::new(Telling::new()),
                    request: None,
                })
            }
        }
    }

    /// The file, as an absolute path without links. On PostgreSQL what was given in its place when
    /// it was opened: what belongs to the state on this machine lies beside it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file, or the database's address without a password.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Waits for running statements and closes the file. The last to close also folds SQLite's
    /// log into it, so that the one file is the whole state.
    pub async fn close(self) {
        self.db.close().await;
    }

    pub(crate) fn fail<'a>(&'a self, doing: &'a str) -> Failure<'a> {
        Failure::new(&self.place, doing)
    }

    /// For single statements that read.
    pub(crate) fn reading(&self) -> Connection {
        self.db.reading()
    }

    /// For single statements that write, and change nothing when they are run again.
    pub(crate) fn writing(&self) -> Result<Connection, StoreError> {
        let writing = self.db.writing(&self.place);
        writing.ok_or_else(|| self.only_read())
    }

    pub(crate) async fn begin_read(&self, fail: Failure<'_>) -> Result<Connection, StoreError> {
        self.db.begin_read().await.map_err(|e| fail.sql(e))
    }

    pub(crate) async fn begin_write(&self, fail: Failure<'_>) -> Result<Connection, StoreError> {
        let begun = self.db.begin_write().await.map_err(|e| fail.sql(e))?;
        begun.ok_or_else(|| self.only_read())
    }

    pub(crate) fn only_read(&self) -> StoreError {
        let opened = "it was opened for reading only";
        self.fail("writing").read_only(opened)
    }
}

impl fmt::Debug for DatabaseStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseStore({})", self.place)
    }
}

impl Store for DatabaseStore {
    type Lease = DatabaseLease;

    async fn streams(&self) -> Result<Vec<String>, StoreError> {
        self.stream_names().await
    }

    async fn changes(&self, from: u64) -> Result<Changes, StoreError> {
        self.changed(from).await
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

    async fn worker_seen(&self, label: &str) -> Result<Option<i64>, StoreError> {
        self.seen_worker(label).await
    }

    async fn acquire(&self, name: &str) -> Result<Option<(DatabaseLease, Fence)>, StoreError> {
        self.take_lease(name).await
    }

    async fn claim(&self, name: &str) -> Result<Option<DatabaseLease>, StoreError> {
        self.take_claim(name).await
    }
}
