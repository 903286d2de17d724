//! The store, in memory: what a database must do, in few words.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use liftlock_hooks::outbox::{
    DeadLetter, LANES_PAGE_MAX, Lane, Outbox, OutboxError, PAGE_MAX, Recorded, Settled, Standing,
};
use tokio::time::sleep;

use crate::chance::Chance;

#[derive(Clone)]
pub(crate) struct Memory {
    pub(crate) tables: Arc<Mutex<Tables>>,
    chance: Arc<Chance>,
}

#[derive(Default)]
pub(crate) struct Tables {
    pub(crate) ledger: Vec<Recorded>,
    pub(crate) places: BTreeMap<String, u64>,
    pub(crate) lanes: BTreeMap<(String, String), Lane>,
    pub(crate) dead: BTreeMap<(String, u64), DeadLetter>,
}

impl Memory {
    pub(crate) fn new(chance: Arc<Chance>) -> Self {
        let tables = Arc::new(Mutex::new(Tables::default()));
        Self { tables, chance }
    }

    /// One transaction: it may fail, and the sender may be killed before it and after it.
    async fn transaction<T>(&self, run: impl FnOnce(&mut Tables) -> T) -> Result<T, OutboxError> {
        sleep(Duration::from_millis(self.chance.up_to(20))).await;
        if self.chance.one_in(200) {
            return Err(OutboxError("the database is away".into()));
        }
        let answer = run(&mut self.tables.lock().unwrap());
        sleep(Duration::from_millis(self.chance.up_to(20))).await;
        Ok(answer)
    }
}

impl Outbox for Memory {
    async fn size(&self) -> Result<u64, OutboxError> {
        self.transaction(|tables| tables.ledger.len() as u64).await
    }

    async fn entries(&self, from: u64) -> Result<Vec<Recorded>, OutboxError> {
        // Pages of few entries have more ends.
        let page = 1 + self.chance.up_to(7) as usize;
        let found = move |tables: &mut Tables| {
            let ledger = tables.ledger.iter().skip(from as usize);
            ledger.take(page).cloned().collect()
        };
        self.transaction(found).await
    }

    async fn stream(&self, pipeline: &str, after: u64) -> Result<Vec<Recorded>, OutboxError> {
        let found = |tables: &mut Tables| {
            let own = tables
                .ledger
                .iter()
                .filter(|r| r.pipeline == pipeline && r.n > after);
            own.take(PAGE_MAX as usize).cloned().collect()
        };
        self.transaction(found).await
    }

    async fn begin(&self, endpoint: &str, place: u64) -> Result<u64, OutboxError> {
        self.transaction(|tables| *tables.places.entry(endpoint.to_owned()).or_insert(place))
            .await
    }

    async fn route(
        &self,
        endpoint: &str,
        from: u64,
        to: u64,
        lanes: &[Lane],
    ) -> Result<bool, OutboxError> {
        let route = |tables: &mut Tables| {
            if tables.places.get(endpoint) != Some(&from) {
                return false;
            }
            tables.places.insert(endpoint.to_owned(), to);
            for lane in lanes {
                let key = (endpoint.to_owned(), lane.pipeline.clone());
                tables.lanes.entry(key).or_insert_with(|| lane.clone());
            }
            true
        };
        self.transaction(route).await
    }

    async fn due(&self, endpoint: &str, now_us: i64) -> Result<Vec<Lane>, OutboxError> {
        let due = |tables: &mut Tables| {
            let own = tables
                .lanes
                .iter()
                .filter(|((name, _), _)| name == endpoint);
            let mut due: Vec<_> = own
                .map(|(_, l)| l.clone())
                .filter(|l| l.due_us <= now_us)
                .collect();
            due.sort_by_key(|lane| lane.due_us);
            due.truncate(LANES_PAGE_MAX as usize);
            due
        };
        self.transaction(due).await
    }

    async fn next_due(&self, endpoint: &str, now_us: i64) -> Result<Option<i64>, OutboxError> {
        let next = |tables: &mut Tables| {
            let own = tables
                .lanes
                .iter()
                .filter(|((name, _), _)| name == endpoint);
            own.map(|(_, lane)| lane.due_us)
                .filter(|due| *due > now_us)
                .min()
        };
        self.transaction(next).await
    }

    async fn settle(
        &self,
        endpoint: &str,
        lane: &Lane,
        settled: &Settled,
        dead: Option<&DeadLetter>,
    ) -> Result<bool, OutboxError> {
        let settle = |tables: &mut Tables| {
            let key = (endpoint.to_owned(), lane.pipeline.clone());
            if tables.lanes.get(&key).map(|known| known.seq) != Some(lane.seq) {
                return false;
            }
            match settled {
                Settled::Empty { place } if tables.places.get(endpoint) != Some(place) => {
                    return false;
                }
                Settled::Empty { .. } => {
                    tables.lanes.remove(&key);
                }
                Settled::Next { seq, n } => {
                    let next = Lane {
                        seq: *seq,
                        n: *n,
                        tries: 0,
                        since_us: None,
                        due_us: 0,
                        reason: None,
                        ..lane.clone()
                    };
                    tables.lanes.insert(key, next);
                }
                Settled::Again(again) => {
                    tables.lanes.insert(key, again.clone());
                }
            }
            if let Some(dead) = dead {
                tables
                    .dead
                    .insert((endpoint.to_owned(), dead.seq), dead.clone());
            }
            true
        };
        self.transaction(settle).await
    }

    async fn again(&self, endpoint: &str) -> Result<Vec<DeadLetter>, OutboxError> {
        let again = |tables: &mut Tables| {
            let own = tables
                .dead
                .values()
                .filter(|dead| dead.endpoint == endpoint && dead.again);
            own.cloned().collect()
        };
        self.transaction(again).await
    }

    async fn sent_again(
        &self,
        letter: &DeadLetter,
        failed: Option<&str>,
    ) -> Result<(), OutboxError> {
        let sent = |tables: &mut Tables| {
            let key = (letter.endpoint.clone(), letter.seq);
            let Some(failed) = failed else {
                tables.dead.remove(&key);
                return;
            };
            if let Some(known) = tables.dead.get_mut(&key) {
                known.again = false;
                known.reason = failed.to_owned();
            }
        };
        self.transaction(sent).await
    }

    async fn standings(&self) -> Result<Vec<Standing>, OutboxError> {
        self.transaction(|_| Vec::new()).await
    }

    async fn dead_letters(
        &self,
        endpoint: &str,
        _after: Option<u64>,
    ) -> Result<Vec<DeadLetter>, OutboxError> {
        let own = |tables: &mut Tables| {
            let own = tables
                .dead
                .values()
                .filter(|dead| dead.endpoint == endpoint);
            own.cloned().collect()
        };
        self.transaction(own).await
    }

    async fn resend(&self, endpoint: &str, seq: Option<u64>) -> Result<u64, OutboxError> {
        let mark = |tables: &mut Tables| {
            let mut marked = 0;
            for dead in tables.dead.values_mut() {
                if dead.endpoint == endpoint && seq.is_none_or(|seq| seq == dead.seq) {
                    dead.again = true;
                    marked += 1;
                }
            }
            marked
        };
        self.transaction(mark).await
    }

    async fn drop_dead(&self, endpoint: &str, seq: Option<u64>) -> Result<u64, OutboxError> {
        let drop = |tables: &mut Tables| {
            let before = tables.dead.len();
            tables.dead.retain(|_, dead| {
                dead.endpoint != endpoint || seq.is_some_and(|seq| seq != dead.seq)
            });
            (before - tables.dead.len()) as u64
        };
        self.transaction(drop).await
    }
}
