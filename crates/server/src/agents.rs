//! `/api/v1/work`: agents, which carry out beside a host what this server decides.
//!
//! An agent is a worker with a token of its own, in which its labels are written down. It reads the
//! pipelines that have environments of these labels, holds such an environment's lease here, asks
//! what to carry out, and says what it did and saw. Each promotion, and what follows from how its
//! steps went, is decided and recorded here.

mod agent;
mod held;
mod leases;
mod reads;
mod results;
mod unsigned;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use liftlock_engine::ports::OUTPUT_BYTES_MAX;
use liftlock_store::DatabaseLease;
use liftlock_verbs::Site;

use crate::operations::{self, Served as _};
use crate::parts::{Routes, Task};
use agent::Agent;
use held::Held;

/// How long an agent holds a lease without asking for it again.
pub const LEASE_TIME: Duration = Duration::from_secs(30);

/// What agents' requests share.
#[derive(Clone)]
pub(crate) struct Desk {
    site: Arc<Site>,
    held: Arc<Held<DatabaseLease>>,
    lease_time: Duration,
}

/// The routes of agents, and what gives back the leases of those that are not heard of any more.
/// A lease counts for `lease_time`, whole seconds.
pub fn agents(site: Arc<Site>, lease_time: Duration) -> (Routes, Task) {
    let held = Arc::new(Held::default());
    let desk = Desk {
        site,
        held: Arc::clone(&held),
        lease_time,
    };
    let blobs = Router::new()
        .serve(&operations::WORK_BLOB, results::blob)
        .layer(DefaultBodyLimit::max(OUTPUT_BYTES_MAX));
    let guarded = Router::new()
        .serve(&operations::WORK, reads::place)
        .serve(&operations::WORK_CHANGES, reads::changes)
        .serve(&operations::WORK_ENTRIES, reads::entries)
        .serve(&operations::WORK_LEASE, leases::hold)
        .serve(&operations::WORK_LEASE_END, leases::give_back)
        .serve(&operations::WORK_TAKE, results::take)
        .serve(&operations::WORK_RESULTS, results::hand_in)
        .serve(&operations::WORK_OBSERVATIONS, reads::observations)
        .serve(&operations::WORK_OBSERVED, results::observe)
        .merge(blobs)
        .with_state(desk);
    let routes = Routes {
        guarded,
        open: Router::new(),
    };
    (routes, held.task())
}
