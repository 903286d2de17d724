//! Who a request is from.

use axum::http::request;
use liftlock_identity::{Records, Scope};

use super::{Identity, reach};
use crate::caller::{Authenticate, Authenticating, Standing};

impl<R: Records + 'static> Authenticate for Identity<R> {
    fn authenticate<'a>(&'a self, request: &'a mut request::Parts) -> Authenticating<'a> {
        Box::pin(async move {
            let now = (self.now)();
            let caller = self
                .identities
                .authenticate(&request.headers, &request.method, now);
            let caller = caller.await?;
            reach::check(&caller, request.uri.path())?;
            let actor = caller.actor.clone();
            request.extensions.insert(Standing {
                bound: match &caller.scope {
                    Scope::All => None,
                    Scope::Pipelines(pipelines) => Some(pipelines.clone()),
                },
                labels: caller.labels.clone(),
                administrator: caller.administrator,
            });
            request.extensions.insert(caller);
            Ok(actor)
        })
    }
}
