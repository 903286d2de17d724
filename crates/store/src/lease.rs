//! Leases: a lock of the operating system beside a file, a row that expires on PostgreSQL, and an
//! epoch that fences off earlier holders on both.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use crate::database::DatabaseStore;
use crate::db::{Connection, Db, query};
use crate::failure::Failure;
use crate::postgres::{Claimed, Kept};
use crate::sql;
use liftlock_engine::ports::{Fence, Held, StoreError};
use liftlock_oci::Digest;

/// File names are at most 255 bytes on common disks; longer names become their digest.
const FILE_NAME_BYTES_MAX: usize = 200;

/// A held lease. Dropped it is free again. With the end of the process it is free at once where the
/// state is a file, and after half a minute where it is a database of PostgreSQL.
#[derive(Debug)]
pub struct DatabaseLease {
    how: How,
}

#[derive(Debug)]
enum How {
    // The lock lives as long as the open file.
    File { _locked: File },
    Row { kept: Kept },
    Claim { _claimed: Claimed },
}

impl Held for DatabaseLease {
    fn is_held(&self) -> bool {
        match &self.how {
            // The system takes a lock from nobody; on a claim nothing rests.
            How::File { .. } | How::Claim { .. } => true,
            How::Row { kept } => kept.is_sure(),
        }
    }

    async fn lost(&self) {
        match &self.how {
            How::File { .. } | How::Claim { .. } => std::future::pending().await,
            How::Row { kept } => kept.unsure().await,
        }
    }
}

impl DatabaseStore {
    pub(crate) async fn take_lease(
        &self,
        name: &str,
    ) -> Result<Option<(DatabaseLease, Fence)>, StoreError> {
        let fail = self.fail("taking a lease");
        // Nobody takes a lease who could not write under it.
        let mut write = self.writing()?;
        let taken = match &self.db {
            Db::Sqlite { .. } => lock(self.path(), name, &mut write, fail).await?,
            Db::Postgres { keeper, .. } => {
                let taken = keeper.take(name).await.map_err(|e| fail.sql(e))?;
                taken.map(|(kept, epoch)| (How::Row { kept }, epoch))
            }
        };
        let name = name.to_owned();
        Ok(taken.map(|(held, epoch)| (DatabaseLease { how: held }, Fence { name, epoch })))
    }

    /// A lease without an epoch, for which nothing is written: the same lock beside a file, a lock
    /// of a session on PostgreSQL.
    pub(crate) async fn take_claim(&self, name: &str) -> Result<Option<DatabaseLease>, StoreError> {
        let fail = self.fail("taking a lease");
        let held = match &self.db {
            Db::Sqlite { .. } => {
                let locked = try_lock(self.path(), name, fail)?;
                locked.map(|file| How::File { _locked: file })
            }
            Db::Postgres { keeper, .. } => {
                let claimed = keeper.claim(name).await.map_err(|e| fail.sql(e))?;
                claimed.map(|claimed| How::Claim { _claimed: claimed })
            }
        };
        Ok(held.map(|held| DatabaseLease { how: held }))
    }
}

async fn lock(
    state: &Path,
    name: &str,
    write: &mut Connection,
    fail: Failure<'_>,
) -> Result<Option<(How, u64)>, StoreError> {
    let Some(file) = try_lock(state, name, fail)? else {
        return Ok(None);
    };
    let epoch = query(sql::LEASE_COUNT)
        .bind(name)
        .one::<(i64,)>(write)
        .await;
    let (epoch,) = epoch.map_err(|e| fail.sql(e))?;
    Ok(Some((How::File { _locked: file }, epoch.cast_unsigned())))
}

fn try_lock(state: &Path, name: &str, fail: Failure<'_>) -> Result<Option<File>, StoreError> {
    let file = open_lock(&lock_path(state, name)).map_err(|e| fail.io(e))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(e)) => Err(fail.io(e)),
    }
}

/// Lock files stay when they are free: removing one could give two holders a lock each.
fn open_lock(path: &Path) -> std::io::Result<File> {
    let mut folders = fs::DirBuilder::new();
    let mut file = OpenOptions::new();
    folders.recursive(true);
    file.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        folders.mode(0o700);
        file.mode(0o600);
    }
    if let Some(parent) = path.parent() {
        folders.create(parent)?;
    }
    file.open(path)
}

fn lock_path(state: &Path, name: &str) -> PathBuf {
    let mut folder = state.as_os_str().to_owned();
    folder.push(".locks");
    PathBuf::from(folder).join(file_name(name))
}

/// Two names never share a file, on disks that ignore case either.
fn file_name(name: &str) -> String {
    let mut safe = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => safe.push(char::from(byte)),
            // Writing to a string cannot fail.
            _ => _ = write!(safe, "%{byte:02x}"),
        }
    }
    if safe.len() > FILE_NAME_BYTES_MAX {
        // A plain name never begins with a full stop.
        return format!(".{}.lock", Digest::of(name.as_bytes()).hex());
    }
    safe + ".lock"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_safe_and_distinct_file_names() {
        let long = "a/".repeat(300);
        let names = [
            "shop/api",
            "shop%2fapi",
            "Shop/api",
            "shop\0api",
            "..",
            ".",
            "",
            "é",
            &long,
        ];
        let mut files: Vec<String> = names.iter().map(|name| file_name(name)).collect();
        assert_eq!(files[0], "shop%2fapi.lock");
        for file in &files {
            assert!(file.len() <= 255 && file.is_ascii(), "{file}");
            assert!(
                !file.contains(['/', '\\', '\0']) && !file.starts_with(".."),
                "{file}"
            );
            assert_eq!(file, &file.to_lowercase());
        }
        files.sort();
        files.dedup();
        assert_eq!(files.len(), names.len());
    }
}
