//! Who is asking, over HTTP: logins, sessions, tokens, CI's own tokens, and the first start.

mod administrators;
mod authenticate;
mod browser;
mod exchange;
mod login;
mod problems;
mod reach;
mod sessions;
mod setup;
mod tokens;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::request;
use liftlock_core::Time;
use liftlock_identity::{Caller, Identities, Records};

use crate::caller::Authenticate;
use crate::parts::{Routes, Task};
use crate::problem::Problem;
use crate::shutdown::Shutdown;

/// How often what expired is forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(15 * 60);

/// Who is asking: what of it goes into [`Parts`](crate::Parts).
pub struct Known {
    /// Who a request is from.
    pub authenticate: Arc<dyn Authenticate>,
    /// Where people and CI log in, and administrators make tokens.
    pub routes: Routes,
    /// Forgets what expired.
    pub task: Task,
}

/// What the handlers share.
pub(crate) struct Identity<R> {
    identities: Arc<Identities<R>>,
    now: fn() -> Time,
}

impl Known {
    /// Over `identities`, with a clock.
    pub fn new<R: Records + 'static>(identities: Arc<Identities<R>>, now: fn() -> Time) -> Self {
        let identity = Identity { identities, now };
        Self {
            authenticate: Arc::new(identity.clone()),
            routes: routes(&identity),
            task: Task::new("identity", move |shutdown| forget(identity, shutdown)),
        }
    }
}

fn routes<R: Records + 'static>(identity: &Identity<R>) -> Routes {
    let guarded = Router::new()
        .merge(administrators::routes(identity))
        .merge(sessions::routes(identity))
        .merge(tokens::routes(identity));
    let open = Router::new()
        .merge(browser::routes(identity))
        .merge(exchange::routes(identity))
        .merge(login::routes(identity))
        .merge(setup::routes(identity));
    Routes { guarded, open }
}

async fn forget<R: Records>(identity: Identity<R>, shutdown: Shutdown) {
    loop {
        match identity.identities.prune((identity.now)()).await {
            Ok(count) => tracing::debug!(count, "what expired was forgotten"),
            Err(error) => tracing::warn!(%error, "what expired cannot be forgotten"),
        }
        tokio::select! {
            () = shutdown.requested() => return,
            () = tokio::time::sleep(FORGET_EVERY) => {}
        }
    }
}

/// Everything that is known about who is asking; on guarded routes alone.
struct Asking(Caller);

impl<S: Sync> FromRequestParts<S> for Asking {
    type Rejection = Problem;

    async fn from_request_parts(request: &mut request::Parts, _: &S) -> Result<Self, Problem> {
        let found = request.extensions.get::<Caller>().cloned();
        found.map(Self).ok_or_else(Problem::unauthenticated)
    }
}

// Derived, it would want R to be so too.
impl<R> Clone for Identity<R> {
    fn clone(&self) -> Self {
        let (identities, now) = (Arc::clone(&self.identities), self.now);
        Self { identities, now }
    }
}
