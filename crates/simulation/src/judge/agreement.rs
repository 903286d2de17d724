//! The product's fold and the judge's record say the same.

use liftlock_core::ReleaseName;
use liftlock_core::promotion::Status;
use liftlock_core::{EnvironmentName, Span, State, Time};

use super::book::{Book, Stage};

impl Book {
    /// What a release has earned in an environment by `now`.
    pub(super) fn soaked_at(
        &self,
        environment: &EnvironmentName,
        release: &ReleaseName,
        now: Time,
    ) -> Span {
        let key = (environment.clone(), release.clone());
        let earned = self.soaked.get(&key).copied().unwrap_or_default();
        let stands = self.standing.get(&key);
        stands.map_or(earned, |stands| earned + stands.until(now))
    }
}

/// After an append.
pub(super) fn state(book: &Book, state: &State) -> Result<(), String> {
    if state.version != book.count || state.last_time != book.last {
        return Err(format!(
            "the fold is at {} and not at {}",
            state.version, book.count
        ));
    }
    for (environment, place) in &book.places {
        let there = state.environment(environment);
        let current = there
            .current
            .as_ref()
            .map(|c| (&c.release, c.promotion, c.verified));
        let here = place
            .current
            .as_ref()
            .map(|here| (&here.release, here.by, here.verified));
        if current != here {
            return Err(format!(
                "{environment} is at {current:?} by the fold, not at {here:?}"
            ));
        }
        if there.incident.is_some() != place.incident {
            return Err(format!("the incident of {environment} is not as folded"));
        }
        if there.drift.as_ref().map(|drift| &drift.drifts) != place.drift.as_ref() {
            return Err(format!("the drift of {environment} is not as folded"));
        }
        if there.hold.is_some() != place.held {
            return Err(format!("the hold of {environment} is not as folded"));
        }
        let withdrawn = there
            .withdrawn
            .iter()
            .map(|(name, withdrawn)| (name, &withdrawn.at));
        if !withdrawn.eq(&place.withdrawn) {
            return Err(format!(
                "what is withdrawn in {environment} is not as folded"
            ));
        }
        let verified = there.verified.iter().map(|standing| &standing.release);
        if !verified.eq(place.verified.iter().map(|(name, _)| name)) {
            return Err(format!(
                "what was verified in {environment} is not as folded"
            ));
        }
    }
    soak(book, state)?;
    stages(book, state)
}

fn soak(book: &Book, state: &State) -> Result<(), String> {
    for environment in book.places.keys() {
        let there = state.environment(environment);
        for release in book.releases.keys() {
            let clock = there.soak.get(release).copied().unwrap_or_default();
            let earned = book.soaked_at(environment, release, book.last);
            if clock.total(book.last) != earned {
                let folded = clock.total(book.last);
                return Err(format!(
                    "the soak of {release} in {environment} is {folded} by the fold, not {earned}"
                ));
            }
        }
    }
    Ok(())
}

fn stages(book: &Book, state: &State) -> Result<(), String> {
    for (id, attempt) in &book.attempts {
        let same = match (state.promotions.get(id).map(|p| &p.status), &attempt.stage) {
            (Some(Status::Waiting), Stage::Waits)
            | (Some(Status::Running), Stage::Runs)
            | (Some(Status::Reverting { .. }), Stage::PutsBack)
            | (Some(Status::RollingBack { .. }), Stage::RollsBack) => true,
            (Some(Status::Ended(outcome)), Stage::Over(over)) => outcome == over,
            _ => false,
        };
        if !same {
            return Err(format!("{id} is not as folded: {:?}", attempt.stage));
        }
    }
    Ok(())
}
