//! Who may call, with their secrets.

use axum::http::{HeaderMap, StatusCode};
use liftlock_hooks::Secret;
use liftlock_hooks::incoming::{
    AlertmanagerHook, IncomingError, IncomingSettings, RegistryHook, SettingsError, authorise,
    read_secrets,
};

use crate::problem::Problem;

pub(super) struct Callers {
    registries: Vec<(RegistryHook, Vec<Secret>)>,
    alertmanagers: Vec<(AlertmanagerHook, Vec<Secret>)>,
}

impl Callers {
    pub(super) fn new(settings: IncomingSettings) -> Result<Self, SettingsError> {
        let mut registries = Vec::new();
        for hook in settings.registries {
            let secrets = read_secrets(&hook.name, &hook.secrets)?;
            registries.push((hook, secrets));
        }
        let mut alertmanagers = Vec::new();
        for hook in settings.alertmanagers {
            let secrets = read_secrets(&hook.name, &hook.secrets)?;
            alertmanagers.push((hook, secrets));
        }
        Ok(Self {
            registries,
            alertmanagers,
        })
    }

    /// The registry's hook of this name, whose secret the request has.
    pub(super) fn registry(
        &self,
        name: &str,
        headers: &HeaderMap,
    ) -> Result<&RegistryHook, Problem> {
        let known = self.registries.iter().find(|(hook, _)| hook.name == name);
        let (hook, secrets) = known.ok_or_else(unknown)?;
        authorise(headers, secrets).map_err(unauthorised)?;
        Ok(hook)
    }

    /// The same of an Alertmanager.
    pub(super) fn alertmanager(
        &self,
        name: &str,
        headers: &HeaderMap,
    ) -> Result<&AlertmanagerHook, Problem> {
        let known = self
            .alertmanagers
            .iter()
            .find(|(hook, _)| hook.name == name);
        let (hook, secrets) = known.ok_or_else(unknown)?;
        authorise(headers, secrets).map_err(unauthorised)?;
        Ok(hook)
    }
}

fn unknown() -> Problem {
    Problem::not_found("there is no hook of that name").hint("see `hooks` in the configuration")
}

fn unauthorised(error: impl ToString) -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "unauthenticated",
        error.to_string(),
    )
}

/// What was sent cannot be read.
pub(super) fn unreadable(error: &IncomingError) -> Problem {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let code = match status {
        StatusCode::PAYLOAD_TOO_LARGE => "too-large",
        _ => "unreadable",
    };
    Problem::new(status, code, error.to_string())
}
