//! Checks that wait for none are run side by side, each a journaled step of its own.

use std::collections::BTreeSet;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use liftlock_core::plan::{Plan, Step};
use liftlock_core::promotion::Promotion;
use liftlock_core::{PromotionId, State};

use crate::ports::{Clock, Delivery, Fence, Registries, Store};
use crate::{Engine, EngineError, Progress};

/// How many checks of one promotion run at a time.
const AT_ONCE_MAX: usize = 8;

impl<S: Store, R: Registries, D: Delivery, C: Clock> Engine<S, R, D, C> {
    /// Runs the checks that may be run now, and those that they let come up, until none is left;
    /// whether all passed. The first that fails ends the others: what comes after a failure shall
    /// not wait for a load test. Those are recorded as stopped, in the same append as the failure.
    ///
    /// What runs side by side touches no store: it is not polled while this one records.
    pub(crate) async fn carry_out_checks(
        &self,
        id: PromotionId,
        fence: &Fence,
    ) -> Result<bool, EngineError> {
        let mut running = FuturesUnordered::new();
        let mut under_way = BTreeSet::new();
        loop {
            let state = self.state().await?;
            let Some((promotion, plan)) = planned(&state, id) else {
                return Ok(false);
            };
            for (step, what) in promotion.next_steps() {
                let Step::Check {
                    name, kind, files, ..
                } = what
                else {
                    continue;
                };
                let full = under_way.len() >= AT_ONCE_MAX || self.stop.is_set();
                if full || !under_way.insert(step) {
                    continue;
                }
                self.begin_step(promotion, (step, what), fence).await?;
                let request = self.check_request((promotion, plan), (name, kind, files));
                running.push(async move { (step, self.delivery.check(&request).await) });
            }
            let Some((step, outcome)) = running.next().await else {
                return Ok(true);
            };
            under_way.remove(&step);
            let mut stopped = Vec::new();
            if !outcome.passed {
                // A program that is dropped is ended with its whole group.
                running.clear();
                stopped.extend(std::mem::take(&mut under_way));
            }
            let state = self.state().await?;
            let Some((promotion, plan)) = planned(&state, id) else {
                return Ok(false);
            };
            let Some(what @ Step::Check { kind, .. }) = plan.steps.get(step as usize) else {
                return Ok(false);
            };
            let result = self.checked(plan, kind, outcome).await?;
            if !self
                .end_step(promotion, (step, what), (result, &stopped), fence)
                .await?
            {
                if !stopped.is_empty() {
                    let steps = stopped.into_iter().map(|step| step + 1).collect();
                    self.tell(&Progress::ChecksEnded {
                        promotion: id,
                        steps,
                    });
                }
                return Ok(false);
            }
        }
    }
}

fn planned(state: &State, id: PromotionId) -> Option<(&Promotion, &Plan)> {
    let promotion = state.promotions.get(&id)?;
    Some((promotion, promotion.plan.as_ref()?))
}
