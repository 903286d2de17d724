//! Which state is meant: a file, or a database of PostgreSQL.

use std::path::{Path, PathBuf};

use liftlock_store::{DatabaseStore, OpenMode, PostgresAddress, StateAddress};
use liftlock_verbs::Failure;

use super::{Context, remote};

impl Context {
    /// The state's file, and whether it is the default one. Of a database what would be its file
    /// here: beside it lie the log's key and those that sign.
    pub(crate) fn state_path(&self) -> Result<(PathBuf, bool), Failure> {
        let default = || self.beside(".liftlock").join("state.db");
        match &self.state {
            None => Ok((default(), true)),
            Some(given) if remote::is_server(given) => Err(Failure::usage(format!(
                "this needs a state at hand, and {given} is a server"
            ))
            .hint("run it where the server runs, on its state's file or database")),
            Some(given) => match self.database()? {
                Some(_) => Ok((default(), false)),
                None => Ok((PathBuf::from(given), false)),
            },
        }
    }

    /// How the state is called, without a password.
    pub(crate) fn state_name(&self) -> Result<String, Failure> {
        match self.database()? {
            Some(database) => Ok(database.to_string()),
            None => Ok(self.state_path()?.0.display().to_string()),
        }
    }

    /// Whether there is a state, as far as can be told without opening it: a database is asked only
    /// then.
    pub(super) fn has_state(&self) -> Result<bool, Failure> {
        let (path, _) = self.state_path()?;
        Ok(self.database()?.is_some() || path.symlink_metadata().is_ok())
    }

    pub(super) async fn open_state(&self, mode: OpenMode) -> Result<DatabaseStore, Failure> {
        let (path, _) = self.state_path()?;
        let address = match self.database()? {
            Some(database) => {
                if let (OpenMode::Create, Some(folder)) = (mode, path.parent()) {
                    make_private(folder)?;
                }
                StateAddress::Postgres(database)
            }
            None => StateAddress::File(path.clone()),
        };
        Ok(DatabaseStore::open_address(&address, &path, mode).await?)
    }

    fn database(&self) -> Result<Option<PostgresAddress>, Failure> {
        let Some(given) = self.state.as_ref().filter(|given| given.contains("://")) else {
            return Ok(None);
        };
        match given.parse() {
            Ok(StateAddress::Postgres(database)) => Ok(Some(database)),
            Ok(StateAddress::File(_)) => Ok(None),
            Err(error) => Err(Failure::usage(format!("--state: {error}"))),
        }
    }
}

/// Makes the folder of what belongs to a database on this machine, as a file's is made with it.
fn make_private(folder: &Path) -> Result<(), Failure> {
    let mut folders = std::fs::DirBuilder::new();
    folders.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        folders.mode(0o700);
    }
    folders.create(folder).map_err(|error| {
        let message = format!("{} cannot be made: {error}", folder.display());
        Failure::failed("folder", message)
    })
}
