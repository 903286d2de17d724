//! What a stretch of observations comes to.

use liftlock_oci::Digest;
use serde::{Deserialize, Serialize};

use super::{Observation, digest};
use crate::state::{Current, SoakClock};
use crate::{EnvironmentName, PromotionId, ReleaseName, Span, State, Time};

/// Observations of an environment, one after the other by their numbers, and what they mean for
/// the soak of its current release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// Where.
    pub environment: EnvironmentName,
    /// The current release.
    pub release: ReleaseName,
    /// By which promotion it is current.
    pub promotion: PromotionId,
    /// From where on: the last observation that was summed before, or when the soak began to run.
    pub since: Time,
    /// The last of these observations that counts.
    pub until: Time,
    /// The number of the first observation.
    pub first: u64,
    /// How many there are, with all that do not count.
    pub count: u64,
    /// How much of the time between `since` and `until` does not count, because nobody looked for
    /// longer than may be.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub lost: Span,
    /// Their [`digest`].
    pub digest: Digest,
}

fn is_nothing(span: &Span) -> bool {
    *span == Span::ZERO
}

impl Stretch {
    /// The time that counts.
    pub fn counted(&self) -> Span {
        self.until.since(self.since).left_after(self.lost)
    }

    /// The number of the last observation.
    pub fn last(&self) -> u64 {
        self.first.saturating_add(self.count).saturating_sub(1)
    }
}

/// Where the next stretch of an environment begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    /// The number of the last observation that is in the ledger; 0 where none is.
    pub after: u64,
    /// What is not after this instant does not count any more.
    pub since: Time,
}

/// Where the next stretch begins: `None` where no soak is running, or where it counts without
/// anyone looking.
pub fn open(state: &State, name: &EnvironmentName) -> Option<Open> {
    let (_, clock) = running(state, name)?;
    clock.gap_max?;
    Some(Open {
        after: state.environment(name).summed(),
        since: clock.since?,
    })
}

fn running<'s>(state: &'s State, name: &EnvironmentName) -> Option<(&'s Current, &'s SoakClock)> {
    let there = state.environment(name);
    let current = there.current.as_ref()?;
    let clock = there.soak.get(&current.release)?;
    clock.since.map(|_| (current, clock))
}

/// What observations come to, the ones after [`Open::after`], in the order of their numbers:
/// `None` where none of them lets the soak go on. One counts if its check passed, under the
/// promotion by which the release is current, after [`Open::since`] and not after `now`: what a
/// wrong clock says of the future, or of what is summed already, gives nothing. In whatever order
/// they came, and however many watched, no time counts twice.
pub fn stretch(
    state: &State,
    name: &EnvironmentName,
    observations: &[(u64, Observation)],
    now: Time,
) -> Option<Stretch> {
    let (current, clock) = running(state, name)?;
    let (since, gap_max) = (clock.since?, clock.gap_max?);
    let (first, _) = observations.first()?;
    let promotion = current.promotion.to_string();
    let own = observations.iter().map(|(_, seen)| seen);
    let own = own.filter(|seen| seen.passed && seen.promotion == promotion);
    let times = own.map(|seen| Time::from_us(seen.at_us));
    let mut times: Vec<Time> = times.filter(|at| *at > since && *at <= now).collect();
    times.sort_unstable();
    let until = *times.last()?;
    let before = [since].into_iter().chain(times.iter().copied());
    let lost = before.zip(&times).map(|(before, at)| {
        let gap = at.since(before);
        gap.left_after(gap_max)
    });
    Some(Stretch {
        environment: name.clone(),
        release: current.release.clone(),
        promotion: current.promotion,
        since,
        until,
        first: *first,
        count: observations.len() as u64,
        lost: lost.fold(Span::ZERO, |sum, lost| sum + lost),
        digest: digest(observations),
    })
}

/// Why no observations can come to this stretch, where it would be recorded at `now`; `None` where
/// they can. `Err` where it does not go on from where the environment is: someone else has
/// recorded something since.
pub(crate) fn problem(
    state: &State,
    stretch: &Stretch,
    now: Time,
) -> Result<Option<&'static str>, Elsewhere> {
    let name = &stretch.environment;
    let found = open(state, name).zip(running(state, name));
    let (open, (current, clock)) = found.ok_or(Elsewhere)?;
    let same = current.release == stretch.release && current.promotion == stretch.promotion;
    let gap_max = clock.gap_max.ok_or(Elsewhere)?;
    if !same || open.since != stretch.since || stretch.first <= open.after {
        return Err(Elsewhere);
    }
    let (between, counted) = (stretch.until.since(stretch.since), stretch.counted());
    let most = i64::try_from(stretch.count).unwrap_or(i64::MAX);
    let most = Span::from_us(gap_max.us().saturating_mul(most));
    let gap_lost = stretch.lost > Span::ZERO;
    let wrong = [
        (stretch.count == 0, "it has no observation"),
        (between == Span::ZERO, "it ends where it begins"),
        (stretch.until > now, "it ends in the future"),
        (stretch.lost >= between, "no time of it counts"),
        (
            counted > most,
            "more time counts than it has observations for",
        ),
        (
            gap_lost && counted < gap_max,
            "less time is missing than a gap leaves out",
        ),
    ];
    let wrong = wrong.into_iter().find(|(wrong, _)| *wrong);
    Ok(wrong.map(|(_, why)| why))
}

/// A stretch does not go on from where the environment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Elsewhere;

/// The state as it would be with a stretch recorded: to show how far a soak is. Nothing is decided
/// from it.
pub fn as_summed(state: &State, stretch: &Stretch) -> State {
    let mut state = state.clone();
    state.sum(stretch);
    state
}
