//! Replay: every recorded decision is made again, and compared with what was recorded.
//!
//! The stream is folded event by event. Before each event, what must have been asked is told from
//! the event itself ([`cause`]), with what was seen in registries as the recorded plan says it
//! ([`seen`]); [`crate::decide`] answers as it did then, under the policy and at the instant of
//! the event, and must come to the same events ([`compare`]). What the world said (reports, how
//! steps ended, where tags pointed) is taken as it was recorded: a replay checks what was decided
//! from it.

mod attested;
mod cause;
mod compare;
mod evidence;
mod seen;
mod watched;

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use crate::event::{Entry, Event};
use crate::state::ApplyError;
use crate::{Actor, Command, State, Time, decide};

use cause::Cause;

/// The most findings that are kept one by one; more are only counted.
pub const FINDINGS_MAX: usize = 1000;

/// The longest text of a finding, in characters.
const PROBLEM_CHARS_MAX: usize = 1000;

/// An event that the rules do not lead to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Its place in the stream, from 1.
    pub n: u64,
    /// When it says it was recorded.
    pub time: Time,
    /// Its type.
    pub event: String,
    /// What is wrong with it.
    pub problem: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "event {} ({}, {}): {}",
            self.n, self.event, self.time, self.problem
        )
    }
}

/// What a replay came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replayed {
    /// How many events there were.
    pub events: u64,
    /// How many of them were decided again, and came to the same.
    pub confirmed: u64,
    /// What the rules do not lead to, at most [`FINDINGS_MAX`] of them.
    pub findings: Vec<Finding>,
    /// How many there were in all.
    pub findings_count: u64,
    /// Events that were folded, and that no rule here speaks about, by type.
    pub without_rule: BTreeMap<String, u64>,
    /// Decisions that could not be made again, by the reason.
    pub unchecked: BTreeMap<String, u64>,
}

/// A stream being replayed.
#[derive(Debug, Clone, Default)]
pub struct Replay {
    state: State,
    due: VecDeque<Event>,
    /// When, and by whom, what is due was decided.
    decided: Option<(Time, Actor)>,
    held: Option<Held>,
    result: Replayed,
}

/// An event that can only be judged together with the next one.
#[derive(Debug, Clone)]
struct Held {
    before: State,
    entry: Entry,
    /// What is wrong with it where the next one does not explain it.
    problem: String,
}

impl Replay {
    /// A replay that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Judges the next entry, and folds it.
    ///
    /// # Errors
    /// [`ApplyError`] where it does not continue the stream; the replay ends there.
    pub fn entry(&mut self, entry: &Entry) -> Result<(), ApplyError> {
        self.result.events += 1;
        self.judge(entry);
        self.state.apply(entry)
    }

    /// The state so far.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// What it came to, with the state at the end.
    pub fn finish(mut self) -> (State, Replayed) {
        self.end_held();
        self.end_due(None);
        (self.state, self.result)
    }

    /// As [`Self::finish`] where the stream goes on with what cannot be read: what would have had
    /// to follow may be there.
    pub fn stop(self) -> (State, Replayed) {
        (self.state, self.result)
    }

    fn judge(&mut self, entry: &Entry) {
        if let Some(held) = self.held.take() {
            if let Some(command) = cause::together(&held.before, &held.entry, entry) {
                self.judge_both(&held, &command, entry);
                return;
            }
            self.found(&held.entry, held.problem);
        }
        if let Some(expected) = self.next_due(entry) {
            self.compare(&expected, entry);
            return;
        }
        self.end_due(Some(entry));
        match cause::of(&self.state, entry) {
            Cause::Asked(command) => self.judge_asked(&command, entry),
            Cause::WithNext(problem) => self.hold(entry, problem),
            Cause::Never(problem) => self.found(entry, problem),
            Cause::Unchecked(why) => *self.result.unchecked.entry(why).or_default() += 1,
            Cause::NoRule => {
                let kind = compare::kind(&entry.event);
                *self.result.without_rule.entry(kind).or_default() += 1;
            }
        }
    }

    fn judge_asked(&mut self, command: &Command, entry: &Entry) {
        match decide(&self.state, command, &entry.actor, entry.time) {
            Ok(events) => self.judge_events(events, entry),
            Err(refusal) => {
                let problem = format!("the rules refuse it: {refusal}");
                // Asked for together with an override, it may be blocked.
                if matches!(command, Command::Request { .. }) {
                    self.hold(entry, problem);
                } else {
                    self.found(entry, problem);
                }
            }
        }
    }

    fn judge_events(&mut self, events: Vec<Event>, entry: &Entry) {
        let mut events = VecDeque::from(events);
        match events.pop_front() {
            None => self.found(entry, "the rules come to nothing here".to_owned()),
            Some(first) => {
                // What follows from another event than the recorded one is not waited for.
                if compare::same_kind(&first, &entry.event) {
                    self.due = events;
                    self.decided = Some((entry.time, entry.actor.clone()));
                }
                self.compare(&first, entry);
            }
        }
    }

    /// The held event and this one, decided as one.
    fn judge_both(&mut self, held: &Held, command: &Command, entry: &Entry) {
        match decide(&held.before, command, &held.entry.actor, held.entry.time) {
            Ok(events) => {
                self.judge_events(events, &held.entry);
                match self.next_due(entry) {
                    Some(expected) => self.compare(&expected, entry),
                    None => self.found(entry, "the rules come to nothing here".to_owned()),
                }
            }
            Err(refusal) => self.found(&held.entry, format!("the rules refuse it: {refusal}")),
        }
    }

    /// What is due now, where this entry is of that kind and of the same decision.
    fn next_due(&mut self, entry: &Entry) -> Option<Event> {
        let expected = self.due.front()?;
        let (time, actor) = self.decided.as_ref()?;
        let same = *time == entry.time
            && *actor == entry.actor
            && compare::same_kind(expected, &entry.event);
        if same { self.due.pop_front() } else { None }
    }

    fn compare(&mut self, expected: &Event, entry: &Entry) {
        match compare::difference(expected, &entry.event) {
            None => self.result.confirmed += 1,
            Some(difference) => self.found(entry, difference),
        }
    }

    fn hold(&mut self, entry: &Entry, problem: String) {
        self.held = Some(Held {
            before: self.state.clone(),
            entry: entry.clone(),
            problem,
        });
    }

    fn end_held(&mut self) {
        if let Some(held) = self.held.take() {
            self.found(&held.entry, held.problem);
        }
    }

    /// What had to follow and did not.
    fn end_due(&mut self, next: Option<&Entry>) {
        let missing: Vec<String> = self
            .due
            .drain(..)
            .map(|event| compare::kind(&event))
            .collect();
        let Some((time, _)) = self.decided.take().filter(|_| !missing.is_empty()) else {
            return;
        };
        let instead = next.map_or_else(
            || "the end of the stream".to_owned(),
            |entry| format!("{} as event {}", compare::kind(&entry.event), entry.n),
        );
        let problem = format!(
            "with it {} had to be recorded, and there is {instead}",
            missing.join(", ")
        );
        let n = self.state.version;
        self.push(Finding {
            n,
            time,
            event: "missing".to_owned(),
            problem,
        });
    }

    fn found(&mut self, entry: &Entry, problem: String) {
        self.push(Finding {
            n: entry.n,
            time: entry.time,
            event: compare::kind(&entry.event),
            problem: problem.chars().take(PROBLEM_CHARS_MAX).collect(),
        });
    }

    fn push(&mut self, finding: Finding) {
        self.result.findings_count += 1;
        if self.result.findings.len() < FINDINGS_MAX {
            self.result.findings.push(finding);
        }
    }
}
