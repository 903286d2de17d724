//! The loop.

use std::pin::pin;

use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use liftlock_core::{PipelineName, Span, Time};

use super::{Ended, Pace, Queue, Stop, Ticked, Wake, Work, WorkError, Workplace, again};
use crate::ports::{Changes, StoreError};
use crate::worker::queue::Turn;

/// Beyond any place in a ledger: asks for its size alone.
const END: u64 = u64::MAX;

/// What the loop waits for.
enum Done {
    Tick(Turn, PipelineName, Time, Result<Ticked, WorkError>),
    Changes(Result<Read, StoreError>),
}

/// What a read of the store came to.
struct Read {
    changes: Changes,
    /// The names of all pipelines, where they were asked for.
    pipelines: Vec<String>,
}

/// Works on all pipelines until `stop` is set, and then until what is being done is finished, or
/// for as long as [`Pace::finish_within`]; what is not finished then is left as after a crash, with
/// its leases free, for another worker or the next start.
pub async fn work<W: Workplace>(
    place: &W,
    pace: &Pace,
    (wake, stop): (&Wake, &Stop),
    told: &(dyn Fn(&Work<'_>) + Send + Sync),
) {
    let mut shift = Shift {
        place,
        pace,
        told,
        stop,
        queue: Queue::new(pace.clone()),
        running: FuturesUnordered::new(),
        from: END,
        read_at: Some(place.now()),
        failures: 0,
    };
    while !stop.is_set() {
        for pipeline in wake.take() {
            shift.queue.wake(&pipeline);
        }
        shift.begin();
        let until = shift.sleep();
        let sleep = async {
            match until {
                Some(span) => place.sleep(span).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = stop.wished() => {}
            Some(done) = shift.running.next() => shift.ended(done),
            () = wake.woken() => shift.read_soon(),
            () = sleep => {}
        }
    }
    shift.finish().await;
}

/// A worker at work.
struct Shift<'w, W> {
    place: &'w W,
    pace: &'w Pace,
    told: &'w (dyn Fn(&Work<'_>) + Send + Sync),
    stop: &'w Stop,
    queue: Queue,
    running: FuturesUnordered<BoxFuture<'w, Done>>,
    /// The place in the ledger of what was not read yet.
    from: u64,
    /// When the store is read next; `None` while it is.
    read_at: Option<Time>,
    failures: u32,
}

impl<'w, W: Workplace> Shift<'w, W> {
    /// Begins everything whose turn it is.
    fn begin(&mut self) {
        let (place, stop, from) = (self.place, self.stop, self.from);
        let now = place.now();
        if self.read_at.is_some_and(|at| at <= now) {
            self.read_at = None;
            self.running
                .push(async move { Done::Changes(read(place, from).await) }.boxed());
        }
        while let Some((turn, pipeline)) = self.queue.take(now) {
            let tick = async move {
                let ticked = place.tick(&pipeline, stop).await;
                Done::Tick(turn, pipeline, now, ticked)
            };
            self.running.push(tick.boxed());
        }
    }

    /// How long nothing is to be begun.
    fn sleep(&self) -> Option<Span> {
        let now = self.place.now();
        let next = self.queue.next(now).into_iter().chain(self.read_at).min()?;
        Some(next.since(now))
    }

    /// Someone said that something was recorded.
    fn read_soon(&mut self) {
        if self.read_at.is_some() && self.failures == 0 {
            self.read_at = Some(self.place.now());
        }
    }

    fn ended(&mut self, done: Done) {
        match done {
            Done::Tick(turn, pipeline, begun, ticked) => {
                self.ticked((turn, &pipeline), begun, &ticked);
            }
            Done::Changes(Ok(read)) => self.take_in(read),
            Done::Changes(Err(error)) => {
                self.failures = self.failures.saturating_add(1);
                let wait = self.pace.backoff(self.failures).max(self.pace.poll_every);
                self.read_at = Some(self.place.now() + wait);
                (self.told)(&Work::Unread { error: &error });
            }
        }
        let (pipelines, late, ticks) = self.queue.standing(self.place.now());
        (self.told)(&Work::Standing {
            pipelines,
            late,
            ticks,
        });
    }

    fn take_in(&mut self, read: Read) {
        let now = self.place.now();
        self.failures = 0;
        self.read_at = Some(now + self.pace.poll_every);
        for pipeline in read.pipelines.iter().filter_map(|name| name.parse().ok()) {
            self.queue.add(&pipeline, now);
        }
        for (name, version) in &read.changes.pipelines {
            // A stream that is no pipeline is somebody else's.
            if let Ok(pipeline) = name.parse() {
                self.queue.changed(&pipeline, *version, now);
            }
        }
        self.from = read.changes.size;
    }

    fn ticked(
        &mut self,
        (turn, pipeline): (Turn, &PipelineName),
        begun: Time,
        ticked: &Result<Ticked, WorkError>,
    ) {
        let now = self.place.now();
        let ended = match ticked {
            Ok(Ticked::Done(report)) => {
                let (next, look) = again(report, now, self.pace);
                Ended::Done {
                    seen: report.state.version,
                    next,
                    look,
                    again: report.has_failed() || report.from < report.state.version,
                }
            }
            Ok(Ticked::Elsewhere) => Ended::Elsewhere,
            Err(_) => Ended::Failed,
        };
        let again = self.queue.ended(turn, pipeline, ended, now);
        let work = match ticked {
            Ok(Ticked::Done(report)) => Work::Ticked {
                pipeline,
                report,
                took: now.since(begun),
                again,
            },
            Ok(Ticked::Elsewhere) => Work::Elsewhere { pipeline },
            Err(error) => Work::Failed {
                pipeline,
                error,
                again,
            },
        };
        (self.told)(&work);
    }

    /// Waits for what runs, but not for ever.
    async fn finish(mut self) {
        let ticks = self.queue.standing(self.place.now()).2;
        (self.told)(&Work::Stopping { ticks });
        let mut limit = pin!(self.place.sleep(self.pace.finish_within));
        while self.queue.standing(self.place.now()).2 > 0 {
            tokio::select! {
                biased;
                Some(done) = self.running.next() => self.ended(done),
                () = &mut limit => break,
                else => break,
            }
        }
        let left = self.queue.standing(self.place.now()).2;
        (self.told)(&Work::Stopped { left });
    }
}

/// What was recorded since; the first time, and where the ledger is shorter than it was, which
/// pipelines there are instead.
async fn read<W: Workplace>(place: &W, from: u64) -> Result<Read, StoreError> {
    let changes = place.changes(from).await?;
    let anew = from == END || changes.size < from;
    let pipelines = match anew {
        true => place.pipelines().await?,
        false => Vec::new(),
    };
    Ok(Read { changes, pipelines })
}

#[cfg(test)]
mod tests;
