//! Who is asking.

use std::future::Future;
use std::pin::Pin;

use axum::extract::FromRequestParts;
use axum::http::request;
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

/// Takes everyone for one user, who is recorded as claimed: for trying the server out on one's own
/// machine.
#[derive(Debug, Clone)]
pub struct Development(Actor);

impl Development {
    /// Everyone is `name`; `os_user` runs the server.
    pub fn new(name: PersonName, os_user: String) -> Self {
        Self(Actor {
            identity: Identity::User(name),
            authentication: Authentication::Claimed { os_user },
        })
    }
}

impl Authenticate for Development {
    fn authenticate<'a>(&'a self, _: &'a mut request::Parts) -> Authenticating<'a> {
        Box::pin(async { Ok(self.0.clone()) })
    }
}
