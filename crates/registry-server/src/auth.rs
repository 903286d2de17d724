//! Who may do what: basic authentication, and bearer tokens made from it.
//!
//! Without a file of users anyone may do anything. With one, a user may do anything, and anyone
//! else nothing, or pull where that is allowed.

mod attempt;
mod caller;
mod challenge;
mod credentials;
mod htpasswd;
mod options;
mod passwords;
mod scope;
mod token;
mod token_service;

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, Method};
use axum::response::Response;

pub(crate) use caller::Caller;
pub use htpasswd::HtpasswdError;
pub use options::AuthOptions;
pub(crate) use scope::Action;
pub(crate) use token_service::give;

use crate::api_error::ApiError;
use crate::app::App;
use crate::route::Route;
use crate::serve_error::ServeError;
use challenge::Reason;
use credentials::Credentials;
use htpasswd::Htpasswd;
use passwords::Passwords;
use token::Tokens;

/// The rules of a registry that has any.
pub(crate) struct Auth {
    passwords: Passwords,
    tokens: Option<Tokens>,
    anonymous_pull: bool,
    scheme: &'static str,
}

impl Auth {
    /// Reads the users' file.
    pub(crate) fn open(options: &AuthOptions, scheme: &'static str) -> Result<Self, ServeError> {
        let users = Htpasswd::read(&options.htpasswd)?;
        let tokens = options.tokens.then(|| Tokens::new(options.token_lifetime));
        Ok(Self {
            passwords: Passwords::new(users)?,
            tokens: tokens.transpose()?,
            anonymous_pull: options.anonymous_pull,
            scheme,
        })
    }

    /// Who sends a request, or the answer to someone who may not.
    pub(crate) async fn admit(
        &self,
        method: &Method,
        route: &Route,
        headers: &HeaderMap,
    ) -> Result<Caller, Response> {
        // The token service looks at the credentials itself.
        if matches!(route, Route::Token) {
            return Ok(Caller::Anonymous);
        }
        let refuse = |reason| challenge::refuse(self, headers, method, route, reason);
        let caller = match Credentials::read(headers.get(AUTHORIZATION)) {
            Ok(Some(credentials)) => self.identify(&credentials).await.map_err(&refuse)?,
            Ok(None) => self
                .anonymous(route)
                .ok_or_else(|| refuse(Reason::Missing))?,
            Err(_) => return Err(refuse(Reason::Wrong)),
        };
        let allowed = match route.repository() {
            Some(repository) => caller.may(repository, action(method, route)),
            None => true,
        };
        if allowed {
            Ok(caller)
        } else {
            Err(refuse(Reason::NotEnough))
        }
    }

    async fn identify(&self, credentials: &Credentials) -> Result<Caller, Reason> {
        match credentials {
            Credentials::Basic(attempt) => match self.passwords.verify(attempt).await {
                true => Ok(Caller::User),
                false => Err(Reason::Wrong),
            },
            Credentials::Bearer(token) => {
                let tokens = self.tokens.as_ref().ok_or(Reason::Wrong)?;
                let scopes = tokens.open(token).ok_or(Reason::Wrong)?;
                Ok(Caller::Token(scopes))
            }
        }
    }

    /// Someone without credentials. The base is refused even where they may pull: clients ask
    /// there how to log in.
    fn anonymous(&self, route: &Route) -> Option<Caller> {
        (self.anonymous_pull && !matches!(route, Route::Base)).then_some(Caller::Anonymous)
    }
}

/// What a request does to its repository.
fn action(method: &Method, route: &Route) -> Action {
    match (method, route) {
        (&Method::GET | &Method::HEAD, Route::Upload { .. }) => Action::Push,
        (&Method::GET | &Method::HEAD, _) => Action::Pull,
        (&Method::DELETE, Route::Manifest { .. } | Route::Blob { .. }) => Action::Delete,
        _ => Action::Push,
    }
}

/// The challenge to someone whose credentials have ended.
pub(crate) fn ended(app: &App, headers: &HeaderMap, method: &Method, route: &Route) -> String {
    match &app.auth {
        Some(auth) => challenge::of(auth, headers, method, route, Reason::Wrong),
        None => challenge::basic(),
    }
}

/// The answer of a registry without tokens to who asks for one.
pub(crate) fn no_tokens() -> ApiError {
    ApiError::not_found("UNSUPPORTED", "no tokens are given here")
}
