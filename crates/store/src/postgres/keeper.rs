//! Leases on PostgreSQL: rows that expire, and a thread that keeps those that are held.
//!
//! The thread has a connection of its own. So a lease is renewed while everything else in the
//! process waits, and given back before who dropped it goes on. A process that was killed leaves its
//! leases to expire. One that was paused, or cut off, for longer than they last has lost them: its
//! next append finds the lease expired, or another's epoch.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection, Postgres};
use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::db::is_lost;
use crate::sql;

/// How long a lease lasts when nobody renews it, by the database's clock.
pub(crate) const LEASE_LASTS: Duration = Duration::from_secs(30);

/// How long after it was renewed it is renewed again.
const RENEW_AFTER: Duration = Duration::from_secs(10);

/// The same after that failed.
const RENEW_SOON: Duration = Duration::from_secs(1);

/// So long before it expires its holder is not sure of it any more: what it runs has to end before
/// another begins. Half of it is for clocks that do not run alike.
const UNSURE_BEFORE: Duration = Duration::from_secs(4);

/// How long one statement may take.
const STATEMENT_MAX: Duration = Duration::from_secs(5);

/// For how long taking a lease is tried while connections are lost.
const TAKE_MAX: Duration = Duration::from_secs(10);

/// How long whoever drops a lease waits until it is given back. Otherwise it expires.
const RELEASE_MAX: Duration = Duration::from_secs(2);

type Taken = Result<Option<(u64, watch::Receiver<Instant>)>, sqlx::Error>;

enum Order {
    Take {
        name: String,
        reply: oneshot::Sender<Taken>,
    },
    Release {
        lease: Lease,
        done: SyncSender<()>,
    },
    Claim {
        name: String,
        reply: oneshot::Sender<Result<bool, sqlx::Error>>,
    },
    Unclaim {
        name: String,
    },
}

/// A lease by its name and epoch.
type Lease = (String, u64);

/// Keeps the leases of one opened state.
pub(crate) struct Keeper {
    options: PgConnectOptions,
    /// None before the first lease: most who open a state take none.
    orders: Mutex<Option<mpsc::UnboundedSender<Order>>>,
}

/// A held lock of the keeper's session. Dropped, it is free again soon; where the session is silent,
/// as soon as a lease would be.
pub(crate) struct Claimed {
    name: String,
    orders: mpsc::UnboundedSender<Order>,
}

/// A held lease. Dropped, it is free again.
pub(crate) struct Kept {
    lease: Lease,
    orders: mpsc::UnboundedSender<Order>,
    /// Until when it is sure. Nobody tells any more of one that was found to be lost.
    sure: watch::Receiver<Instant>,
}

impl Keeper {
    pub(crate) fn new(options: PgConnectOptions) -> Self {
        Self {
            options,
            orders: Mutex::new(None),
        }
    }

    /// Takes a lease that nobody holds, with its epoch.
    pub(crate) async fn take(&self, name: &str) -> Result<Option<(Kept, u64)>, sqlx::Error> {
        let orders = self.orders()?;
        let (reply, taken) = oneshot::channel();
        let name = name.to_owned();
        let order = Order::Take {
            name: name.clone(),
            reply,
        };
        orders.send(order).map_err(|_| sqlx::Error::WorkerCrashed)?;
        let taken = taken.await.map_err(|_| sqlx::Error::WorkerCrashed)??;
        Ok(taken.map(|(epoch, sure)| {
            let lease = (name, epoch);
            let kept = Kept {
                lease,
                orders,
                sure,
            };
            (kept, epoch)
        }))
    }

    /// Takes a lock of the session that nobody has. It is lost with the connection.
    pub(crate) async fn claim(&self, name: &str) -> Result<Option<Claimed>, sqlx::Error> {
        let orders = self.orders()?;
        let (reply, claimed) = oneshot::channel();
        let name = name.to_owned();
        let order = Order::Claim {
            name: name.clone(),
            reply,
        };
        orders.send(order).map_err(|_| sqlx::Error::WorkerCrashed)?;
        let claimed = claimed.await.map_err(|_| sqlx::Error::WorkerCrashed)??;
        Ok(claimed.then_some(Claimed { name, orders }))
    }

    fn orders(&self) -> io::Result<mpsc::UnboundedSender<Order>> {
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(orders) = orders.as_ref().filter(|orders| !orders.is_closed()) {
            return Ok(orders.clone());
        }
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let holder = holder()?;
        let (send, receive) = mpsc::unbounded_channel();
        let work = Work {
            options: self.options.clone(),
            connection: None,
            holder,
            taken: 0,
            held: BTreeMap::new(),
            claimed: BTreeSet::new(),
        };
        thread::Builder::new()
            .name("leases".to_owned())
            .spawn(move || runtime.block_on(work.run(receive)))?;
        *orders = Some(send.clone());
        Ok(send)
    }
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keeper")
    }
}

impl Kept {
    /// Whether it is sure that nobody else has it.
    pub(crate) fn is_sure(&self) -> bool {
        self.sure.has_changed().is_ok() && Instant::now() < *self.sure.borrow()
    }

    /// Comes when it is not any more.
    pub(crate) async fn unsure(&self) {
        let mut sure = self.sure.clone();
        loop {
            let until = *sure.borrow_and_update();
            tokio::select! {
                () = sleep_until(until) => return,
                told = sure.changed() => if told.is_err() {
                    return;
                },
            }
        }
    }
}

impl Drop for Claimed {
    fn drop(&mut self) {
        let name = std::mem::take(&mut self.name);
        // Without a keeper there is no session, and no lock.
        _ = self.orders.send(Order::Unclaim { name });
    }
}

impl fmt::Debug for Claimed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Claimed({})", self.name)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let (done, released) = sync_channel(1);
        let lease = std::mem::take(&mut self.lease);
        if self.orders.send(Order::Release { lease, done }).is_ok() {
            _ = released.recv_timeout(RELEASE_MAX);
        }
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kept({}, epoch {})", self.lease.0, self.lease.1)
    }
}

/// A name that no other holder has.
pub(crate) fn holder() -> io::Result<String> {
    let mut random = [0; 16];
    let no_bytes = |_| io::Error::other("the system gives no random bytes");
    aws_lc_rs::rand::fill(&mut random).map_err(no_bytes)?;
    Ok(format!("{:032x}", u128::from_be_bytes(random)))
}

struct Work {
    options: PgConnectOptions,
    connection: Option<PgConnection>,
    holder: String,
    /// How many were asked for: each has a holder's name of its own.
    taken: u64,
    /// Each, and who is told until when it is sure.
    held: BTreeMap<Lease, watch::Sender<Instant>>,
    /// A session gives a lock that it has once more: it is asked only for what is not here.
    claimed: BTreeSet<String>,
}

impl Work {
    /// Until nobody can give orders any more.
    async fn run(mut self, mut orders: mpsc::UnboundedReceiver<Order>) {
        let mut renew = Instant::now() + RENEW_AFTER;
        loop {
            tokio::select! {
                order = orders.recv() => match order {
                    Some(Order::Take { name, reply }) => {
                        if self.is_idle() {
                            renew = Instant::now() + RENEW_AFTER;
                        }
                        let taken = self.take(&name).await;
                        if let Err(Ok(Some((epoch, _)))) = reply.send(taken) {
                            // Nobody waits for it any more.
                            self.release(&(name, epoch)).await;
                        }
                    }
                    Some(Order::Release { lease, done }) => {
                        self.release(&lease).await;
                        _ = done.send(());
                    }
                    Some(Order::Claim { name, reply }) => {
                        if self.is_idle() {
                            renew = Instant::now() + RENEW_AFTER;
                        }
                        let claimed = self.claim(&name).await;
                        if let Err(Ok(true)) = reply.send(claimed) {
                            self.unclaim(&name).await;
                        }
                    }
                    Some(Order::Unclaim { name }) => self.unclaim(&name).await,
                    None => break,
                },
                () = sleep_until(renew), if !self.is_idle() => {
                    renew = Instant::now() + self.renew().await;
                }
            }
        }
        if let Some(connection) = self.connection {
            _ = timeout(STATEMENT_MAX, connection.close()).await;
        }
    }

    async fn take(&mut self, name: &str) -> Taken {
        self.taken += 1;
        let holder = format!("{}/{}", self.holder, self.taken);
        let start = Instant::now();
        loop {
            let taken = sqlx::query_scalar::<Postgres, i64>(sql::LEASE_TAKE)
                .bind(name)
                .bind(holder.clone())
                .bind(micros(LEASE_LASTS));
            let asked = Instant::now();
            match self
                .ask(async |connection| taken.fetch_optional(connection).await)
                .await
            {
                // Whether it was taken before the connection was lost is nothing to ask: whoever
                // has this name takes it again.
                Err(error) if is_lost(&error) && start.elapsed() < TAKE_MAX => {
                    sleep(RENEW_SOON).await;
                }
                Err(error) => return Err(error),
                Ok(None) => return Ok(None),
                Ok(Some(epoch)) => {
                    let epoch = epoch.cast_unsigned();
                    let (told, sure) = watch::channel(sure_until(asked));
                    self.held.insert((name.to_owned(), epoch), told);
                    return Ok(Some((epoch, sure)));
                }
            }
        }
    }

    async fn claim(&mut self, name: &str) -> Result<bool, sqlx::Error> {
        if self.claimed.contains(name) {
            return Ok(false);
        }
        let taken = sqlx::query_scalar::<Postgres, bool>(sql::CLAIM_TAKE).bind(name.to_owned());
        let taken = self
            .ask(async |connection| taken.fetch_one(connection).await)
            .await?;
        if taken {
            self.claimed.insert(name.to_owned());
        }
        Ok(taken)
    }

    /// Where the connection was lost since, there is nothing to give back.
    async fn unclaim(&mut self, name: &str) {
        if self.claimed.remove(name) {
            let freed =
                sqlx::query_scalar::<Postgres, bool>(sql::CLAIM_RELEASE).bind(name.to_owned());
            _ = self
                .ask(async |connection| freed.fetch_one(connection).await)
                .await;
        }
    }

    fn is_idle(&self) -> bool {
        self.held.is_empty() && self.claimed.is_empty()
    }

    /// Renews all, which is also a sign of life for the locks; when to do that again.
    async fn renew(&mut self) -> Duration {
        if self.held.is_empty() {
            _ = self.ask(async |connection| connection.ping().await).await;
            return RENEW_AFTER;
        }
        let held: Vec<Lease> = self.held.keys().cloned().collect();
        for lease in held {
            let asked = Instant::now();
            let renewed = sqlx::query::<Postgres>(sql::LEASE_RENEW)
                .bind(lease.0.clone())
                .bind(lease.1.cast_signed())
                .bind(micros(LEASE_LASTS));
            match self
                .ask(async |connection| renewed.execute(connection).await)
                .await
            {
                Ok(done) if done.rows_affected() == 1 => {
                    if let Some(told) = self.held.get(&lease) {
                        told.send_replace(sure_until(asked));
                    }
                }
                // It has expired: whoever holds it is told with the next append.
                Ok(_) => drop(self.held.remove(&lease)),
                Err(_) => return RENEW_SOON,
            }
        }
        RENEW_AFTER
    }

    async fn release(&mut self, lease: &Lease) {
        if self.held.remove(lease).is_none() {
            return;
        }
        for _ in 0..2 {
            let released = sqlx::query::<Postgres>(sql::LEASE_RELEASE)
                .bind(lease.0.clone())
                .bind(lease.1.cast_signed());
            let released = self
                .ask(async |connection| released.execute(connection).await)
                .await;
            if !released.is_err_and(|error| is_lost(&error)) {
                return;
            }
        }
    }

    /// Runs one statement on the connection, which is made where there is none.
    async fn ask<T>(
        &mut self,
        run: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        let options = self.options.clone();
        let connection = &mut self.connection;
        let answer = timeout(STATEMENT_MAX, async move {
            let mut open = match connection.take() {
                Some(open) => open,
                None => session(&options).await?,
            };
            let answer = run(&mut open).await;
            // Of one that was lost, or of which no answer was waited for, nothing is left.
            if !answer.as_ref().is_err_and(is_lost) {
                *connection = Some(open);
            }
            answer
        });
        answer.await.unwrap_or_else(|_| {
            let silent = io::Error::new(io::ErrorKind::TimedOut, "the database did not answer");
            Err(silent.into())
        })
    }
}

/// A session that ends once nothing was heard of it for as long as a lease lasts.
async fn session(options: &PgConnectOptions) -> Result<PgConnection, sqlx::Error> {
    let mut session = options.connect().await?;
    let lasts = format!("{}ms", LEASE_LASTS.as_millis());
    let ends = sqlx::query::<Postgres>(sql::CLAIM_SESSION).bind(lasts);
    ends.execute(&mut session).await?;
    Ok(session)
}

/// Until when a lease is sure that was asked for then, by this machine's clock, which goes on while
/// the process is paused.
fn sure_until(asked: Instant) -> Instant {
    asked + LEASE_LASTS.saturating_sub(UNSURE_BEFORE)
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
