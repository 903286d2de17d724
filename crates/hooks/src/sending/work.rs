//! One try of one message, and what becomes of its lane.

use std::time::Duration;

use liftlock_core::{Span, Time};

use super::history::{History, HistoryError};
use super::pace::wait;
use super::sender::Surroundings;
use super::{Endpoint, Transport, Tried};
use crate::outbox::{
    DEAD_LETTERS_MAX, DeadLetter, Lane, Outbox, OutboxError, PAGE_MAX, REASON_CHARS_MAX, Settled,
};
use crate::outgoing::Source;

/// How often a lane is settled anew because more was routed meanwhile. After that its message is
/// sent once more, which is allowed.
const SETTLE_TRIES: u32 = 5;

/// What is needed for a try.
pub(super) struct Work<'a, O, T> {
    pub(super) outbox: &'a O,
    pub(super) transport: &'a T,
    pub(super) endpoint: &'a Endpoint,
    pub(super) source: &'a Source,
    pub(super) surroundings: &'a Surroundings,
}

/// What a try came to.
enum Came {
    /// The message was taken, or is of no interest there.
    Done,
    /// It was not taken.
    Failed {
        reason: String,
        retry_after: Option<Duration>,
        refused: bool,
    },
    /// It cannot be told here: the receiver has no part in it, and it is not given up.
    Untold(String),
}

impl<O: Outbox, T: Transport> Work<'_, O, T> {
    /// Tries the message of a lane once, and settles the lane.
    pub(super) async fn lane(&self, lane: &Lane, history: &mut History) -> Result<(), OutboxError> {
        let message = (lane.seq, lane.n);
        match self.send(&lane.pipeline, message, history).await? {
            Came::Done => self.move_on(lane, None).await,
            Came::Untold(reason) => self.again(lane, &reason, self.pause(lane)).await,
            Came::Failed {
                reason,
                retry_after,
                refused,
            } => {
                let now = self.now();
                let since = lane.since_us.map_or(now, Time::from_us);
                let tries = (lane.tries.saturating_add(1), since);
                let pace = self.endpoint.pace;
                let due = pace.again(tries, (retry_after, refused), now, self.chance());
                match due {
                    Some(due) => self.again(lane, &reason, due).await,
                    // Nothing is lost for want of room.
                    None if self.is_full().await? => {
                        self.again(lane, &reason, self.pause(lane)).await
                    }
                    None => {
                        self.move_on(lane, Some(&self.letter_of(lane, &reason)))
                            .await
                    }
                }
            }
        }
    }

    /// Tries a dead letter once more.
    pub(super) async fn letter(&self, letter: &DeadLetter) -> Result<(), OutboxError> {
        let mut history = History::default();
        let message = (letter.seq, letter.n);
        let failed = match self.send(&letter.pipeline, message, &mut history).await? {
            Came::Done => None,
            Came::Failed { reason, .. } | Came::Untold(reason) => Some(short(&reason)),
        };
        self.outbox.sent_again(letter, failed.as_deref()).await
    }

    async fn send(
        &self,
        pipeline: &str,
        message: (u64, u64),
        history: &mut History,
    ) -> Result<Came, OutboxError> {
        let message = match history.message(self.outbox, pipeline, message).await {
            Ok(message) => message,
            Err(HistoryError::Outbox(error)) => return Err(error),
            Err(error) => return Ok(Came::Untold(error.to_string())),
        };
        let environments = &self.endpoint.filter.environments;
        let Some(message) = message.filter(|message| message.is_about(environments)) else {
            return Ok(Came::Done);
        };
        let Endpoint { format, mode, .. } = self.endpoint;
        for request in format.requests(&message, self.source, *mode) {
            let timestamp = self.now().us() / 1_000_000;
            let tried = self.transport.send(self.endpoint, &request, timestamp);
            if let Tried::Failed {
                reason,
                retry_after,
                refused,
            } = tried.await
            {
                return Ok(Came::Failed {
                    reason,
                    retry_after,
                    refused,
                });
            }
        }
        Ok(Came::Done)
    }

    /// Puts a lane on its pipeline's next message; where there is none, it goes.
    async fn move_on(&self, lane: &Lane, dead: Option<&DeadLetter>) -> Result<(), OutboxError> {
        let name = &self.endpoint.name;
        for _ in 0..SETTLE_TRIES {
            let place = self.outbox.begin(name, 0).await?;
            let settled = match self.next(lane, place).await? {
                Some((seq, n)) => Settled::Next { seq, n },
                None => Settled::Empty { place },
            };
            if self.outbox.settle(name, lane, &settled, dead).await? {
                break;
            }
        }
        Ok(())
    }

    /// The pipeline's next message before a place of the ledger.
    async fn next(&self, lane: &Lane, place: u64) -> Result<Option<(u64, u64)>, OutboxError> {
        let mut after = lane.n;
        loop {
            let page = self.outbox.stream(&lane.pipeline, after).await?;
            let mut routed = page.iter().take_while(|recorded| recorded.seq < place);
            if let Some(found) = routed.find(|recorded| self.endpoint.wants(recorded)) {
                return Ok(Some((found.seq, found.n)));
            }
            match page.last() {
                Some(last) if page.len() == PAGE_MAX as usize && last.seq < place => after = last.n,
                _ => return Ok(None),
            }
        }
    }

    async fn again(&self, lane: &Lane, reason: &str, due: Time) -> Result<(), OutboxError> {
        let later = Settled::Again(Lane {
            tries: lane.tries.saturating_add(1),
            since_us: Some(lane.since_us.unwrap_or(self.now().us())),
            due_us: due.us(),
            reason: Some(short(reason)),
            ..lane.clone()
        });
        let name = &self.endpoint.name;
        self.outbox.settle(name, lane, &later, None).await.map(drop)
    }

    async fn is_full(&self) -> Result<bool, OutboxError> {
        let standings = self.outbox.standings().await?;
        let mut own = standings.iter();
        let own = own.find(|standing| standing.endpoint == self.endpoint.name);
        Ok(own.is_some_and(|standing| standing.dead >= DEAD_LETTERS_MAX))
    }

    fn letter_of(&self, lane: &Lane, reason: &str) -> DeadLetter {
        DeadLetter {
            endpoint: self.endpoint.name.clone(),
            pipeline: lane.pipeline.clone(),
            seq: lane.seq,
            n: lane.n,
            tries: lane.tries.saturating_add(1),
            at_us: self.now().us(),
            reason: short(reason),
            again: false,
        }
    }

    fn pause(&self, lane: &Lane) -> Time {
        let pause: Span = wait(lane.tries.saturating_add(1), None, self.chance());
        self.now() + pause
    }

    fn now(&self) -> Time {
        (self.surroundings.now)()
    }

    fn chance(&self) -> u64 {
        (self.surroundings.chance)()
    }
}

fn short(reason: &str) -> String {
    reason.chars().take(REASON_CHARS_MAX).collect()
}
