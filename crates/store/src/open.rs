//! Opening a state file of SQLite, or making one.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use liftlock_engine::ports::StoreError;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, Sqlite, SqliteConnection};

use crate::db::Db;
use crate::failure::{Failure, result_code};
use crate::group::Groups;
use crate::schema::{APPLICATION_ID, MIGRATIONS, SCHEMA_VERSION};
use crate::sql;

/// How long a writer waits for another process's transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How many read at a time.
const READERS_MAX: u32 = 4;

/// The first bytes of every SQLite database (sqlite.org/fileformat.html, section 1.3).
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// What opening may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenMode {
    /// Read and write; make the file where there is none.
    Create,
    /// Read and write a state that is there.
    Existing,
    /// Only read, also while another process writes, and from a read-only disk.
    ReadOnly,
}

/// An opened state file.
pub(crate) struct Opened {
    pub(crate) path: PathBuf,
    pub(crate) db: Db,
}

pub(crate) async fn open(path: &Path, mode: OpenMode) -> Result<Opened, StoreError> {
    let place = path.display().to_string();
    let fail = Failure::new(&place, "opening");
    prepare_file(path, mode, fail)?;
    // One file has one name, so that two ways to write it share their leases.
    let path = fs::canonicalize(path).map_err(|e| fail.io(e))?;
    let place = path.display().to_string();
    let fail = Failure::new(&place, "opening");
    let base = SqliteConnectOptions::new()
        .filename(&path)
        .foreign_keys(true)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT);
    if mode == OpenMode::ReadOnly {
        let read = open_read_only(base, fail).await?;
        let db = Db::Sqlite {
            write: None,
            read,
            groups: Groups::default(),
        };
        return Ok(Opened { path, db });
    }
    migrate(&base, mode, fail).await?;
    let write = pool(1, base.clone()).await.map_err(|e| fail.sql(e))?;
    let readers = base.pragma("query_only", "ON");
    let read = pool(READERS_MAX, readers).await.map_err(|e| fail.sql(e))?;
    let write = Some(write);
    let groups = Groups::default();
    let db = Db::Sqlite {
        write,
        read,
        groups,
    };
    Ok(Opened { path, db })
}

async fn pool(size: u32, options: SqliteConnectOptions) -> Result<SqlitePool, sqlx::Error> {
    SqlitePoolOptions::new()
        .max_connections(size)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options)
        .await
}

/// Looks at the file before SQLite does, and makes it where it may.
fn prepare_file(path: &Path, mode: OpenMode, fail: Failure<'_>) -> Result<(), StoreError> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => return Err(fail.not_state("it is a folder")),
        Ok(found) if !found.is_file() => return Err(fail.not_state("it is not a regular file")),
        Ok(_) => {}
        Err(e) if e.kind() == ErrorKind::NotFound && mode == OpenMode::Create => {
            create_file(path).map_err(|e| fail.io(e))?;
        }
        Err(e) if e.kind() == ErrorKind::NotFound => {
            return Err(fail.not_state("there is no such file"));
        }
        Err(e) => return Err(fail.io(e)),
    }
    // SQLite would open a file that it may not write for reading, and fail only later.
    let mut file = OpenOptions::new()
        .read(true)
        .write(mode != OpenMode::ReadOnly)
        .open(path)
        .map_err(|e| fail.io(e))?;
    let mut start = Vec::new();
    Read::by_ref(&mut file)
        .take(16)
        .read_to_end(&mut start)
        .map_err(|e| fail.io(e))?;
    match (start.as_slice(), mode) {
        (start, _) if start == MAGIC => Ok(()),
        ([], OpenMode::Create) => Ok(()),
        ([], _) => Err(fail.not_state("it is empty")),
        _ => Err(fail.not_state("it is not a SQLite database")),
    }
}

/// Makes the file, and the folders on the way to it, for this user alone.
fn create_file(path: &Path) -> std::io::Result<()> {
    let mut file = OpenOptions::new();
    // Another process may make it at the same time, so one that is there is fine.
    file.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        file.mode(0o600);
    }
    create_folder(path)?;
    file.open(path).map(|_| ())
}

/// Makes the folders on the way to a file, for this user alone.
pub(crate) fn create_folder(file: &Path) -> std::io::Result<()> {
    let mut folders = fs::DirBuilder::new();
    folders.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        folders.mode(0o700);
    }
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => folders.create(parent),
        _ => Ok(()),
    }
}

/// What a database says it is.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Blank,
    State { version: i64 },
}

async fn kind(connection: &mut SqliteConnection, fail: Failure<'_>) -> Result<Kind, StoreError> {
    // One moment for all three: between them another process may make the state.
    let mut read = connection.begin().await.map_err(|e| fail.sql(e))?;
    let mut numbers = [0i64; 3];
    let statements = [sql::APPLICATION_ID, sql::USER_VERSION, sql::TABLE_COUNT];
    for (number, statement) in numbers.iter_mut().zip(statements) {
        *number = sqlx::query_scalar::<Sqlite, i64>(statement)
            .fetch_one(&mut *read)
            .await
            .map_err(|e| fail.sql(e))?;
    }
    read.commit().await.map_err(|e| fail.sql(e))?;
    match numbers {
        [APPLICATION_ID, version, _] if version > SCHEMA_VERSION => {
            Err(fail.newer(version, SCHEMA_VERSION))
        }
        [APPLICATION_ID, version, _] if version > 0 => Ok(Kind::State { version }),
        [0, 0, 0] => Ok(Kind::Blank),
        _ => Err(fail.not_state("it is a database of another program")),
    }
}

/// Brings a state to the newest version. Nothing is written before the file is known to be ours.
async fn migrate(
    options: &SqliteConnectOptions,
    mode: OpenMode,
    fail: Failure<'_>,
) -> Result<(), StoreError> {
    let sql_error = |e| fail.sql(e);
    let mut connection = SqliteConnection::connect_with(options)
        .await
        .map_err(sql_error)?;
    let found = kind(&mut connection, fail).await?;
    if found == Kind::Blank && mode == OpenMode::Existing {
        return Err(fail.not_state("it is an empty database"));
    }
    write_ahead(&mut connection, fail).await?;
    if found
        != (Kind::State {
            version: SCHEMA_VERSION,
        })
    {
        let mut write = connection
            .begin_with(sql::BEGIN_IMMEDIATE)
            .await
            .map_err(sql_error)?;
        // Another process may have been faster.
        let from = match kind(&mut write, fail).await? {
            Kind::Blank => 0,
            Kind::State { version } => usize::try_from(version).unwrap_or(MIGRATIONS.len()),
        };
        for migration in MIGRATIONS.into_iter().skip(from) {
            sqlx::raw_sql(migration.sqlite)
                .execute(&mut *write)
                .await
                .map_err(sql_error)?;
        }
        write.commit().await.map_err(sql_error)?;
    }
    connection.close().await.map_err(sql_error)
}

/// SQLite does not wait for its lock when it changes the journal mode, so this does.
async fn write_ahead(
    connection: &mut SqliteConnection,
    fail: Failure<'_>,
) -> Result<(), StoreError> {
    const PAUSE: Duration = Duration::from_millis(20);
    let mut tries = BUSY_TIMEOUT.as_millis() / PAUSE.as_millis();
    loop {
        let mode: Result<String, sqlx::Error> = sqlx::query_scalar(sql::WRITE_AHEAD)
            .fetch_one(&mut *connection)
            .await;
        match mode {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => {
                return Err(fail.other(format!("this disk allows journal mode {mode}, not WAL")));
            }
            Err(e) if matches!(result_code(&e), Some(5 | 6)) && tries > 0 => tries -= 1,
            Err(e) => return Err(fail.sql(e)),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn open_read_only(
    base: SqliteConnectOptions,
    fail: Failure<'_>,
) -> Result<SqlitePool, StoreError> {
    let options = base.read_only(true);
    let read = match try_read(options.clone(), fail).await {
        Err(StoreError::ReadOnly { .. }) => {
            // On a read-only disk SQLite cannot make its shared memory. Without a log to read,
            // the file alone is the state, and nobody can be writing it.
            if has_log(Path::new(fail.place)) {
                return Err(fail.read_only(
                    "its write-ahead log (-wal) can only be read where the folder is writable; \
                     copy both files elsewhere and open the copy",
                ));
            }
            try_read(options.immutable(true), fail).await?
        }
        other => other?,
    };
    Ok(read)
}

async fn try_read(
    options: SqliteConnectOptions,
    fail: Failure<'_>,
) -> Result<SqlitePool, StoreError> {
    let read = pool(READERS_MAX, options).await.map_err(|e| fail.sql(e))?;
    let mut connection = read.acquire().await.map_err(|e| fail.sql(e))?;
    match kind(&mut connection, fail).await? {
        // What an older version lacks is only a copy: snapshots.
        Kind::State { .. } => Ok(read.clone()),
        Kind::Blank => Err(fail.not_state("it is an empty database")),
    }
}

fn has_log(path: &Path) -> bool {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    fs::metadata(name).is_ok_and(|log| log.len() > 0)
}
