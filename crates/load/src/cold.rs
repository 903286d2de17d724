//! A server that has just been started: each pipeline is asked for once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::clients::client;
use crate::identities::Identities;
use crate::latency::{Latencies, Spread};
use crate::place::Plan;
use crate::server::{Served, Used};
use crate::trouble::Trouble;

/// How many are asked for at the same time.
const AT_ONCE: usize = 8;

/// What a start came to.
pub(crate) struct Cold {
    /// From the start of the program until it was ready.
    pub(crate) ready: Duration,
    /// Until its worker had looked at all pipelines.
    pub(crate) looked: Duration,
    /// How long it took to look at every board once.
    pub(crate) boards: Duration,
    /// How long each took.
    pub(crate) each: Spread,
    /// What the server used until then.
    pub(crate) used: Used,
}

/// Looks at every board once.
///
/// # Errors
/// Where one is not answered.
pub(crate) async fn touch(
    served: &Served,
    plan: &Plan,
    identities: &Identities,
) -> Result<Cold, Trouble> {
    let looked = served.ready + served.looked_at_all().await?;
    let http = client()?;
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut asking = JoinSet::new();
    let start = Instant::now();
    for pipeline in plan.names() {
        let url = format!("{}/api/v1/pipelines/{pipeline}/status", served.url);
        let request = http.get(url).bearer_auth(identities.session(0));
        let places = Arc::clone(&places);
        asking.spawn(async move {
            let _place = places.acquire_owned().await;
            let asked = Instant::now();
            let answer = request.send().await?.error_for_status()?;
            answer.bytes().await?;
            Ok::<_, reqwest::Error>(asked.elapsed())
        });
    }
    let mut each = Latencies::default();
    while let Some(Ok(took)) = asking.join_next().await {
        each.add(took?);
    }
    Ok(Cold {
        ready: served.ready,
        looked,
        boards: start.elapsed(),
        each: each.spread(),
        used: served.used(),
    })
}
