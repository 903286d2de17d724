//! Brings the tables of PostgreSQL to the newest version, one process at a time.

use liftlock_engine::ports::StoreError;
use sqlx::{Connection, PgConnection, Postgres};

use super::SCHEMA;
use crate::failure::Failure;
use crate::open::OpenMode;
use crate::schema::{MIGRATIONS, SCHEMA_VERSION};

/// The oldest server that is worked with: it can be asked what became of a transaction, and is
/// maintained.
const SERVER_VERSION_MIN: i32 = 140_000;

const SERVER_VERSION: &str = "SELECT current_setting('server_version_num')::int";
const FOUND: &str = "SELECT to_regclass('liftlock.schema_versions') IS NOT NULL,
    EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = 'liftlock'),
    EXISTS (SELECT 1 FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname = 'liftlock')";
const NEWEST: &str = "SELECT version, compatible FROM liftlock.schema_versions
    ORDER BY version DESC LIMIT 1";
const RECORD: &str = "INSERT INTO liftlock.schema_versions (version, compatible) VALUES ($1, $2)";

/// Who waits for another's migration waits for up to ten minutes. The statements of a migration wait
/// for a lock only as long as others may be held up by that.
const BEGIN: &str = "SET LOCAL statement_timeout = '10min'; SET LOCAL lock_timeout = '10min';
    SELECT pg_advisory_xact_lock(1279677516); SET LOCAL lock_timeout = '10s'";
const CREATE_SCHEMA: &str = "CREATE SCHEMA liftlock";
const CREATE_VERSIONS: &str = "CREATE TABLE liftlock.schema_versions (
    version    BIGINT PRIMARY KEY,
    compatible BIGINT NOT NULL,
    applied    TIMESTAMPTZ NOT NULL DEFAULT now()
)";

/// What a database holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// Nothing of ours; perhaps our schema, empty, which an administrator made.
    Blank {
        schema: bool,
    },
    State {
        version: i64,
    },
}

/// Sees to it that there is a state that this version can work with.
pub(super) async fn settle(
    connection: &mut PgConnection,
    mode: OpenMode,
    fail: Failure<'_>,
) -> Result<(), StoreError> {
    let server = sqlx::query_scalar::<Postgres, i32>(SERVER_VERSION);
    let server = server
        .fetch_one(&mut *connection)
        .await
        .map_err(|e| fail.sql(e))?;
    if server < SERVER_VERSION_MIN {
        let (found, least) = (server / 10_000, SERVER_VERSION_MIN / 10_000);
        return Err(fail.other(format!(
            "it is PostgreSQL {found}; {least} is the oldest that works"
        )));
    }
    match (find(connection, fail).await?, mode) {
        (Found::Blank { .. }, OpenMode::Existing | OpenMode::ReadOnly) => {
            Err(fail.not_state(format!("its schema {SCHEMA} holds no state")))
        }
        // What an older version lacks is only a copy.
        (Found::State { .. }, OpenMode::ReadOnly) => Ok(()),
        (Found::State { version }, _) if version >= SCHEMA_VERSION => Ok(()),
        _ => migrate(connection, fail).await,
    }
}

async fn find(connection: &mut PgConnection, fail: Failure<'_>) -> Result<Found, StoreError> {
    let found = sqlx::query_as::<Postgres, (bool, bool, bool)>(FOUND);
    let found = found
        .fetch_one(&mut *connection)
        .await
        .map_err(|e| fail.sql(e))?;
    match found {
        (true, _, _) => {
            let newest = sqlx::query_as::<Postgres, (i64, i64)>(NEWEST);
            let newest = newest
                .fetch_optional(connection)
                .await
                .map_err(|e| fail.sql(e))?;
            match newest {
                Some((version, compatible)) if compatible > SCHEMA_VERSION => {
                    Err(fail.newer(version, SCHEMA_VERSION))
                }
                Some((version, _)) => Ok(Found::State { version }),
                None => Err(fail.damaged("its table schema_versions is empty")),
            }
        }
        (false, _, true) => {
            Err(fail.not_state(format!("its schema {SCHEMA} is another program's")))
        }
        (false, schema, false) => Ok(Found::Blank { schema }),
    }
}

/// All migrations in one transaction, so that there is never half of one.
async fn migrate(connection: &mut PgConnection, fail: Failure<'_>) -> Result<(), StoreError> {
    let failed = |e| fail.sql(e);
    let mut open = connection.begin().await.map_err(failed)?;
    sqlx::raw_sql(BEGIN)
        .execute(&mut *open)
        .await
        .map_err(failed)?;
    // Another process may have been faster.
    let from = match find(&mut open, fail).await? {
        Found::State { version } => usize::try_from(version).unwrap_or(MIGRATIONS.len()),
        Found::Blank { schema } => {
            if !schema {
                sqlx::raw_sql(CREATE_SCHEMA)
                    .execute(&mut *open)
                    .await
                    .map_err(failed)?;
            }
            sqlx::raw_sql(CREATE_VERSIONS)
                .execute(&mut *open)
                .await
                .map_err(failed)?;
            0
        }
    };
    for (version, migration) in (1i64..).zip(&MIGRATIONS).skip(from) {
        sqlx::raw_sql(migration.postgres)
            .execute(&mut *open)
            .await
            .map_err(failed)?;
        sqlx::query::<Postgres>(RECORD)
            .bind(version)
            .bind(migration.compatible)
            .execute(&mut *open)
            .await
            .map_err(failed)?;
    }
    open.commit().await.map_err(failed)
}
