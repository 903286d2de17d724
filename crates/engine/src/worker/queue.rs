//! Whose turn it is. No IO and no clock: `now` is given.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use liftlock_core::{PipelineName, Span, Time};

use super::Pace;

/// The shortest time between two looks at a pipeline that nothing but time calls for.
const GAP: Span = Span::from_secs(1);

/// After so many looks in a row that each call for another, nobody's record calls for one at once:
/// it may be what another worker records who looks as vainly.
const RESTLESS: u32 = 3;

/// How a tick ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// All that could be looked at was.
    Done {
        /// The version of the state after it: what is recorded later is looked at again.
        seen: u64,
        /// When time alone can change something.
        next: Option<Time>,
        /// When to look whether anything else has.
        look: Option<Time>,
        /// Whether to look again soon: something failed, or was recorded meanwhile, by this tick or
        /// by others who may have come too late for it.
        again: bool,
    },
    /// Another worker was at it.
    Elsewhere,
    /// It could not be looked at.
    Failed,
}

/// A tick that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Turn(u64);

/// The pipelines, each with the time at which it is due, and those that were woken before theirs.
#[derive(Debug)]
pub struct Queue {
    pace: Pace,
    pipelines: HashMap<PipelineName, Line>,
    due: BTreeSet<(Time, PipelineName)>,
    woken: VecDeque<PipelineName>,
    /// When each tick that is under way was begun.
    turns: BTreeMap<Turn, Time>,
    given: u64,
    /// Whether the last turn was a woken one's: they take turns with those that are due.
    was_woken: bool,
}

#[derive(Debug, Default)]
struct Line {
    due: Option<Time>,
    is_woken: bool,
    /// How many ticks there are, and when the first and the last of them were begun.
    ticks: u32,
    since: Option<Time>,
    begun: Option<Time>,
    seen: u64,
    /// Whether something was recorded while it was looked at.
    again: bool,
    /// How many looks in a row called for another, and when the last of them ended.
    failures: u32,
    ended: Option<Time>,
    /// Whether the last one failed as a whole.
    is_stalled: bool,
}

impl Queue {
    /// Without pipelines.
    pub fn new(pace: Pace) -> Self {
        Self {
            pace,
            pipelines: HashMap::new(),
            due: BTreeSet::new(),
            woken: VecDeque::new(),
            turns: BTreeMap::new(),
            given: 0,
            was_woken: false,
        }
    }

    /// A pipeline that may be new: then it is due.
    pub fn add(&mut self, pipeline: &PipelineName, now: Time) {
        if !self.pipelines.contains_key(pipeline) {
            self.pipelines.insert(pipeline.clone(), Line::default());
            self.set_due(pipeline, Some(now));
        }
    }

    /// A pipeline has this version: someone recorded something, unless it was seen.
    pub fn changed(&mut self, pipeline: &PipelineName, version: u64, now: Time) {
        self.add(pipeline, now);
        let seen = self.pipelines.get(pipeline).map_or(0, |line| line.seen);
        if version > seen {
            self.wake(pipeline);
        }
    }

    /// A pipeline may go on before its time. One that is not known is left: it will be, once
    /// something is recorded in it.
    pub fn wake(&mut self, pipeline: &PipelineName) {
        let Some(line) = self.pipelines.get_mut(pipeline) else {
            return;
        };
        if line.is_woken {
            return;
        }
        if line.ticks == 0 && (line.is_stalled || line.failures > RESTLESS) {
            let soonest = line.ended.map(|ended| ended + self.pace.elsewhere);
            let due = [line.due, soonest].into_iter().flatten().min();
            return self.set_due(pipeline, due);
        }
        if line.ticks == 0 {
            line.is_woken = true;
            self.woken.push_back(pipeline.clone());
            return;
        }
        line.again = true;
        let soonest = line.begun.map(|begun| begun + self.pace.long);
        let due = [line.due, soonest].into_iter().flatten().min();
        self.set_due(pipeline, due);
    }

    /// The next pipeline to look at, if there is one and room for it.
    pub fn take(&mut self, now: Time) -> Option<(Turn, PipelineName)> {
        if !self.has_room(now) {
            return None;
        }
        let is_due = self.due.first().is_some_and(|(due, _)| *due <= now);
        self.was_woken = !(self.woken.is_empty() || is_due && self.was_woken);
        let pipeline = match self.was_woken {
            true => self.woken.pop_front()?,
            false if is_due => self.due.first()?.1.clone(),
            false => return None,
        };
        let long = now + self.pace.long;
        let line = self.pipelines.get_mut(&pipeline)?;
        if std::mem::take(&mut line.is_woken) && !self.was_woken {
            self.woken.retain(|woken| *woken != pipeline);
        }
        line.ticks += 1;
        line.since = line.since.filter(|_| line.ticks > 1).or(Some(now));
        line.begun = Some(now);
        line.again = false;
        // What takes that long is carrying out something: the pipeline is looked at beside it.
        self.set_due(&pipeline, Some(long));
        self.given += 1;
        let turn = Turn(self.given);
        self.turns.insert(turn, now);
        Some((turn, pipeline))
    }

    /// A tick has ended. When the pipeline is looked at again by itself.
    pub fn ended(
        &mut self,
        turn: Turn,
        pipeline: &PipelineName,
        ended: Ended,
        now: Time,
    ) -> Option<Time> {
        self.turns.remove(&turn);
        let (pace, given) = (&self.pace, self.given);
        let line = self.pipelines.get_mut(pipeline)?;
        line.ticks = line.ticks.saturating_sub(1);
        line.is_stalled = ended == Ended::Failed;
        line.ended = Some(now);
        let backoff = |line: &mut Line| {
            line.failures = line.failures.saturating_add(1);
            now + pace.spread(pace.backoff(line.failures), pipeline, given)
        };
        let (next, look) = match ended {
            Ended::Done {
                seen,
                next,
                look,
                again,
            } => {
                line.seen = line.seen.max(seen);
                if again {
                    (next, look.into_iter().chain([backoff(line)]).min())
                } else {
                    line.failures = 0;
                    (next, look)
                }
            }
            Ended::Elsewhere => (
                None,
                Some(now + pace.spread(pace.elsewhere, pipeline, given)),
            ),
            Ended::Failed => (None, Some(backoff(line))),
        };
        let beside = line.ticks > 0;
        let look = match line.since.filter(|_| beside) {
            // Beside one that goes on for long there is ever less to be seen by looking.
            Some(since) => {
                let far = now.since(since).us();
                let far = far.clamp(pace.long.us(), pace.look_every.us().max(pace.long.us()));
                Some(now + Span::from_us(far))
            }
            None => look,
        };
        let due = [next, look].into_iter().flatten().min();
        let due = due.map(|due| due.max(now + GAP));
        let again = std::mem::take(&mut line.again);
        self.set_due(pipeline, due);
        if again {
            self.wake(pipeline);
        }
        due
    }

    /// When there is something to do next; `None` where nothing is known to come.
    pub fn next(&self, now: Time) -> Option<Time> {
        let waits = match self.woken.is_empty() {
            true => self.due.first().map(|(due, _)| *due),
            false => Some(now),
        };
        if self.has_room(now) {
            return waits;
        }
        // There is room when a tick ends, which is told, or when one has become a long one.
        let first = self.young(now).min();
        let room = first.map(|begun| begun + self.pace.long);
        waits.and(room.filter(|_| self.turns.len() < self.pace.ticks_max))
    }

    /// How many pipelines there are, how many of them are late, and how many ticks there are.
    pub fn standing(&self, now: Time) -> (usize, usize, usize) {
        let due = self.due.iter().take_while(|(due, _)| *due < now);
        let late = due.count() + self.woken.len();
        (self.pipelines.len(), late, self.turns.len())
    }

    fn has_room(&self, now: Time) -> bool {
        self.turns.len() < self.pace.ticks_max && self.young(now).count() < self.pace.at_once
    }

    fn young(&self, now: Time) -> impl Iterator<Item = Time> {
        let long = self.pace.long;
        let begun = self.turns.values().copied();
        begun.filter(move |begun| now < *begun + long)
    }

    fn set_due(&mut self, pipeline: &PipelineName, due: Option<Time>) {
        if let Some(line) = self.pipelines.get_mut(pipeline) {
            if let Some(before) = std::mem::replace(&mut line.due, due) {
                self.due.remove(&(before, pipeline.clone()));
            }
            self.due.extend(due.map(|due| (due, pipeline.clone())));
        }
    }
}

#[cfg(test)]
mod tests;
