//! Leases that the server holds for this agent, and that it asks for again and again.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::Method;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use crate::client::{AskError, Body, Client};
use crate::wire::{Hold, Leased};

/// How soon a lease is asked for again where the server does not answer.
const AGAIN: Duration = Duration::from_secs(1);

/// A lease. Dropped it is given back; where nothing of this process is heard any more, it expires.
pub(crate) struct RemoteLease {
    held: Arc<Held>,
    renewing: JoinHandle<()>,
}

/// What is known of a lease.
pub(crate) struct Held {
    client: Client,
    pipeline: String,
    environment: String,
    watch: bool,
    epoch: AtomicU64,
    /// Until when it is surely held: well before the server takes it for expired.
    until: Mutex<Instant>,
    lost: watch::Sender<bool>,
}

/// It is somebody else's now, or may be.
pub(crate) struct Lost;

impl Held {
    /// The path of everything about its environment.
    pub(crate) fn place(&self) -> [&str; 4] {
        place(&self.pipeline, &self.environment)
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    pub(crate) fn hold(&self) -> Hold {
        Hold {
            watch: self.watch,
            epoch: Some(self.epoch()),
        }
    }

    pub(crate) fn is_watch(&self) -> bool {
        self.watch
    }

    pub(crate) fn is_lost(&self) -> bool {
        *self.lost.borrow()
    }

    /// Whether nobody else can hold it: also where this process was paused and knows of nothing.
    pub(crate) fn is_sure(&self) -> bool {
        !self.is_lost() && Instant::now() < self.until()
    }

    /// Waits until it is lost.
    pub(crate) async fn lost(&self) {
        // The sender is here, so it cannot be gone.
        let _ = self.lost.subscribe().wait_for(|lost| *lost).await;
    }

    /// Asks for it again; whether it could be asked. Where nobody had it meanwhile, it is still
    /// held, be it under another epoch.
    pub(crate) async fn renew(&self) -> Result<bool, Lost> {
        if self.is_lost() {
            return Err(Lost);
        }
        let (asked, until) = (Instant::now(), self.until());
        let path = [&self.place()[..], &["lease"]].concat();
        let hold = self.hold();
        let answer = timeout_at(until, self.client.post(&path, &hold)).await;
        match answer {
            Ok(Ok(leased)) => {
                self.leased(&leased, asked);
                Ok(true)
            }
            Ok(Err(AskError::Refused { .. })) => {
                self.lost.send_replace(true);
                Err(Lost)
            }
            _ if Instant::now() >= until => {
                self.lost.send_replace(true);
                Err(Lost)
            }
            _ => Ok(false),
        }
    }

    fn leased(&self, leased: &Leased, asked: Instant) {
        self.epoch.store(leased.epoch, Ordering::Release);
        let until = asked + Duration::from_secs(leased.seconds) * 4 / 5;
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }

    fn until(&self) -> Instant {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RemoteLease {
    /// Takes a lease; nothing where somebody else holds it.
    pub(crate) async fn take(
        client: &Client,
        (pipeline, environment, watch): (&str, &str, bool),
    ) -> Result<Option<Self>, AskError> {
        let asked = Instant::now();
        let path = [&place(pipeline, environment)[..], &["lease"]].concat();
        let wanted = Hold { watch, epoch: None };
        let leased: Option<Leased> = client.post(&path, &wanted).await?;
        let Some(leased) = leased else {
            return Ok(None);
        };
        let held = Arc::new(Held {
            client: client.clone(),
            pipeline: pipeline.to_owned(),
            environment: environment.to_owned(),
            watch,
            epoch: AtomicU64::new(leased.epoch),
            until: Mutex::new(asked),
            lost: watch::Sender::new(false),
        });
        held.leased(&leased, asked);
        let every = Duration::from_secs(leased.seconds) / 3;
        let renewing = tokio::spawn(renew(Arc::clone(&held), every));
        Ok(Some(Self { held, renewing }))
    }

    pub(crate) fn held(&self) -> &Arc<Held> {
        &self.held
    }
}

async fn renew(held: Arc<Held>, every: Duration) {
    let mut pause = every;
    loop {
        tokio::select! {
            () = sleep(pause) => {}
            () = sleep_until(held.until()) => {}
        }
        pause = match held.renew().await {
            Ok(true) => every,
            Ok(false) => AGAIN,
            Err(Lost) => return,
        };
    }
}

fn place<'a>(pipeline: &'a str, environment: &'a str) -> [&'a str; 4] {
    ["pipelines", pipeline, "environments", environment]
}

impl Drop for RemoteLease {
    fn drop(&mut self) {
        self.renewing.abort();
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        let held = Arc::clone(&self.held);
        if held.is_lost() {
            return;
        }
        held.lost.send_replace(true);
        runtime.spawn(async move {
            let path = [&held.place()[..], &["lease"]].concat();
            let query = [
                ("watch", held.watch.to_string()),
                ("epoch", held.epoch().to_string()),
            ];
            let asked = (Method::DELETE, None);
            // What cannot be given back expires.
            let given: Result<(), AskError> =
                held.client.ask(asked, (&path, &query), Body::None).await;
            drop(given);
        });
    }
}

impl fmt::Debug for RemoteLease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.held.place();
        f.debug_tuple("RemoteLease").field(&path).finish()
    }
}
