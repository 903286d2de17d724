//! What is taken up: decided and recorded, under the lease of its environment, and not carried out
//! yet.

use liftlock_core::verdict::Verdict;
use liftlock_core::{EnvironmentName, PromotionId, State, Time};

use crate::ports::{Clock, Delivery, Fence, Registries, Store};
use crate::{Carried, Engine, EngineError};

/// A promotion that is to be carried out now, and the lease under which that is.
#[derive(Debug)]
pub struct TakenUp<L> {
    /// Which.
    pub promotion: PromotionId,
    /// The lease of its environment; dropped, it is free.
    pub lease: L,
    /// The proof of the lease.
    pub fence: Fence,
}

impl<S: Store, R: Registries, D: Delivery, C: Clock> Engine<S, R, D, C> {
    /// Carries out what was taken up, and gives the lease back.
    pub(crate) async fn carry_out_taken(
        &self,
        taken: Option<TakenUp<S::Lease>>,
    ) -> Result<Option<Carried>, EngineError> {
        match taken {
            Some(taken) => {
                let under = (&taken.lease, &taken.fence);
                Ok(Some(self.carry_out(taken.promotion, under).await?))
            }
            None => Ok(None),
        }
    }

    /// What a promotion waits for where its environment is carried out by workers elsewhere;
    /// nothing where it is carried out here.
    pub(crate) async fn elsewhere(
        &self,
        state: &State,
        environment: &EnvironmentName,
    ) -> Result<Option<Verdict>, EngineError> {
        let Some(label) = self.labels.lacking(state, environment) else {
            return Ok(None);
        };
        let seen = self.store.worker_seen(label.as_str()).await?;
        let seen = seen.map(Time::from_us);
        Ok(self.labels.verdict(state, environment, (seen, self.now())))
    }
}
