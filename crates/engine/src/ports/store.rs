//! The store of events, as the engine needs it.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::future::Future;

use liftlock_oci::Digest;

use super::{KeptProof, Observation};

/// The largest entry, in bytes: entries stay under 64 KiB (C2SP tlog-tiles, entry bundles).
pub const ENTRY_BYTES_MAX: usize = 65_535;

/// Append-only streams of entries, one a pipeline, with a global order: the ledger.
pub trait Store: Send + Sync {
    /// The held lease; dropping it, or the end of the process, gives it back.
    type Lease: Held;

    /// The names of all streams, sorted.
    fn streams(&self) -> impl Future<Output = Result<Vec<String>, StoreError>> + Send;

    /// Which streams were appended to from a place in the ledger on, and how long it is. A place
    /// beyond its end is no error: then none.
    fn changes(&self, from: u64) -> impl Future<Output = Result<Changes, StoreError>> + Send;

    /// A stream's entries with a version greater than `after` (0: all), in order.
    fn load(
        &self,
        stream: &str,
        after: u64,
    ) -> impl Future<Output = Result<Vec<StoredEntry>, StoreError>> + Send;

    /// Appends `entries` (canonical bytes, kept as they are) to `stream` in one transaction, each
    /// with its place in the ledger, if the stream's version is still `expected` and, where
    /// `fence` is given, its lease has not been taken over.
    fn append(
        &self,
        stream: &str,
        expected: u64,
        entries: &[Vec<u8>],
        fence: Option<&Fence>,
    ) -> impl Future<Output = Result<Appended, AppendError>> + Send;

    /// The last snapshot of a stream that was kept and is as it was kept; none where there is none,
    /// or it was damaged.
    fn snapshot(
        &self,
        _stream: &str,
    ) -> impl Future<Output = Result<Option<Snapshot>, StoreError>> + Send {
        async { Ok(None) }
    }

    /// Keeps a snapshot in the place of the stream's last one. A store may leave it.
    fn put_snapshot(
        &self,
        _stream: &str,
        _snapshot: &Snapshot,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        async { Ok(()) }
    }

    /// Keeps observations in their order, all or none, and may drop those older than
    /// [`super::OBSERVATION_DAYS`]. Each gets the next number of its environment, from 1; after
    /// `after`, which is the last that the ledger knows, also where older ones were dropped. Where
    /// `fence` is given, only if its lease has not been taken over.
    fn put_observations(
        &self,
        stream: &str,
        observations: &[Observation],
        after: u64,
        fence: Option<&Fence>,
    ) -> impl Future<Output = Result<(), AppendError>> + Send;

    /// The last observation of each check of an environment, by its number, whichever release it
    /// was of.
    fn last_observations(
        &self,
        stream: &str,
        environment: &str,
    ) -> impl Future<Output = Result<Vec<Observation>, StoreError>> + Send;

    /// An environment's observations with their numbers, in order: those with a number over
    /// `after`, from the first on that was made after `since_us` (microseconds since 1970). At most
    /// [`super::OBSERVATIONS_MAX`].
    fn new_observations(
        &self,
        stream: &str,
        environment: &str,
        from: (u64, i64),
    ) -> impl Future<Output = Result<Vec<(u64, Observation)>, StoreError>> + Send;

    /// An environment's observations with their numbers, in order, from the number `first` on. At
    /// most [`super::OBSERVATIONS_MAX`].
    fn observations(
        &self,
        stream: &str,
        environment: &str,
        first: u64,
    ) -> impl Future<Output = Result<Vec<(u64, Observation)>, StoreError>> + Send;

    /// Keeps the proof of a promotion, unless one is kept of it already; gives the one that is
    /// kept. A store may leave it.
    fn keep_proof(
        &self,
        _stream: &str,
        proof: KeptProof,
    ) -> impl Future<Output = Result<KeptProof, StoreError>> + Send {
        async { Ok(proof) }
    }

    /// The proof that is kept of a promotion.
    fn kept_proof(
        &self,
        _stream: &str,
        _promotion: &str,
    ) -> impl Future<Output = Result<Option<KeptProof>, StoreError>> + Send {
        async { Ok(None) }
    }

    /// The kept proofs of an environment that are not settled, the oldest first; at most 100.
    fn unsettled_proofs(
        &self,
        _stream: &str,
        _environment: &str,
    ) -> impl Future<Output = Result<Vec<KeptProof>, StoreError>> + Send {
        async { Ok(Vec::new()) }
    }

    /// Notes that nothing is left to do about the kept proof of a promotion.
    fn settle_proof(
        &self,
        _stream: &str,
        _promotion: &str,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        async { Ok(()) }
    }

    /// Keeps a payload under its digest. The same bytes again change nothing.
    fn put_blob(&self, bytes: &[u8]) -> impl Future<Output = Result<Digest, StoreError>> + Send;

    /// A kept payload, verified against its digest.
    fn blob(
        &self,
        digest: &Digest,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, StoreError>> + Send;

    /// When a worker with a label was last seen, in microseconds since 1970; none where none was,
    /// or nobody keeps it.
    fn worker_seen(
        &self,
        _label: &str,
    ) -> impl Future<Output = Result<Option<i64>, StoreError>> + Send {
        async { Ok(None) }
    }

    /// Takes the lease `name`, if no living process holds it: `None` where one does. A lease whose
    /// process has died is free at once, or once it has expired, as the store says.
    fn acquire(
        &self,
        name: &str,
    ) -> impl Future<Output = Result<Option<(Self::Lease, Fence)>, StoreError>> + Send;

    /// The same for what nothing rests on: it keeps others away, and may be lost without a word.
    /// A store can do that without writing anything.
    fn claim(
        &self,
        name: &str,
    ) -> impl Future<Output = Result<Option<Self::Lease>, StoreError>> + Send {
        async move { Ok(self.acquire(name).await?.map(|(lease, _)| lease)) }
    }
}

/// A lease that was taken.
pub trait Held: Send + Sync {
    /// Whether it is sure that nobody else can hold it. Of one that expires, its holder is not sure
    /// some time before: what it runs has to end until then.
    fn is_held(&self) -> bool {
        true
    }

    /// Comes when it is not sure any more; never where a lease cannot be lost.
    fn lost(&self) -> impl Future<Output = ()> + Send {
        std::future::pending()
    }
}

/// One entry as it was appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// Its place in its stream, from 1.
    pub version: u64,
    /// Its place in the ledger, from 0.
    pub seq: u64,
    /// The exact bytes.
    pub bytes: Vec<u8>,
}

/// What was appended since.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// How many entries the ledger has.
    pub size: u64,
    /// The version that each stream has which was appended to.
    pub pipelines: BTreeMap<String, u64>,
}

/// What a stream comes to, so that it need not be folded from its first entry. Never more than a
/// copy: the entries are the truth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The version of the stream that it stands for.
    pub version: u64,
    /// The version of the fold that made it.
    pub fold: u32,
    /// The digest of the last entry that is in it.
    pub last: Digest,
    /// The state, as the fold writes it.
    pub state: Vec<u8>,
}

/// The largest state in a snapshot, in bytes: 256 MiB. One that is larger is not kept.
pub const SNAPSHOT_BYTES_MAX: usize = 256 << 20;

/// What an append did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// The stream's new version.
    pub version: u64,
    /// The ledger's new size.
    pub ledger_size: u64,
}

/// Proof of a lease, checked on each append: a holder that was overtaken writes nothing more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    /// The lease.
    pub name: String,
    /// Rises by one each time the lease is taken.
    pub epoch: u64,
}

/// Why the state cannot be used. `path` is the file, or the database's address.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file is not a database of ours.
    #[error("{path} is not a Liftlock state: {message}")]
    NotState {
        /// The file.
        path: String,
        /// What it is instead.
        message: String,
    },
    /// Made by a newer version of Liftlock.
    #[error(
        "{path} was written by a newer Liftlock (state version {found}, this one knows {known}); use that version"
    )]
    Newer {
        /// The file.
        path: String,
        /// Its version.
        found: i64,
        /// The newest known here.
        known: i64,
    },
    /// Another process keeps it locked.
    #[error("{path} is locked by another process; try again when it has finished")]
    Locked {
        /// The file.
        path: String,
    },
    /// It cannot be written.
    #[error("{path} cannot be written: {message}")]
    ReadOnly {
        /// The file.
        path: String,
        /// Why.
        message: String,
    },
    /// What it holds is damaged.
    #[error("{path} is damaged: {message}")]
    Damaged {
        /// The file.
        path: String,
        /// What is wrong.
        message: String,
    },
    /// The database cannot be reached, or does not let this user in.
    #[error("the database {path} cannot be reached: {message}")]
    Unreachable {
        /// Its address.
        path: String,
        /// Why.
        message: String,
    },
    /// The server that has the state does not answer.
    #[error("{path} cannot be reached: {message}")]
    Silent {
        /// The server's address.
        path: String,
        /// Why.
        message: String,
    },
    /// The server that has the state refuses, or cannot be understood.
    #[error("{path}: {message}")]
    Remote {
        /// The server's address.
        path: String,
        /// Why.
        message: String,
    },
    /// The connection broke off while something was written: it may be there or not.
    #[error("{path}: whether it was written is not known: {message}; look, and run it again")]
    Unknown {
        /// The database's address.
        path: String,
        /// Why.
        message: String,
    },
    /// Anything else the database said.
    #[error("{path}: {message}: {source}")]
    Database {
        /// The file.
        path: String,
        /// What was being done.
        message: String,
        /// The cause.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
}

/// Why nothing was appended.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Someone else appended first: load and decide again.
    #[error("the stream is at version {actual}, not {expected}")]
    Conflict {
        /// What the caller decided on.
        expected: u64,
        /// What is there.
        actual: u64,
    },
    /// The lease was taken over by another process.
    #[error("the lease {name} was taken over by another process")]
    Fenced {
        /// The lease.
        name: String,
    },
    /// An entry is over [`ENTRY_BYTES_MAX`].
    #[error("an entry has {bytes} bytes, over the limit of {ENTRY_BYTES_MAX}")]
    Size {
        /// Its size.
        bytes: usize,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
