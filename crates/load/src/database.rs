//! The database under a state, and its address.

use std::path::{Path, PathBuf};

use liftlock_store::{DatabaseStore, OpenMode, StateAddress};

use crate::made::make_folder;
use crate::options::Kind;
use crate::postgres::Cluster;
use crate::trouble::Trouble;
use crate::usage;

/// A state's database; a server of PostgreSQL runs for as long as this is there.
pub(crate) struct Database {
    folder: PathBuf,
    cluster: Option<Cluster>,
}

impl Database {
    /// A new one in a folder.
    ///
    /// # Errors
    /// Where PostgreSQL is not there, or does not start.
    pub(crate) fn create(kind: Kind, folder: &Path) -> Result<Self, Trouble> {
        make_folder(&folder.join("beside"))?;
        if kind == Kind::Postgres {
            Cluster::make(folder)?;
        }
        Self::start(kind, folder)
    }

    /// One that is there.
    ///
    /// # Errors
    /// Where it does not start.
    pub(crate) fn start(kind: Kind, folder: &Path) -> Result<Self, Trouble> {
        let cluster = match kind {
            Kind::Sqlite => None,
            Kind::Postgres => Some(Cluster::start(folder)?),
        };
        Ok(Self {
            folder: folder.to_owned(),
            cluster,
        })
    }

    /// What `--state` is given.
    pub(crate) fn address(&self) -> String {
        match &self.cluster {
            None => self.beside().display().to_string(),
            Some(cluster) => cluster.address(),
        }
    }

    /// Opens it as a server does.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub(crate) async fn open(&self) -> Result<DatabaseStore, Trouble> {
        let address: StateAddress = self
            .address()
            .parse()
            .map_err(|error| Trouble::Text(format!("the state's address: {error}")))?;
        let beside = self.beside();
        Ok(DatabaseStore::open_address(&address, &beside, OpenMode::Create).await?)
    }

    /// The process of the database's own server.
    pub(crate) fn process(&self) -> Option<u32> {
        self.cluster.as_ref().and_then(Cluster::process)
    }

    /// How large it is on disk, in bytes.
    ///
    /// # Errors
    /// Where it cannot be looked at.
    pub(crate) fn bytes(&self) -> Result<u64, Trouble> {
        usage::bytes(&self.folder)
    }

    /// Ends its server, where it has one, in good order.
    ///
    /// # Errors
    /// Where it does not end.
    pub(crate) fn end(self) -> Result<(), Trouble> {
        self.cluster.map_or(Ok(()), Cluster::end)
    }

    /// The state's file; with PostgreSQL what its place on this machine is named after.
    fn beside(&self) -> PathBuf {
        self.folder.join("beside").join("state.db")
    }
}
