//! What was watched, compared with the observations that are still kept.

use liftlock_engine::{Observations, check_observations};
use liftlock_store::DatabaseStore;
use liftlock_verbs::Failure;
use serde_json::{Value, json};

use super::Audited;

/// The stretches of a ledger, and how many of them could be compared.
#[derive(Default)]
pub(in super::super) struct Watched {
    stretches: u64,
    /// None where the observations are not at hand.
    compared: Option<u64>,
    /// Those whose observations are not what was summed, in words.
    changed: Vec<String>,
}

impl Watched {
    /// Compares all stretches of a ledger with the observations in its state.
    pub(in super::super) async fn of_state(
        store: &DatabaseStore,
        audited: &Audited,
    ) -> Result<Self, Failure> {
        let mut found = Self::default();
        let mut compared = 0;
        for pipeline in &audited.pipelines {
            for stretch in &pipeline.stretches {
                found.stretches += 1;
                let checked = check_observations(store, &pipeline.name, stretch).await?;
                compared += u64::from(checked != Observations::Dropped);
                if checked == Observations::Changed {
                    found.changed.push(format!(
                        "{}: the observations {} to {} in {} (until {:#}) are not those that were summed for the soak of {}",
                        pipeline.name,
                        stretch.first,
                        stretch.last(),
                        stretch.environment,
                        stretch.until,
                        stretch.release
                    ));
                }
            }
        }
        found.compared = Some(compared);
        Ok(found)
    }

    /// Those of a ledger whose observations are kept elsewhere.
    pub(in super::super) fn elsewhere(audited: &Audited) -> Self {
        let stretches = audited.pipelines.iter().map(|of| of.stretches.len() as u64);
        let stretches = stretches.sum();
        Self {
            stretches,
            compared: (stretches == 0).then_some(0),
            changed: Vec::new(),
        }
    }

    /// Whether nothing was changed.
    pub(in super::super) fn is_clean(&self) -> bool {
        self.changed.is_empty()
    }

    /// Nothing where nothing was watched.
    pub(in super::super) fn text(&self) -> Vec<String> {
        if self.stretches == 0 {
            return Vec::new();
        }
        let stretches = self.stretches;
        let mut lines = vec![match self.compared {
            Some(compared) => format!(
                "of {stretches} stretches that were watched, the observations of {compared} are still kept, and were compared"
            ),
            None => format!(
                "the observations of {stretches} stretches that were watched are the server's, and were not compared"
            ),
        }];
        lines.extend(self.changed.iter().cloned());
        lines
    }

    pub(in super::super) fn json(&self) -> Value {
        json!({
            "stretches": self.stretches,
            "compared": self.compared,
            "changed": self.changed,
        })
    }
}
