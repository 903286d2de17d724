//! Which Authorization a request carries.

pub(crate) mod challenge;
mod credentials;
mod flights;
mod known_credential;
pub(crate) mod scope;
mod secret;
mod token;
mod tokens;

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use liftlock_engine::ports::RegistryError;
use reqwest::header::{HeaderValue, WWW_AUTHENTICATE};
use tokio::time::Instant;

use crate::failure::denied;
use crate::oci_error::OciError;
use crate::transport::Transport;
use crate::transport::response::Response;
use challenge::Challenge;
use credentials::Credential;
use flights::Flights;
use known_credential::KnownCredential;
use scope::Scope;
use token::Service;
use tokens::Tokens;

pub(crate) use tokens::Need;

/// What is known about a registry's authentication. Requests that need the same token wait for
/// one that asks for it; those that need others do not wait for them.
#[derive(Debug)]
pub(crate) struct Auth {
    credential: KnownCredential,
    challenge: Mutex<Option<Challenge>>,
    tokens: Mutex<Tokens>,
    flights: Flights,
}

impl Auth {
    pub(crate) fn new(docker_config: Option<PathBuf>) -> Self {
        Self {
            credential: KnownCredential::new(docker_config),
            challenge: Mutex::default(),
            tokens: Mutex::default(),
            flights: Flights::default(),
        }
    }

    /// The header for a request; `None` before the registry has asked for any.
    pub(crate) async fn header(
        &self,
        transport: &Transport,
        scope: &Scope,
        need: Need,
    ) -> Result<Option<HeaderValue>, RegistryError> {
        let challenge = lock(&self.challenge).clone();
        match challenge {
            None => Ok(None),
            Some(Challenge::Basic) => {
                let credential = self.credential.get(&transport.endpoint).await?;
                match token::basic(&credential) {
                    Some(value) => Ok(Some(value)),
                    None => Err(no_credentials(transport)),
                }
            }
            Some(Challenge::Bearer { realm, service }) => {
                let service = Service { realm, service };
                let token = self.bearer(transport, &service, scope, need).await?;
                Ok(Some(token))
            }
        }
    }

    /// Takes note of a 401 answer to a request that carried `sent`: what the registry asks for,
    /// and that this token or password is of no use. `false` where it asks for nothing that is
    /// known.
    pub(crate) async fn challenged(&self, response: &Response, sent: Option<&HeaderValue>) -> bool {
        let values = response.headers().get_all(WWW_AUTHENTICATE);
        let challenge = Challenge::choose(values.iter().filter_map(|v| v.to_str().ok()));
        let Some(challenge) = challenge else {
            return false;
        };
        if let Some(sent) = sent {
            lock(&self.tokens).refuse(sent);
            self.credential.refuse(sent).await;
        }
        *lock(&self.challenge) = Some(challenge);
        true
    }

    /// Whether the registry was seen to ask for a token or a password.
    pub(crate) fn is_challenged(&self) -> bool {
        lock(&self.challenge).is_some()
    }

    /// Says that `scope` will be needed as a whole: the first token that is asked for covers it.
    pub(crate) fn expect(&self, scope: Scope) {
        lock(&self.tokens).expect(scope);
    }

    /// A token that covers `scope`: kept, or asked for.
    async fn bearer(
        &self,
        transport: &Transport,
        service: &Service,
        scope: &Scope,
        need: Need,
    ) -> Result<HeaderValue, RegistryError> {
        loop {
            let wider = lock(&self.tokens).wider(scope);
            let asked = wider.as_ref().unwrap_or(scope);
            match self
                .one_flight(transport, service, scope, asked, need)
                .await
            {
                // Whoever may not have all of it may still have this.
                Err(RegistryError::Denied { .. }) if wider.is_some() => {
                    lock(&self.tokens).expect_no_more(asked);
                }
                done => return done,
            }
        }
    }

    async fn one_flight(
        &self,
        transport: &Transport,
        service: &Service,
        scope: &Scope,
        asked: &Scope,
        need: Need,
    ) -> Result<HeaderValue, RegistryError> {
        let kept = || lock(&self.tokens).find(scope, need, Instant::now());
        if let Some(kept) = kept() {
            return Ok(kept);
        }
        let flight = self.flights.of(asked);
        let boarded = flight.landings();
        let mut turn = flight.turn().await;
        if let Some(kept) = kept() {
            return Ok(kept);
        }
        if flight.landings() != boarded
            && let Some(refusal) = turn.refusal()
        {
            return Err(refusal);
        }
        let fetched = self.fetch(transport, service, asked).await;
        turn.land(fetched.as_ref().err());
        let token = fetched?;
        let value = token.value.clone();
        lock(&self.tokens).keep(asked, token);
        Ok(value)
    }

    /// Asks the token service, with credentials that are looked up again where it refuses those
    /// that are known: helpers give out some that end.
    async fn fetch(
        &self,
        transport: &Transport,
        service: &Service,
        scope: &Scope,
    ) -> Result<token::Token, RegistryError> {
        let credential = self.credential.get(&transport.endpoint).await?;
        let fetched = token::fetch(transport, service, scope, &credential).await;
        let Err(RegistryError::Denied { .. }) = &fetched else {
            return fetched;
        };
        match self.renewed(transport, &credential).await? {
            Some(renewed) => token::fetch(transport, service, scope, &renewed).await,
            None => fetched,
        }
    }

    async fn renewed(
        &self,
        transport: &Transport,
        refused: &Credential,
    ) -> Result<Option<Credential>, RegistryError> {
        self.credential.forget(refused).await;
        let found = self.credential.get(&transport.endpoint).await?;
        Ok((found != *refused).then_some(found))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn no_credentials(transport: &Transport) -> RegistryError {
    let said = OciError {
        code: String::new(),
        message: "it asks for a user name and password, and none are configured".to_owned(),
    };
    denied(&transport.endpoint.host, "its content", said)
}
