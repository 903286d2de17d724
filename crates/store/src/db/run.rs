//! Runs statements: the one place that tells SQLite from PostgreSQL.

use std::io;
use std::time::Duration;

use futures_util::TryStreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgPool, PgRow};
use sqlx::query::Query as Statement;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, FromRow, Postgres, Sqlite};
use tokio::time::{Instant, sleep, timeout};

use super::shared::{Shared, place as place_of};
use super::{Connection, Query, Value};

/// How long a statement on PostgreSQL may go without an answer. The server ends it earlier, unless
/// it cannot be reached any more.
const ANSWER_MAX: Duration = Duration::from_secs(90);

/// For how long a statement that may be run again is, while connections to PostgreSQL are lost.
pub(super) const AGAIN_MAX: Duration = Duration::from_secs(15);

/// The first pause before it is run again; each is twice the one before.
const PAUSE: Duration = Duration::from_millis(20);

/// A row of columns that both databases have.
pub(crate) trait Columns:
    Send + Unpin + for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow>
{
}

impl<T> Columns for T where
    T: Send + Unpin + for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow>
{
}

/// A row as a database gave it.
enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    fn columns<T: Columns>(&self) -> Result<T, sqlx::Error> {
        match self {
            Self::Sqlite(row) => T::from_row(row),
            Self::Postgres(row) => T::from_row(row),
        }
    }
}

/// What is done with each row, in order.
type Take<'t> = &'t mut (dyn FnMut(Row) -> Result<(), sqlx::Error> + Send);

impl Query<'_> {
    /// All rows.
    pub(crate) async fn all<T: Columns>(&self, on: &mut Connection) -> Result<Vec<T>, sqlx::Error> {
        let mut all = Vec::new();
        let mut take = |row: Row| {
            all.push(row.columns()?);
            Ok(())
        };
        self.each(on, &mut take).await?;
        Ok(all)
    }

    /// The row, where there is one.
    pub(crate) async fn optional<T: Columns>(
        &self,
        on: &mut Connection,
    ) -> Result<Option<T>, sqlx::Error> {
        let row = self.first(on).await?;
        row.map(|row| row.columns()).transpose()
    }

    /// The row that is always there.
    pub(crate) async fn one<T: Columns>(&self, on: &mut Connection) -> Result<T, sqlx::Error> {
        self.optional(on).await?.ok_or(sqlx::Error::RowNotFound)
    }

    /// Gives each row to `take`. In a box, and for rows of any kind, as are the others here that
    /// speak to a database: what speaks to it is compiled once, and not for each kind of row in
    /// each crate that waits for one.
    fn each<'a>(
        &'a self,
        on: &'a mut Connection,
        take: Take<'a>,
    ) -> BoxFuture<'a, Result<(), sqlx::Error>> {
        Box::pin(async move {
            match on {
                Connection::Sqlite(open) => each_of(self.sqlite()?.fetch(&mut **open), take).await,
                Connection::AnySqlite(pool) => each_of(self.sqlite()?.fetch(&*pool), take).await,
                Connection::Shared { db, place } => {
                    let shared = Shared::new(db, place);
                    loop {
                        let mut turn = shared.turn().await?;
                        let found = self.sqlite()?.fetch_all(place_of(&mut turn)?).await?;
                        if shared.is_kept(turn).await? {
                            return found.into_iter().map(Row::Sqlite).try_for_each(take);
                        }
                    }
                }
                Connection::Postgres(open) => {
                    let statement = self.postgres()?;
                    let found = answered(statement.fetch_all(open.connection()?)).await;
                    open.seen(found)?
                        .into_iter()
                        .map(Row::Postgres)
                        .try_for_each(take)
                }
                Connection::AnyPostgres(pool) => {
                    let found = again(|| async {
                        let mut own = free(pool).await?;
                        let found = answered(self.postgres()?.fetch_all(&mut *own)).await;
                        checked(own, found)
                    });
                    found
                        .await?
                        .into_iter()
                        .map(Row::Postgres)
                        .try_for_each(take)
                }
            }
        })
    }

    fn first<'a>(
        &'a self,
        on: &'a mut Connection,
    ) -> BoxFuture<'a, Result<Option<Row>, sqlx::Error>> {
        Box::pin(async move {
            match on {
                Connection::Sqlite(open) => {
                    let found = self.sqlite()?.fetch_optional(&mut **open).await;
                    Ok(found?.map(Row::Sqlite))
                }
                Connection::AnySqlite(pool) => {
                    let found = self.sqlite()?.fetch_optional(&*pool).await;
                    Ok(found?.map(Row::Sqlite))
                }
                Connection::Shared { db, place } => {
                    let shared = Shared::new(db, place);
                    loop {
                        let mut turn = shared.turn().await?;
                        let found = self.sqlite()?.fetch_optional(place_of(&mut turn)?).await?;
                        if shared.is_kept(turn).await? {
                            return Ok(found.map(Row::Sqlite));
                        }
                    }
                }
                Connection::Postgres(open) => {
                    let statement = self.postgres()?;
                    let found = answered(statement.fetch_optional(open.connection()?)).await;
                    Ok(open.seen(found)?.map(Row::Postgres))
                }
                Connection::AnyPostgres(pool) => {
                    let found = again(|| async {
                        let mut own = free(pool).await?;
                        let found = answered(self.postgres()?.fetch_optional(&mut *own)).await;
                        checked(own, found)
                    });
                    Ok(found.await?.map(Row::Postgres))
                }
            }
        })
    }

    /// Runs it; how many rows it changed.
    pub(crate) fn execute<'a>(
        &'a self,
        on: &'a mut Connection,
    ) -> BoxFuture<'a, Result<u64, sqlx::Error>> {
        Box::pin(async move {
            match on {
                Connection::Sqlite(open) => {
                    let done = self.sqlite()?.execute(&mut **open).await;
                    Ok(done?.rows_affected())
                }
                Connection::AnySqlite(pool) => {
                    let done = self.sqlite()?.execute(&*pool).await;
                    Ok(done?.rows_affected())
                }
                Connection::Shared { db, place } => {
                    let shared = Shared::new(db, place);
                    loop {
                        let mut turn = shared.turn().await?;
                        let done = self.sqlite()?.execute(place_of(&mut turn)?).await?;
                        if shared.is_kept(turn).await? {
                            return Ok(done.rows_affected());
                        }
                    }
                }
                Connection::Postgres(open) => {
                    let statement = self.postgres()?;
                    let done = answered(statement.execute(open.connection()?)).await;
                    Ok(open.seen(done)?.rows_affected())
                }
                Connection::AnyPostgres(pool) => {
                    let done = again(|| async {
                        let mut own = free(pool).await?;
                        let done = answered(self.postgres()?.execute(&mut *own)).await;
                        checked(own, done)
                    });
                    Ok(done.await?.rows_affected())
                }
            }
        })
    }

    fn sqlite(&self) -> Result<Statement<'static, Sqlite, SqliteArguments>, sqlx::Error> {
        Ok(sqlx::query_with(self.sql.sqlite, self.sqlite_values()?))
    }

    fn postgres(&self) -> Result<Statement<'static, Postgres, PgArguments>, sqlx::Error> {
        Ok(sqlx::query_with(self.sql.postgres, self.postgres_values()?))
    }

    fn sqlite_values(&self) -> Result<SqliteArguments, sqlx::Error> {
        let mut values = SqliteArguments::default();
        for value in &self.values {
            let lists = "SQLite has no lists";
            match value {
                Value::Integer(value) => values.add(*value),
                Value::Text(value) => values.add(&**value),
                Value::Bytes(value) => values.add(&**value),
                Value::Integers(_) | Value::Texts(_) | Value::Blobs(_) => Err(lists.into()),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        Ok(values)
    }

    fn postgres_values(&self) -> Result<PgArguments, sqlx::Error> {
        let mut values = PgArguments::default();
        for value in &self.values {
            match value {
                Value::Integer(value) => values.add(*value),
                Value::Text(value) => values.add(&**value),
                Value::Bytes(value) => values.add(&**value),
                Value::Integers(list) => values.add(list.as_slice()),
                Value::Texts(list) => values.add(list.as_slice()),
                Value::Blobs(list) => values.add(list.as_slice()),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        Ok(values)
    }
}

async fn each_of(
    mut rows: BoxStream<'_, Result<SqliteRow, sqlx::Error>>,
    take: Take<'_>,
) -> Result<(), sqlx::Error> {
    while let Some(row) = rows.try_next().await? {
        take(Row::Sqlite(row))?;
    }
    Ok(())
}

/// A connection of a pool. That there is none says nothing about others' locks, as it would of a
/// file: the database does not answer.
pub(crate) async fn free(pool: &PgPool) -> Result<PoolConnection<Postgres>, sqlx::Error> {
    pool.acquire().await.map_err(|error| match error {
        sqlx::Error::PoolTimedOut => {
            let none = "no connection could be made, and none became free";
            io::Error::new(io::ErrorKind::TimedOut, none).into()
        }
        error => error,
    })
}

/// An answer of PostgreSQL, or that none came.
pub(crate) async fn answered<T>(
    answer: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    timeout(ANSWER_MAX, answer).await.unwrap_or_else(|_| {
        let silent = format!("the database did not answer for {} s", ANSWER_MAX.as_secs());
        Err(io::Error::new(io::ErrorKind::TimedOut, silent).into())
    })
}

/// A connection that is lost does not go back to its pool.
fn checked<T>(
    mut used: PoolConnection<Postgres>,
    answer: Result<T, sqlx::Error>,
) -> Result<T, sqlx::Error> {
    if answer.as_ref().is_err_and(is_lost) {
        used.close_on_drop();
    }
    answer
}

/// Runs what may be run again until the connection that it is run on is not lost.
pub(crate) async fn again<T, F: Future<Output = Result<T, sqlx::Error>>>(
    run: impl Fn() -> F,
) -> Result<T, sqlx::Error> {
    let (start, mut pause) = (Instant::now(), PAUSE);
    loop {
        match run().await {
            Err(error) if is_lost(&error) && start.elapsed() < AGAIN_MAX => {}
            answer => return answer,
        }
        sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(1));
    }
}

/// Whether an error says that the connection is gone, or that the server is about to go or to
/// come (postgresql.org/docs/current/errcodes-appendix.html).
pub(crate) fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(said) => match said.code().as_deref() {
            // Shut down by an administrator, crashed, starting; idle for too long.
            Some("57P01" | "57P02" | "57P03" | "57P05" | "25P03" | "25P04") => true,
            Some(code) => code.len() == 5 && code.starts_with("08"),
            None => false,
        },
        _ => false,
    }
}
