//! A request on its way through the faults that touch it.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderMap, Method};
use axum::response::Response;

use super::{Action, Kind, referrers, stale};
use crate::api_error::ApiError;
use crate::app::App;
use crate::auth::Caller;
use crate::query::Query;
use crate::route::Route;

/// A request as it was understood. Faults may change what it asks for.
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) route: Route,
    pub(crate) query: Query,
    pub(crate) caller: Caller,
    pub(crate) request: Request,
}

/// What happens to one request, and what is needed of it once it is answered.
pub(crate) struct Passage {
    app: Arc<App>,
    actions: Vec<Action>,
    method: Method,
    route: Route,
    headers: HeaderMap,
    stale: Option<stale::Write>,
}

impl Passage {
    /// Counts the request.
    pub(crate) fn begin(app: &Arc<App>, call: &Call) -> Self {
        let (kind, repository) = (Kind::of(&call.route), call.route.repository());
        let actions = app.faults.arrive(call.method.as_str(), kind, repository);
        Self {
            app: Arc::clone(app),
            actions,
            method: call.method.clone(),
            route: call.route.clone(),
            headers: call.request.headers().clone(),
            stale: None,
        }
    }

    /// The names of the faults that touch it.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.actions.iter().map(Action::name).collect()
    }

    /// Answers in place of the registry, or changes what it is asked, or does nothing.
    pub(crate) async fn before(&mut self, call: &mut Call) -> Result<Option<Response>, ApiError> {
        stale::read(&self.app, call)?;
        if let Some(refused) = super::location::check(&self.app, call) {
            return Ok(Some(refused));
        }
        for action in &self.actions {
            let answered = match action {
                Action::Status(fault) => Some(fault.answer(&self.app, call).await),
                Action::Connection(fault) => fault.before(),
                Action::Referrers(fault) => fault.before(call),
                Action::Upload(fault) => fault.before(call),
                Action::Immutable(tags) => {
                    let (route, query) = (&self.route, &call.query);
                    tags.before(&self.app, &self.method, route, query).await?
                }
                Action::Stale(fault) => {
                    self.stale = fault.before(&self.app, &self.route).await?;
                    None
                }
                Action::Ignored(fault) => {
                    fault.before(call);
                    None
                }
                Action::Body(_) | Action::Location(_) | Action::Head(_) | Action::Manifest(_) => {
                    None
                }
            };
            if answered.is_some() {
                return Ok(answered);
            }
        }
        Ok(None)
    }

    /// Changes the registry's answer.
    pub(crate) async fn after(self, mut response: Response) -> Response {
        if let (Some(write), true) = (&self.stale, response.status().is_success()) {
            write.done(&self.app);
        }
        for action in &self.actions {
            response = match action {
                Action::Connection(fault) => fault.after(response),
                Action::Body(fault) => fault.after(response),
                Action::Location(fault) => {
                    fault.after(&self.app, &self.route, &self.headers, response)
                }
                Action::Head(fault) => fault.after(response),
                Action::Manifest(fault) => fault.after(&self.headers, response),
                Action::Referrers(fault) => fault.after(&self.app, &self.route, response),
                Action::Status(_)
                | Action::Ignored(_)
                | Action::Stale(_)
                | Action::Upload(_)
                | Action::Immutable(_) => response,
            };
        }
        if self.method == Method::GET {
            response = referrers::read(&self.app, &self.route, response).await;
        }
        response
    }
}
