//! Who is asking.

use std::future::Future;
use std::pin::Pin;

use axum::extract::FromRequestParts;
use axum::http::{HeaderValue, StatusCode, request};
use liftlock_core::{Actor, Authentication, Identity, PersonName};

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

/// The actor of a request. Guarded routes have one always; elsewhere it is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller(pub Actor);

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
        let actor = self.actor(request.headers.get(NAME));
        Box::pin(std::future::ready(actor))
    }
}
