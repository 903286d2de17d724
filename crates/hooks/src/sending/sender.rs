//! The sender: one task an endpoint.

use std::collections::BTreeSet;
use std::fmt;
use std::future::Future;
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use liftlock_core::Time;
use tokio::sync::watch;
use tokio::time::sleep;

use super::follow::follow;
use super::history::{Histories, History};
use super::work::Work;
use super::{Endpoint, Transport};
use crate::outbox::{DeadLetter, Lane, Outbox, OutboxError};
use crate::outgoing::Source;

/// How many pipelines of an endpoint are sent at once.
const AT_ONCE: usize = 8;
/// How often the ledger is looked at where nothing wakes the sender.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How long is waited after the store has failed.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// What the sender has of the world around it.
pub struct Surroundings {
    /// The time.
    pub now: Box<dyn Fn() -> Time + Send + Sync>,
    /// Any number.
    pub chance: Box<dyn Fn() -> u64 + Send + Sync>,
    /// Told where the store fails; the sender goes on by itself.
    pub failed: Box<Failed>,
}

/// Takes an endpoint's name, and how the store failed while it was served.
pub type Failed = dyn Fn(&str, &OutboxError) + Send + Sync;

/// Sends what is recorded to its endpoints. One sender at a time does so for a ledger: with two,
/// messages may come out of order.
#[derive(Debug)]
pub struct Sender<O, T> {
    outbox: O,
    transport: T,
    endpoints: Vec<Endpoint>,
    source: Source,
    surroundings: Surroundings,
}

impl<O: Outbox, T: Transport> Sender<O, T> {
    /// A sender to these endpoints, whose names differ.
    pub fn new(
        outbox: O,
        transport: T,
        endpoints: Vec<Endpoint>,
        source: Source,
        surroundings: Surroundings,
    ) -> Self {
        Self {
            outbox,
            transport,
            endpoints,
            source,
            surroundings,
        }
    }

    /// Sends until `stop`, looking at the ledger whenever `wake` changes and every few seconds.
    /// What is being tried at the end is waited for. It may be dropped at any time: what was not
    /// settled is sent again by the next.
    pub async fn run(&self, wake: watch::Receiver<u64>, stop: impl Future<Output = ()>) {
        let (ended, end) = watch::channel(false);
        let endpoints = self.endpoints.iter();
        let senders = endpoints.map(|endpoint| self.endpoint(endpoint, wake.clone(), end.clone()));
        let all = join_all(senders);
        let stopped = async {
            stop.await;
            ended.send_replace(true);
            // The others end by themselves now.
            std::future::pending::<()>().await;
        };
        tokio::select! {
            _ = all => {}
            () = stopped => {}
        }
    }

    async fn endpoint(
        &self,
        endpoint: &Endpoint,
        mut wake: watch::Receiver<u64>,
        mut end: watch::Receiver<bool>,
    ) {
        let mut crew = Crew::default();
        let mut tries = FuturesUnordered::new();
        loop {
            let ending = *end.borrow_and_update();
            if ending && tries.is_empty() {
                return;
            }
            wake.borrow_and_update();
            let mut pause = LOOK_EVERY;
            if !ending {
                let room = AT_ONCE.saturating_sub(tries.len());
                match self.jobs(endpoint, &mut crew, room).await {
                    Ok((jobs, next)) => {
                        tries.extend(jobs.into_iter().map(|job| self.carry_out(endpoint, job)));
                        pause = next.min(LOOK_EVERY);
                    }
                    Err(error) => pause = self.failed(endpoint, &error),
                }
            }
            tokio::select! {
                Some((job, result)) = tries.next() => {
                    crew.done(job);
                    if let Err(error) = result {
                        sleep(self.failed(endpoint, &error)).await;
                    }
                }
                Ok(()) = wake.changed() => {}
                Ok(()) = end.changed() => {}
                () = sleep(pause) => {}
            }
        }
    }

    fn failed(&self, endpoint: &Endpoint, error: &OutboxError) -> Duration {
        (self.surroundings.failed)(&endpoint.name, error);
        AFTER_FAILURE
    }

    /// What is due and not being done yet, at most `room` of it, and how long it is until more is.
    async fn jobs(
        &self,
        endpoint: &Endpoint,
        crew: &mut Crew,
        room: usize,
    ) -> Result<(Vec<Job>, Duration), OutboxError> {
        let name = &endpoint.name;
        let now = (self.surroundings.now)();
        follow(&self.outbox, endpoint, now).await?;
        let mut jobs = Vec::new();
        for lane in self.outbox.due(name, now.us()).await? {
            if jobs.len() < room && crew.lanes.insert(lane.pipeline.clone()) {
                let history = crew.histories.take(&lane.pipeline);
                jobs.push(Job::Lane(lane, Box::new(history)));
            }
        }
        for letter in self.outbox.again(name).await? {
            if jobs.len() < room && crew.letters.insert(letter.seq) {
                jobs.push(Job::Letter(letter));
            }
        }
        let next = self.outbox.next_due(name, now.us()).await?;
        let next = next.map_or(LOOK_EVERY, |next| Time::from_us(next).since(now).duration());
        Ok((jobs, next))
    }

    async fn carry_out(&self, endpoint: &Endpoint, mut job: Job) -> (Job, Result<(), OutboxError>) {
        let work = Work {
            outbox: &self.outbox,
            transport: &self.transport,
            endpoint,
            source: &self.source,
            surroundings: &self.surroundings,
        };
        let result = match &mut job {
            Job::Lane(lane, history) => work.lane(lane, history).await,
            Job::Letter(letter) => work.letter(letter).await,
        };
        (job, result)
    }
}

/// Something to send.
enum Job {
    /// A lane's message, and what is known of its pipeline.
    Lane(Lane, Box<History>),
    /// A dead letter.
    Letter(DeadLetter),
}

/// What is being sent to an endpoint: each pipeline, and each dead letter, once at a time.
#[derive(Default)]
struct Crew {
    histories: Histories,
    lanes: BTreeSet<String>,
    letters: BTreeSet<u64>,
}

impl Crew {
    fn done(&mut self, job: Job) {
        match job {
            Job::Lane(lane, history) => {
                self.lanes.remove(&lane.pipeline);
                self.histories.put_back(&lane.pipeline, *history);
            }
            Job::Letter(letter) => {
                self.letters.remove(&letter.seq);
            }
        }
    }
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Surroundings")
    }
}
