//! Labels, of which there are never too many.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use liftlock_core::{EnvironmentName, PipelineName};
use prometheus_client::encoding::EncodeLabelSet;

/// How many pairs of pipeline and environment have figures of their own. Those after them share
/// the pair `other`, `other`.
pub(super) const PAIRS_MAX: usize = 3000;

/// A pipeline's environment.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Where {
    pub(super) pipeline: String,
    pub(super) environment: String,
}

/// Which pairs have figures of their own.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<HashSet<Where>>);

impl Known {
    /// The labels of an environment.
    pub(super) fn of(&self, pipeline: &PipelineName, environment: &EnvironmentName) -> Where {
        self.own(pipeline, environment).unwrap_or_else(|| Where {
            pipeline: "other".to_owned(),
            environment: "other".to_owned(),
        })
    }

    /// The labels of an environment that has its own: what cannot be summed has none otherwise.
    pub(super) fn own(
        &self,
        pipeline: &PipelineName,
        environment: &EnvironmentName,
    ) -> Option<Where> {
        let pair = Where {
            pipeline: pipeline.to_string(),
            environment: environment.to_string(),
        };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = known.contains(&pair) || known.len() < PAIRS_MAX;
        fits.then(|| {
            known.insert(pair.clone());
            pair
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_never_too_many() {
        let known = Known::default();
        let staging: EnvironmentName = "staging".parse().unwrap();
        let name = |n: usize| -> PipelineName { format!("shop-{n}").parse().unwrap() };
        for n in 0..PAIRS_MAX {
            assert_eq!(known.of(&name(n), &staging).pipeline, format!("shop-{n}"));
        }
        assert_eq!(known.of(&name(PAIRS_MAX), &staging).pipeline, "other");
        assert_eq!(known.own(&name(PAIRS_MAX), &staging), None);
        assert_eq!(known.of(&name(7), &staging).pipeline, "shop-7");
    }
}
