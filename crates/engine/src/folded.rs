//! What pipelines' streams come to, as far as they were read: shared by all that act on them.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use liftlock_core::{EnvironmentName, PipelineName, PromotionId, State, Time};

/// How many pipelines' states [`Pipelines`] keeps by default while nobody uses them. One of a
/// thousand events takes some 0.7 MiB; one that is not kept is read anew, for some milliseconds of
/// processor.
pub const PIPELINES_KEPT: usize = 1000;

/// The state of one pipeline, as far as its stream was read. Engines that share it read each event
/// once between them, whoever acts.
#[derive(Default)]
pub struct Folded {
    pub(crate) state: tokio::sync::Mutex<Arc<State>>,
    /// The version of the last snapshot that was read or written.
    snapshot_at: AtomicU64,
    /// When each environment was last looked at, and by which promotion what was there was.
    looked: Mutex<HashMap<EnvironmentName, (PromotionId, Time)>>,
    told: Option<(PipelineName, Told)>,
}

/// Told of a pipeline in which something was recorded, and of the version it has now.
pub type Told = Arc<dyn Fn(&PipelineName, u64) + Send + Sync>;

impl Folded {
    /// What was just recorded leads to `state`. Another who recorded after it may have been here
    /// before.
    pub(crate) async fn recorded(&self, state: &Arc<State>) {
        let mut known = self.state.lock().await;
        if known.version < state.version {
            *known = Arc::clone(state);
        }
        drop(known);
        if let Some((pipeline, told)) = &self.told {
            told(pipeline, state.version);
        }
    }

    /// Whatever was looked at is looked at anew: somebody said that it may have changed.
    pub fn look_again(&self) {
        self.looked().clear();
    }

    /// Whether what `promotion` brought to an environment was looked at since.
    pub(crate) fn was_looked_at(
        &self,
        environment: &EnvironmentName,
        promotion: PromotionId,
        since: Time,
    ) -> bool {
        let looked = self.looked().get(environment).copied();
        looked.is_some_and(|(of, at)| of == promotion && at > since)
    }

    pub(crate) fn looked_at(&self, environment: &EnvironmentName, of: PromotionId, at: Time) {
        self.looked().insert(environment.clone(), (of, at));
    }

    fn looked(&self) -> MutexGuard<'_, HashMap<EnvironmentName, (PromotionId, Time)>> {
        self.looked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn last_snapshot(&self) -> u64 {
        self.snapshot_at.load(Ordering::Relaxed)
    }

    pub(crate) fn snapshot_was(&self, version: u64) {
        self.snapshot_at.store(version, Ordering::Relaxed);
    }
}

impl fmt::Debug for Folded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Folded").finish_non_exhaustive()
    }
}

/// The states of many pipelines. Those that nobody uses any more are kept up to a limit, the ones
/// last used; one that is gone is read again from its snapshot.
pub struct Pipelines {
    kept: Mutex<Kept>,
    kept_max: usize,
    told: Option<Told>,
}

#[derive(Default)]
struct Kept {
    pipelines: HashMap<PipelineName, (Arc<Folded>, u64)>,
    uses: u64,
}

impl Default for Pipelines {
    fn default() -> Self {
        Self::new(PIPELINES_KEPT)
    }
}

impl Pipelines {
    /// Keeps at most `kept_max` that nobody uses.
    pub fn new(kept_max: usize) -> Self {
        Self {
            kept: Mutex::default(),
            kept_max,
            told: None,
        }
    }

    /// The same, where `told` is called, after it was recorded, for whatever an engine over one of
    /// these states records. It must not wait.
    pub fn telling(mut self, told: Told) -> Self {
        self.told = Some(told);
        self
    }

    /// The state of a pipeline, for [`crate::Engine::sharing`].
    pub fn of(&self, pipeline: &PipelineName) -> Arc<Folded> {
        let mut kept = self.kept();
        kept.uses += 1;
        let nth = kept.uses;
        if let Some((folded, used)) = kept.pipelines.get_mut(pipeline) {
            *used = nth;
            return Arc::clone(folded);
        }
        let told = self.told.clone().map(|told| (pipeline.clone(), told));
        let folded = Arc::new(Folded {
            told,
            ..Folded::default()
        });
        kept.make_room(self.kept_max);
        let entry = (Arc::clone(&folded), nth);
        kept.pipelines.insert(pipeline.clone(), entry);
        folded
    }

    /// How many states are in memory, used or kept.
    pub fn count(&self) -> usize {
        self.kept().pipelines.len()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Drops what was not used for longest, until one more that nobody uses has its place.
    fn make_room(&mut self, kept_max: usize) {
        let unused = self.pipelines.iter();
        let unused = unused.filter(|(_, (folded, _))| Arc::strong_count(folded) == 1);
        let mut unused: Vec<(u64, PipelineName)> = unused
            .map(|(pipeline, (_, used))| (*used, pipeline.clone()))
            .collect();
        let over = (unused.len() + 1).saturating_sub(kept_max.max(1));
        unused.sort();
        for (_, pipeline) in unused.into_iter().take(over) {
            self.pipelines.remove(&pipeline);
        }
    }
}

impl fmt::Debug for Pipelines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipelines")
            .field("count", &self.count())
            .field("kept_max", &self.kept_max)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(n: usize) -> PipelineName {
        format!("shop-{n}").parse().unwrap()
    }

    #[test]
    fn what_nobody_uses_is_kept_up_to_the_limit_and_what_is_used_always() {
        let pipelines = Pipelines::new(10);
        let used: Vec<_> = (0..30).map(|n| pipelines.of(&name(n))).collect();
        assert_eq!(pipelines.count(), 30);
        for n in 30..1000 {
            pipelines.of(&name(n));
        }
        assert_eq!(pipelines.count(), 40);
        let same = |n: usize| Arc::ptr_eq(&used[n], &pipelines.of(&name(n)));
        assert!((0..30).all(same));
        drop(used);
        pipelines.of(&name(1000));
        assert_eq!(pipelines.count(), 10);
    }

    #[test]
    fn the_ones_last_used_are_kept() {
        let pipelines = Pipelines::new(2);
        let first = Arc::as_ptr(&pipelines.of(&name(1)));
        pipelines.of(&name(2));
        pipelines.of(&name(1));
        pipelines.of(&name(3));
        assert_eq!(first, Arc::as_ptr(&pipelines.of(&name(1))));
        assert_eq!(pipelines.count(), 2);
    }
}
