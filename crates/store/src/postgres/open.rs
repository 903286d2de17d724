//! Opening a state on PostgreSQL, or making one.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use liftlock_engine::ports::StoreError;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection};
use tokio::time::{sleep, timeout};

use super::address::PostgresAddress;
use super::{Keeper, migrate};
use crate::db::{Db, is_lost};
use crate::failure::Failure;
use crate::group::Groups;
use crate::open::OpenMode;

/// The most connections of one process, besides one that keeps its leases.
const CONNECTIONS_MAX: u32 = 10;

/// How long is waited for a connection, also while the server is just starting.
const CONNECT_MAX: Duration = Duration::from_secs(10);

/// A connection that nobody used for that long is asked for a sign of life first.
const IDLE_TRUSTED: Duration = Duration::from_secs(1);

/// One that nobody used for that long is closed.
const IDLE_MAX: Duration = Duration::from_secs(5 * 60);

/// One that is this old is made anew: after a failover no process stays at the old server.
const LIFE_MAX: Duration = Duration::from_secs(30 * 60);

/// How often what is there is looked at, where the connection is lost meanwhile.
const SETTLE_TRIES_MAX: u32 = 5;

/// The pause before it is looked at again: a server that is starting is there soon.
const SETTLE_PAUSE: Duration = Duration::from_millis(200);

/// What each session is told. Whoever stops in the middle of a transaction, because its process was
/// paused or its network cut, holds the others up no longer than ten seconds.
const SESSION: [(&str, &str); 7] = [
    ("search_path", super::SCHEMA),
    ("statement_timeout", "60s"),
    ("lock_timeout", "10s"),
    ("idle_in_transaction_session_timeout", "10s"),
    ("tcp_keepalives_idle", "30"),
    ("tcp_keepalives_interval", "10"),
    ("tcp_keepalives_count", "3"),
];

pub(crate) async fn open(address: &PostgresAddress, mode: OpenMode) -> Result<Db, StoreError> {
    let place = address.to_string();
    let fail = Failure::new(&place, "opening");
    let options = session(address.options().map_err(|e| fail.other(e))?);
    settle(&options, mode, fail).await?;
    let writes = mode != OpenMode::ReadOnly;
    let keeper = Arc::new(Keeper::new(options.clone()));
    let options = match writes {
        true => options,
        false => options.options([("default_transaction_read_only", "on")]),
    };
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS_MAX)
        .acquire_timeout(CONNECT_MAX)
        .idle_timeout(IDLE_MAX)
        .max_lifetime(LIFE_MAX)
        .test_before_acquire(false)
        .before_acquire(|connection, seen| {
            Box::pin(async move {
                let trusted = seen.idle_for < IDLE_TRUSTED;
                Ok(trusted || connection.ping().await.is_ok())
            })
        })
        .connect_lazy_with(options);
    Ok(Db::Postgres {
        pool,
        writes,
        keeper,
        groups: Groups::default(),
    })
}

/// Looks at what is there and makes what is missing, again where the connection was lost over it.
async fn settle(
    options: &PgConnectOptions,
    mode: OpenMode,
    fail: Failure<'_>,
) -> Result<(), StoreError> {
    let mut tries = 0;
    loop {
        tries += 1;
        let error = match connected(options).await {
            Ok(mut connection) => match migrate::settle(&mut connection, mode, fail).await {
                Err(error @ StoreError::Unreachable { .. }) => error,
                settled => return settled,
            },
            Err(error) if is_lost(&error) && !is_refused(&error) => fail.sql(error),
            Err(error) => return Err(fail.sql(error)),
        };
        if tries == SETTLE_TRIES_MAX {
            return Err(error);
        }
        sleep(SETTLE_PAUSE).await;
    }
}

/// Nobody listens there: whoever gave the address hears of it at once.
fn is_refused(error: &sqlx::Error) -> bool {
    use std::io::ErrorKind::{ConnectionRefused, NotFound};
    matches!(error, sqlx::Error::Io(e) if [ConnectionRefused, NotFound].contains(&e.kind()))
}

fn session(options: PgConnectOptions) -> PgConnectOptions {
    let named = options.get_application_name().is_some();
    let options = options.options(SESSION).disable_statement_logging();
    match named {
        true => options,
        false => options.application_name("liftlock"),
    }
}

/// One connection, which says why there is none better than a pool does.
async fn connected(options: &PgConnectOptions) -> Result<sqlx::PgConnection, sqlx::Error> {
    let connected = timeout(CONNECT_MAX, options.connect()).await;
    connected.unwrap_or_else(|_| {
        let silent = format!("no answer within {} s", CONNECT_MAX.as_secs());
        Err(io::Error::new(io::ErrorKind::TimedOut, silent).into())
    })
}
