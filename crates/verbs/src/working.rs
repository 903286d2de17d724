//! A worker on all pipelines of a state.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use liftlock_core::{Actor, PipelineName};
use liftlock_engine::EngineError;
use liftlock_engine::worker::{Pace, Stop, Wake, Work, Workshop, work};

use crate::session::App;
use crate::site::Site;

/// Works on all pipelines of the state as `actor`, until `stop` is set; see
/// [`liftlock_engine::worker::work`].
pub fn work_on<'a>(
    site: Arc<Site>,
    actor: Actor,
    pace: Pace,
    hints: (&'a Wake, &'a Stop),
    told: &'a (dyn Fn(&Work<'_>) + Send + Sync),
) -> BoxFuture<'a, ()> {
    let store = site.store.clone();
    let look_gap = pace.look_gap;
    let make = move |pipeline: &PipelineName| {
        let quiet = Arc::new(|_: &_| {});
        let app = site.app(pipeline.clone(), actor.clone(), quiet);
        Ok::<App, EngineError>(app.with_look_gap(look_gap))
    };
    Box::pin(async move {
        let place = Workshop::new(store, make, &pace);
        work(&place, &pace, hints, told).await;
    })
}
