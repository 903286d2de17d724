//! What stands in environments now, out of folded states.

use std::collections::BTreeMap;

use liftlock_core::promotion::Status;
use liftlock_core::{EnvironmentName, PipelineName, State};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::labels::{Known, Where};

/// What stands in environments now.
pub(super) struct Standing {
    open: Family<Open, Gauge>,
    drifted: Family<Where, Gauge>,
    incident: Family<Where, Gauge>,
    held: Family<Where, Gauge>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Open {
    pipeline: String,
    environment: String,
    status: &'static str,
}

/// Where an open promotion can stand.
const STATUSES: [&str; 2] = ["waiting", "running"];

impl Standing {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let this = Self {
            open: Family::default(),
            drifted: Family::default(),
            incident: Family::default(),
            held: Family::default(),
        };
        let open = "Promotions that have not ended, by whether they wait for gates";
        registry.register("promotions_open", open, this.open.clone());
        let drifted = "Whether an environment is not as it was recorded";
        registry.register("environment_drifted", drifted, this.drifted.clone());
        let incident = "Whether an incident is open in an environment";
        registry.register("environment_incident", incident, this.incident.clone());
        let held = "Whether automatic promotions into an environment are paused";
        registry.register("environment_held", held, this.held.clone());
        this
    }

    /// Says what `state` says.
    pub(super) fn set(&self, known: &Known, pipeline: &PipelineName, state: &State) {
        let open = open(state);
        let named = state.adopted.iter();
        let named = named.flat_map(|adopted| &adopted.policy.environments);
        for environment in named.map(|environment| &environment.name) {
            let Some(place) = known.own(pipeline, environment) else {
                continue;
            };
            let counts = open.get(environment).copied().unwrap_or_default();
            for (status, count) in STATUSES.into_iter().zip(counts) {
                let labels = Open {
                    pipeline: place.pipeline.clone(),
                    environment: place.environment.clone(),
                    status,
                };
                self.open.get_or_create(&labels).set(count);
            }
            let there = state.environment(environment);
            let flag = |family: &Family<Where, Gauge>, is: bool| {
                family.get_or_create(&place).set(i64::from(is));
            };
            flag(&self.drifted, there.drift.is_some());
            flag(&self.incident, there.incident.is_some());
            flag(&self.held, there.hold.is_some());
        }
    }
}

/// Open promotions of each environment, as [`STATUSES`].
fn open(state: &State) -> BTreeMap<EnvironmentName, [i64; 2]> {
    let mut counts = BTreeMap::<_, [i64; 2]>::new();
    for promotion in state.open_promotions() {
        let status = usize::from(promotion.status != Status::Waiting);
        let of = counts.entry(promotion.request.environment.clone());
        of.or_default()[status] += 1;
    }
    counts
}
