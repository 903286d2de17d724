//! Who is asking.

use std::collections::BTreeSet;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{HeaderValue, StatusCode, request};
use liftlock_core::access::{Action, Asker, Denied, On, ServerRoles, decide};
use liftlock_core::{Actor, Authentication, Identity, Label, PersonName, PipelineName};
use liftlock_engine::Pipelines;
use liftlock_store::DatabaseStore;

use crate::problem::Problem;

/// What becomes of finding out who asks.
pub type Authenticating<'a> = Pin<Box<dyn Future<Output = Result<Actor, Problem>> + Send + 'a>>;

/// Finds out who asks, by what a request has.
pub trait Authenticate: Send + Sync {
    /// The actor of a request. It may leave more about them in the request's extensions.
    ///
    /// # Errors
    /// The answer for who is not known: [`Problem::unauthenticated`] as a rule.
    fn authenticate<'a>(&'a self, request: &'a mut request::Parts) -> Authenticating<'a>;
}

/// How far what a caller showed reaches. [`Authenticate`] leaves it in the request's extensions;
/// without it, it is bound to no pipeline and no administrator's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The pipelines that it is bound to; nothing where it is bound to none.
    pub bound: Option<BTreeSet<PipelineName>>,
    /// The labels of an agent; nothing for everyone else.
    pub labels: Option<BTreeSet<Label>>,
    /// Whether the server's records name the caller as an administrator.
    pub administrator: bool,
}

/// Who asks, and what they may. Guarded routes have one always; elsewhere it is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub actor: Actor,
    standing: Standing,
    roles: Arc<ServerRoles>,
}

impl Caller {
    pub(crate) fn new(actor: Actor, standing: Standing, roles: Arc<ServerRoles>) -> Self {
        Self {
            actor,
            standing,
            roles,
        }
    }

    /// Whether the caller may do something (see [`liftlock_core::access`]).
    ///
    /// # Errors
    /// Why not.
    pub fn may(&self, action: Action, on: On<'_>) -> Result<(), Denied> {
        let asker = Asker {
            actor: Some(&self.actor),
            bound: self.standing.bound.as_ref(),
            labels: self.standing.labels.as_ref(),
            administrator: self.standing.administrator,
        };
        decide(&asker, action, on, &self.roles)
    }

    /// The name and the labels of an agent; nothing for everyone else.
    pub(crate) fn agent(&self) -> Option<(PersonName, BTreeSet<Label>)> {
        let labels = self.standing.labels.clone()?;
        match &self.actor.identity {
            Identity::Worker(name) if self.actor.is_worker() => Some((name.clone(), labels)),
            _ => None,
        }
    }

    /// Whether the caller may do something that is about no pipeline.
    ///
    /// # Errors
    /// The answer to who may not.
    pub fn may_here(&self, action: Action) -> Result<(), Problem> {
        self.may(action, On::Server)
            .map_err(|denied| Problem::from(&denied))
    }

    /// Whether the caller may read a pipeline. Who may read the whole ledger may.
    ///
    /// # Errors
    /// The answer to who may not: the same where there is none.
    pub async fn may_read(
        &self,
        pipeline: &PipelineName,
        (pipelines, store): (&Pipelines, &DatabaseStore),
    ) -> Result<(), Problem> {
        if self.may(Action::Audit, On::Server).is_ok() {
            return Ok(());
        }
        let state = pipelines.of(pipeline).read(store, pipeline).await;
        let state = state.map_err(Problem::internal)?;
        let on = On::Pipeline {
            name: pipeline,
            policy: state.policy().ok(),
        };
        self.may(Action::Read, on)
            .map_err(|denied| Problem::from(&denied))
    }
}

impl From<&Denied> for Problem {
    fn from(denied: &Denied) -> Self {
        let (status, code) = match denied {
            Denied::Unauthenticated => return Self::unauthenticated(),
            Denied::NotThere { .. } => (StatusCode::NOT_FOUND, "no-pipeline"),
            Denied::Exists { .. } => (StatusCode::CONFLICT, "exists"),
            Denied::NotAllowed { .. } => (StatusCode::FORBIDDEN, "not-allowed"),
        };
        Self::new(status, code, denied.to_string())
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(request: &mut request::Parts, _: &S) -> Result<Self, Problem> {
        let found = request.extensions.get::<Self>().cloned();
        found.ok_or_else(Problem::unauthenticated)
    }
}

/// Knows nobody.
#[derive(Debug, Clone, Copy)]
pub struct Nobody;

impl Authenticate for Nobody {
    fn authenticate<'a>(&'a self, _: &'a mut request::Parts) -> Authenticating<'a> {
        Box::pin(async { Err(Problem::unauthenticated()) })
    }
}

/// Takes everyone for who they say they are, as a state's file does: recorded as claimed. For
/// trying the server out on one's own machine.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Who it is where nobody is named: the user that runs the server.
    os_user: PersonName,
}

/// Who a client says it is.
const NAME: &str = "liftlock-as";

impl Claimed {
    /// Where nobody is named it is `os_user`, who runs the server.
    pub fn new(os_user: PersonName) -> Self {
        Self { os_user }
    }

    fn actor(&self, named: Option<&HeaderValue>) -> Result<Actor, Problem> {
        let name = match named {
            None => Some(self.os_user.clone()),
            Some(value) => value.to_str().ok().and_then(|text| text.parse().ok()),
        };
        let message = format!("{NAME} is not a name");
        let problem = || Problem::new(StatusCode::BAD_REQUEST, "invalid", message);
        Ok(Actor {
            identity: Identity::User(name.ok_or_else(problem)?),
            authentication: Authentication::Claimed {
                os_user: self.os_user.to_string(),
            },
        })
    }
}

impl Authenticate for Claimed {
    fn authenticate<'a>(&'a self, request: &'a mut request::Parts) -> Authenticating<'a> {
        if !is_this_machine(request) {
            let message = "names are claimed here, so only this machine's own is answered";
            let problem = Problem::new(StatusCode::FORBIDDEN, "not-allowed", message);
            return Box::pin(std::future::ready(Err(problem)));
        }
        // Whoever has a state's file has all of it.
        request.extensions.insert(Standing {
            bound: None,
            labels: None,
            administrator: true,
        });
        let actor = self.actor(request.headers.get(NAME));
        Box::pin(std::future::ready(actor))
    }
}

/// Whether a request is for this machine by a name of its own. A page in a browser reaches loopback
/// by a name that it controls (DNS rebinding), and would be anyone it likes.
fn is_this_machine(request: &request::Parts) -> bool {
    let named = request
        .headers
        .get(HOST)
        .and_then(|host| host.to_str().ok());
    let authority = request.uri.authority().map(Authority::as_str).or(named);
    let authority: Option<Authority> = authority.and_then(|text| text.parse().ok());
    let Some(authority) = authority else {
        return false;
    };
    let host = authority.host().trim_matches(['[', ']']);
    host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}
