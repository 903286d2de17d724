//! Observations that are still kept, compared with what the ledger says of them.

use liftlock_core::watching::{Stretch, digest};

use crate::ports::{Observation, Store, StoreError};

/// What there is of the observations of a stretch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Observations {
    /// All of them, as they were summed.
    AsSummed,
    /// All of them, and they are not what was summed.
    Changed,
    /// Not all of them are kept any more: nothing can be compared.
    Dropped,
}

/// Compares the observations of a stretch, as far as they are kept, with the digest that was
/// recorded of them.
///
/// # Errors
/// [`StoreError`] where they cannot be read.
pub async fn check_observations<S: Store>(
    store: &S,
    pipeline: &str,
    stretch: &Stretch,
) -> Result<Observations, StoreError> {
    let mut all: Vec<(u64, Observation)> = Vec::new();
    let mut next = stretch.first;
    while next <= stretch.last() {
        let page = store.observations(pipeline, stretch.environment.as_str(), next);
        let page = page.await?;
        let Some((last, _)) = page.last() else { break };
        next = last.saturating_add(1);
        let here = page.into_iter().filter(|(n, _)| *n <= stretch.last());
        all.extend(here);
        if (all.len() as u64) < next.min(stretch.last().saturating_add(1)) - stretch.first {
            return Ok(Observations::Dropped);
        }
    }
    if all.len() as u64 != stretch.count {
        return Ok(Observations::Dropped);
    }
    Ok(match digest(&all) == stretch.digest {
        true => Observations::AsSummed,
        false => Observations::Changed,
    })
}
