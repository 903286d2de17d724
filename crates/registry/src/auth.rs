//! Which Authorization a request carries.

use std::path::PathBuf;
use std::time::Instant;

use liftlock_engine::ports::RegistryError;
use reqwest::header::{HeaderValue, WWW_AUTHENTICATE};
use tokio::sync::Mutex;

use crate::challenge::Challenge;
use crate::credentials::{self, Credential};
use crate::failure::denied;
use crate::oci_error::OciError;
use crate::scope::Scope;
use crate::token::{self, Token};
use crate::transport::Transport;
use crate::transport::response::Response;

/// The most tokens kept for one registry.
const TOKENS_MAX: usize = 256;

/// What is known about a registry's authentication. One lock is held while a token is fetched,
/// so that requests which need the same token ask for it once.
#[derive(Debug)]
pub(crate) struct Auth {
    docker_config: Option<PathBuf>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    challenge: Option<Challenge>,
    credential: Option<Credential>,
    tokens: Vec<(Option<Scope>, Token)>,
    /// Scopes that will be needed together: one token for all of them saves the others.
    wider: Vec<Scope>,
}

impl Auth {
    pub(crate) fn new(docker_config: Option<PathBuf>) -> Self {
        Self {
            docker_config,
            state: Mutex::default(),
        }
    }

    /// The header for a request; `None` before the registry has asked for any.
    pub(crate) async fn header(
        &self,
        transport: &Transport,
        scope: Option<&Scope>,
    ) -> Result<Option<HeaderValue>, RegistryError> {
        let mut state = self.state.lock().await;
        let Some(challenge) = state.challenge.clone() else {
            return Ok(None);
        };
        let credential = self.credential(&mut state, transport).await?;
        match challenge {
            Challenge::Basic => match token::basic(&credential) {
                Some(value) => Ok(Some(value)),
                None => Err(no_credentials(transport)),
            },
            Challenge::Bearer { realm, service } => {
                if let Some(kept) = state.kept(scope) {
                    return Ok(token::sensitive(&kept));
                }
                let service = service.as_deref();
                let fetch = |scope| token::fetch(transport, &realm, service, scope, &credential);
                let wider = state.wider(scope);
                let (scope, token) = match fetch(wider.as_ref().or(scope)).await {
                    Ok(token) => (wider.as_ref().or(scope), token),
                    Err(RegistryError::Denied { .. }) if wider.is_some() => {
                        state.wider.clear();
                        (scope, fetch(scope).await?)
                    }
                    Err(error) => return Err(error),
                };
                let value = format!("Bearer {}", token.secret.reveal());
                state.keep(scope, token);
                Ok(token::sensitive(&value))
            }
        }
    }

    /// Takes note of a 401 answer to a request that carried `sent`: what the registry asks for,
    /// and that this token is of no use. `false` where it asks for nothing that is known.
    pub(crate) async fn challenged(&self, response: &Response, sent: Option<&HeaderValue>) -> bool {
        let values = response.headers().get_all(WWW_AUTHENTICATE);
        let challenge = Challenge::choose(values.iter().filter_map(|v| v.to_str().ok()));
        let Some(challenge) = challenge else {
            return false;
        };
        let mut state = self.state.lock().await;
        if let Some(sent) = sent {
            // Only what was refused is dropped: another request may have fetched a new one since.
            state.tokens.retain(|(_, token)| {
                sent.as_bytes() != format!("Bearer {}", token.secret.reveal()).as_bytes()
            });
        }
        state.challenge = Some(challenge);
        true
    }

    /// Says that `scope` will be needed as a whole: the first token that is asked for covers it.
    pub(crate) async fn expect(&self, scope: Scope) {
        let mut state = self.state.lock().await;
        if state.wider.len() < TOKENS_MAX && !state.wider.contains(&scope) {
            state.wider.push(scope);
        }
    }

    async fn credential(
        &self,
        state: &mut State,
        transport: &Transport,
    ) -> Result<Credential, RegistryError> {
        if let Some(credential) = &state.credential {
            return Ok(credential.clone());
        }
        let key = transport.endpoint.credential_key();
        let found = credentials::find(self.docker_config.as_ref(), key)
            .await
            .map_err(|message| RegistryError::Denied {
                registry: transport.endpoint.host.clone(),
                what: "its content".to_owned(),
                message,
            })?;
        state.credential = Some(found.clone());
        Ok(found)
    }
}

impl State {
    fn wider(&self, scope: Option<&Scope>) -> Option<Scope> {
        let scope = scope?;
        self.wider.iter().find(|wide| wide.covers(scope)).cloned()
    }

    fn kept(&mut self, scope: Option<&Scope>) -> Option<String> {
        let now = Instant::now();
        self.tokens.retain(|(_, token)| token.expires > now);
        let serves = |have: &Option<Scope>| match (have, scope) {
            (Some(have), Some(scope)) => have.covers(scope),
            (None, None) => true,
            _ => false,
        };
        let found = self.tokens.iter().find(|(have, _)| serves(have));
        found.map(|(_, token)| format!("Bearer {}", token.secret.reveal()))
    }

    fn keep(&mut self, scope: Option<&Scope>, token: Token) {
        if self.tokens.len() >= TOKENS_MAX {
            self.tokens.remove(0);
        }
        self.tokens.push((scope.cloned(), token));
    }
}

fn no_credentials(transport: &Transport) -> RegistryError {
    let said = OciError {
        code: String::new(),
        message: "it asks for a user name and password, and none are configured".to_owned(),
    };
    denied(&transport.endpoint.host, "its content", said)
}
