//! Receivers, and what is between: they fail, are slow, ask to wait, take a message and do not say
//! so, and do not take some at all.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use liftlock_hooks::outgoing::Outgoing;
use liftlock_hooks::sending::{Endpoint, Transport, Tried};
use tokio::time::sleep;

use crate::chance::Chance;

/// One request that a receiver has taken, or refused for good.
#[derive(Debug, Clone)]
pub(crate) struct Came {
    pub(crate) endpoint: String,
    pub(crate) seq: u64,
    pub(crate) id: String,
    pub(crate) body: Vec<u8>,
}

#[derive(Clone)]
pub(crate) struct Network {
    pub(crate) came: Arc<Mutex<Vec<Came>>>,
    pub(crate) failures: Arc<Mutex<u64>>,
    /// Messages that no receiver takes, by their places.
    pub(crate) poison: Arc<BTreeSet<u64>>,
    chance: Arc<Chance>,
    healed: Arc<AtomicBool>,
}

impl Network {
    pub(crate) fn new(chance: Arc<Chance>, poison: BTreeSet<u64>) -> Self {
        Self {
            came: Arc::default(),
            failures: Arc::default(),
            poison: Arc::new(poison),
            chance,
            healed: Arc::default(),
        }
    }

    pub(crate) fn heal(&self) {
        self.healed.store(true, Ordering::SeqCst);
    }

    fn fails(&self, n: u64) -> bool {
        !self.healed.load(Ordering::SeqCst) && self.chance.one_in(n)
    }

    fn failed(&self, reason: &str, retry_after: Option<u64>, refused: bool) -> Tried {
        *self.failures.lock().unwrap() += 1;
        Tried::Failed {
            reason: reason.to_owned(),
            retry_after: retry_after.map(Duration::from_secs),
            refused,
        }
    }
}

impl Transport for Network {
    async fn send(&self, endpoint: &Endpoint, request: &Outgoing, _: i64) -> Tried {
        let millis = if self.fails(6) { 9000 } else { 50 };
        sleep(Duration::from_millis(self.chance.up_to(millis))).await;
        let number = request.id.trim_start_matches("msg_");
        let seq = number
            .split('_')
            .next()
            .and_then(|seq| seq.parse().ok())
            .unwrap();
        if self.poison.contains(&seq) {
            return self.failed("status 422", None, true);
        }
        if self.fails(5) {
            return self.failed("status 503", None, false);
        }
        if self.fails(12) {
            return self.failed("status 429", Some(self.chance.up_to(60)), false);
        }
        self.came.lock().unwrap().push(Came {
            endpoint: endpoint.name().to_owned(),
            seq,
            id: request.id.clone(),
            body: request.body.clone(),
        });
        sleep(Duration::from_millis(self.chance.up_to(millis))).await;
        if self.fails(8) {
            return self.failed("no answer in time", None, false);
        }
        Tried::Delivered
    }
}
