//! When nothing goes wrong any more, and time has passed: nothing is left lying about.

use std::collections::BTreeSet;

use liftlock_core::{PromotionId, Time};

use super::Judge;
use super::book::Stage;

impl Judge {
    /// Nothing is under way, and what waits has a reason to. `stopped` are those that cannot even
    /// be planned, as `tick` says.
    pub(crate) fn at_rest(&self, now: Time, stopped: &BTreeSet<PromotionId>) -> Result<(), String> {
        for (id, attempt) in &self.book.attempts {
            match &attempt.stage {
                Stage::Over(_) => {}
                Stage::Waits if attempt.request.expires_at <= now => {
                    return Err(format!("{id} waits, and has been open for too long"));
                }
                Stage::Waits if stopped.contains(id) => {}
                Stage::Waits => {
                    if self.book.against(attempt, now).is_empty() {
                        return Err(format!("{id} waits, and nothing speaks against it"));
                    }
                }
                stage => return Err(format!("{id} is left behind: {stage:?}")),
            }
        }
        Ok(())
    }
}
