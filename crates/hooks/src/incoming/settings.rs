//! The part of a server's configuration that says who may call.

use std::collections::{BTreeMap, BTreeSet};

use liftlock_core::{EnvironmentName, PipelineName};
use liftlock_oci::Repository;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use crate::{Secret, SecretError, SecretSource};

/// The most hooks of one kind.
const HOOKS_MAX: usize = 100;
/// The most secrets of one hook: more than one only while one takes the place of another.
const SECRETS_MAX: usize = 4;
/// The longest name of a hook, in characters.
const NAME_CHARS_MAX: usize = 64;

/// Who may call: `hooks` in a server's configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IncomingSettings {
    /// Registries, at `/hooks/registry/NAME`.
    #[serde(default)]
    pub registries: Vec<RegistryHook>,
    /// Alertmanagers, at `/hooks/alertmanager/NAME`.
    #[serde(default)]
    pub alertmanagers: Vec<AlertmanagerHook>,
}

/// A registry that says what was pushed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistryHook {
    /// What the path ends with.
    pub name: String,
    /// What sends.
    pub kind: RegistryKind,
    /// The registry's host, with its port if it has one, as pipeline files write it: what a
    /// notification says of the registry's own name is not asked.
    pub host: String,
    /// Whoever sends one of these may call.
    pub secrets: Vec<SecretSource>,
}

/// What sends a registry's notifications.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RegistryKind {
    /// Distribution, versions 2 and 3.
    Distribution,
    /// Harbor, in its own format or as CloudEvents.
    Harbor,
    /// zot's events extension.
    Zot,
}

/// An Alertmanager that says what fires.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertmanagerHook {
    /// What the path ends with.
    pub name: String,
    /// Whoever sends one of these may call.
    pub secrets: Vec<SecretSource>,
    /// Which pipeline an alert is about.
    pub pipeline: Place<PipelineName>,
    /// Which of its environments.
    pub environment: Place<EnvironmentName>,
}

/// What an alert is about: `NAME`, or `{ label: LABEL }` for what that label of the alert says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place<T> {
    /// Always this.
    Named(T),
    /// What a label says.
    Label(String),
}

impl<T: std::str::FromStr> Place<T> {
    /// The place by an alert's labels; `None` where they do not name one.
    pub(super) fn of(&self, labels: &BTreeMap<String, String>) -> Option<T>
    where
        T: Clone,
    {
        match self {
            Self::Named(name) => Some(name.clone()),
            Self::Label(label) => labels.get(label)?.parse().ok(),
        }
    }
}

impl<'de, T> Deserialize<'de> for Place<T>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "expected a name, or { label: LABEL }")]
        enum Written {
            Name(String),
            Label(Label),
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Label {
            label: String,
        }
        match Written::deserialize(deserializer)? {
            Written::Name(name) => name.parse().map(Self::Named).map_err(D::Error::custom),
            Written::Label(Label { label }) => Ok(Self::Label(label)),
        }
    }
}

/// What is wrong with them.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// More than are looked through.
    #[error("there are more than {HOOKS_MAX} {0}")]
    Many(&'static str),
    /// The name cannot be in a path.
    #[error(
        "{0:?} cannot be a hook's name; expected 1 to {NAME_CHARS_MAX} characters of a-z A-Z 0-9 . _ - that start with a letter or digit"
    )]
    Name(String),
    /// Two have it.
    #[error("two hooks are called {0}")]
    Twice(String),
    /// The host is none.
    #[error(
        "{host:?} of the hook {name} is not a registry's host as pipeline files write it, such as registry.example.com or localhost:5000"
    )]
    Host {
        /// The hook.
        name: String,
        /// What it says.
        host: String,
    },
    /// Nobody could call, or more could than anyone means.
    #[error("the hook {0} has no secret, or more than {SECRETS_MAX}")]
    Secrets(String),
    /// One cannot be read.
    #[error("the hook {name}")]
    Secret {
        /// The hook.
        name: String,
        /// The cause.
        #[source]
        source: SecretError,
    },
}

impl IncomingSettings {
    /// Looks whether they make sense; no secret is read.
    ///
    /// # Errors
    /// [`SettingsError`], the first there is.
    pub fn check(&self) -> Result<(), SettingsError> {
        let registries = self
            .registries
            .iter()
            .map(|hook| (&hook.name, &hook.secrets));
        names("registries", registries)?;
        let alertmanagers = self.alertmanagers.iter();
        names(
            "alertmanagers",
            alertmanagers.map(|hook| (&hook.name, &hook.secrets)),
        )?;
        for RegistryHook { name, host, .. } in &self.registries {
            let place: Option<Repository> = format!("{host}/x").parse().ok();
            if place.is_none_or(|place| place.host() != host) {
                let (name, host) = (name.clone(), host.clone());
                return Err(SettingsError::Host { name, host });
            }
        }
        Ok(())
    }
}

fn names<'s>(
    what: &'static str,
    hooks: impl Iterator<Item = (&'s String, &'s Vec<SecretSource>)>,
) -> Result<(), SettingsError> {
    let mut known = BTreeSet::new();
    for (name, secrets) in hooks {
        if !is_name(name) {
            return Err(SettingsError::Name(name.chars().take(80).collect()));
        }
        if secrets.is_empty() || secrets.len() > SECRETS_MAX {
            return Err(SettingsError::Secrets(name.clone()));
        }
        if !known.insert(name) {
            return Err(SettingsError::Twice(name.clone()));
        }
        if known.len() > HOOKS_MAX {
            return Err(SettingsError::Many(what));
        }
    }
    Ok(())
}

/// Whether a text can name a hook or an endpoint: in a path, a table and a line of text.
pub(crate) fn is_name(text: &str) -> bool {
    text.len() <= NAME_CHARS_MAX
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

/// Reads a hook's secrets.
///
/// # Errors
/// [`SettingsError::Secret`] for the first that cannot be read.
pub fn read_secrets(name: &str, sources: &[SecretSource]) -> Result<Vec<Secret>, SettingsError> {
    let read = |source: &SecretSource| source.read();
    sources
        .iter()
        .map(read)
        .collect::<Result<_, _>>()
        .map_err(|source| {
            let name = name.to_owned();
            SettingsError::Secret { name, source }
        })
}
