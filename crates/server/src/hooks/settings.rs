//! What is set up of webhooks, in and out.

use liftlock_hooks::incoming::{IncomingSettings, SettingsError};
use liftlock_hooks::outgoing::Source;
use liftlock_hooks::sending::{Endpoint, EndpointError, EndpointSettings, check_endpoints};
use serde::Deserialize;

/// What is set up of webhooks (docs/webhooks.md).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HookSettings {
    /// The URL under which others reach this server: the root of what its events call their source.
    #[serde(default)]
    pub source: Option<String>,
    /// Who is told.
    #[serde(default)]
    pub webhooks: Vec<EndpointSettings>,
    /// Who may call.
    #[serde(default)]
    pub hooks: IncomingSettings,
}

/// What is wrong with it.
#[derive(Debug, thiserror::Error)]
pub enum HookSettingsError {
    /// Of who may call.
    #[error(transparent)]
    Incoming(#[from] SettingsError),
    /// Of who is told.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// The source is no URL.
    #[error(
        "`source` is the URL under which others reach this server, such as https://liftlock.example.com; it is wanted where there are `webhooks`"
    )]
    Source,
}

impl HookSettings {
    /// Looks whether all makes sense; no secret is read.
    ///
    /// # Errors
    /// [`HookSettingsError`], the first there is.
    pub fn check(&self) -> Result<(), HookSettingsError> {
        self.hooks.check()?;
        check_endpoints(&self.webhooks)?;
        if !self.webhooks.is_empty() {
            self.source()?;
        }
        Ok(())
    }

    /// Who is told, with their secrets, and the source that they are told; `None` where there is
    /// nobody.
    ///
    /// # Errors
    /// [`HookSettingsError`] where something makes no sense, or a secret cannot be read.
    pub fn endpoints(&self) -> Result<Option<(Vec<Endpoint>, Source)>, HookSettingsError> {
        self.check()?;
        if self.webhooks.is_empty() {
            return Ok(None);
        }
        let endpoints = self.webhooks.iter().map(EndpointSettings::open);
        Ok(Some((endpoints.collect::<Result<_, _>>()?, self.source()?)))
    }

    fn source(&self) -> Result<Source, HookSettingsError> {
        let source = self.source.as_deref().and_then(Source::new);
        source.ok_or(HookSettingsError::Source)
    }
}
