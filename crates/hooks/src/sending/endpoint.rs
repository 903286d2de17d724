//! Endpoints: who is told what, where and how.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

use liftlock_core::{EnvironmentName, PipelineName};
use serde::Deserialize;

use super::target::{Target, TargetError};
use super::{Lasting, Pace};
use crate::incoming::is_name;
use crate::outgoing::{CloudEventsMode, Format, Kind, SigningKey, SigningKeyError};
use crate::{Secret, SecretError, SecretSource};

/// The most endpoints.
const ENDPOINTS_MAX: usize = 100;
/// The most keys that one endpoint's messages are signed with.
const KEYS_MAX: usize = 4;
/// The longest that a try may take.
const WITHIN_MAX: Lasting = Lasting::secs(60);
/// The longest that a message may be tried.
const GIVE_UP_AFTER_MAX: Lasting = Lasting::secs(30 * 86_400);
/// The most tries of a message.
const TRIES_MAX: u32 = 1000;
/// The largest file of certificates, in bytes.
const CA_BYTES_MAX: u64 = 1024 * 1024;

/// One endpoint: an element of `webhooks` in a server's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointSettings {
    /// What it is called: in lists, and in the state, where its place in the ledger is kept.
    pub name: String,
    /// Where it is.
    pub url: UrlSource,
    /// What it gets.
    pub format: Format,
    /// How a CloudEvent is put into a request.
    #[serde(default)]
    pub mode: CloudEventsMode,
    /// The keys that messages are signed with (`whsec_...`): two while one takes the place of the
    /// other.
    #[serde(default)]
    pub secrets: Vec<SecretSource>,
    /// What is sent as a bearer token.
    #[serde(default)]
    pub token: Option<SecretSource>,
    /// Certificates in PEM that the endpoint's must lead to, instead of the system's.
    #[serde(default)]
    pub ca: Option<PathBuf>,
    /// Whether it is in a network of your own: it may then have a private address, and be asked
    /// over http.
    #[serde(default)]
    pub internal: bool,
    /// What it is told; everything where nothing is said.
    #[serde(default)]
    pub kinds: Option<Vec<Kind>>,
    /// Of which pipelines; of all where nothing is said.
    #[serde(default)]
    pub pipelines: Option<Vec<PipelineName>>,
    /// Of which environments; of all where nothing is said. What is about no environment is told
    /// whatever this says.
    #[serde(default)]
    pub environments: Option<Vec<EnvironmentName>>,
    /// Whether it is told what was recorded before it was first known.
    #[serde(default)]
    pub from_start: bool,
    /// How long one try may take.
    #[serde(default = "within")]
    pub within: Lasting,
    /// How long a message is tried.
    #[serde(default = "give_up_after")]
    pub give_up_after: Lasting,
    /// How often a message is tried at most.
    #[serde(default = "tries")]
    pub tries: u32,
}

fn within() -> Lasting {
    Lasting::secs(10)
}

fn give_up_after() -> Lasting {
    Lasting::secs(86_400)
}

fn tries() -> u32 {
    50
}

/// A URL, or where it is read: that of a chat is a secret.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a URL, { from_env: NAME } or { from_file: PATH }"
)]
pub enum UrlSource {
    /// The URL itself.
    Written(String),
    /// Where it is read.
    Read(SecretSource),
}

/// What an endpoint is told. Nothing said is everything; an empty list is nothing, and refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of these kinds.
    pub kinds: Vec<Kind>,
    /// Of these pipelines.
    pub pipelines: Vec<PipelineName>,
    /// Of these environments.
    pub environments: Vec<EnvironmentName>,
}

/// An endpoint that can be sent to.
#[derive(Debug, Clone)]
pub struct Endpoint {
    pub(super) name: String,
    pub(super) target: Target,
    pub(super) format: Format,
    pub(super) mode: CloudEventsMode,
    pub(super) keys: Vec<SigningKey>,
    pub(super) token: Option<Secret>,
    pub(super) ca: Option<Vec<u8>>,
    pub(super) filter: Filter,
    pub(super) from_start: bool,
    pub(super) within: Duration,
    pub(super) pace: Pace,
}

/// What is wrong with an endpoint.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// More than are served.
    #[error("there are more than {ENDPOINTS_MAX} webhooks")]
    Many,
    /// The name cannot be one.
    #[error(
        "{0:?} cannot be a webhook's name; expected 1 to 64 characters of a-z A-Z 0-9 . _ - that start with a letter or digit"
    )]
    Name(String),
    /// Two have it.
    #[error("two webhooks are called {0}")]
    Twice(String),
    /// A part of it makes no sense.
    #[error("the webhook {name}: {problem}")]
    Setting {
        /// Which.
        name: String,
        /// What, and what would be right.
        problem: &'static str,
    },
    /// Its URL is not used.
    #[error("the webhook {name}: {source}")]
    Target {
        /// Which.
        name: String,
        /// The cause.
        #[source]
        source: TargetError,
    },
    /// A secret cannot be read.
    #[error("the webhook {name}: {source}")]
    Secret {
        /// Which.
        name: String,
        /// The cause.
        #[source]
        source: SecretError,
    },
    /// A secret is no key.
    #[error("the webhook {name}: {source}")]
    Key {
        /// Which.
        name: String,
        /// The cause.
        #[source]
        source: SigningKeyError,
    },
    /// The certificates cannot be read.
    #[error("the webhook {name}: its certificates cannot be read")]
    Certificates {
        /// Which.
        name: String,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
}

/// Looks whether all endpoints make sense; no secret is read.
///
/// # Errors
/// [`EndpointError`], the first there is.
pub fn check_endpoints(endpoints: &[EndpointSettings]) -> Result<(), EndpointError> {
    if endpoints.len() > ENDPOINTS_MAX {
        return Err(EndpointError::Many);
    }
    let mut known = BTreeSet::new();
    for endpoint in endpoints {
        if !is_name(&endpoint.name) {
            return Err(EndpointError::Name(
                endpoint.name.chars().take(80).collect(),
            ));
        }
        if !known.insert(&endpoint.name) {
            return Err(EndpointError::Twice(endpoint.name.clone()));
        }
        if let Some(problem) = endpoint.problem() {
            let name = endpoint.name.clone();
            return Err(EndpointError::Setting { name, problem });
        }
    }
    Ok(())
}

impl EndpointSettings {
    fn problem(&self) -> Option<&'static str> {
        let nothing = self.kinds.as_ref().is_some_and(Vec::is_empty)
            || self.pipelines.as_ref().is_some_and(Vec::is_empty)
            || self.environments.as_ref().is_some_and(Vec::is_empty);
        let signs = !self.secrets.is_empty();
        match () {
            () if nothing => Some("an empty list would tell it nothing; leave it out for all"),
            () if self.secrets.len() > KEYS_MAX => Some("it has more than 4 secrets"),
            () if self.format == Format::Standard && !signs => {
                Some("its format is signed; give it `secrets`")
            }
            () if self.format == Format::Slack && (signs || self.token.is_some()) => {
                Some("chats look at no signature and no token; their URL is the secret")
            }
            () if self.format != Format::Cdevents && self.mode != CloudEventsMode::Binary => {
                Some("`mode` is for `format: cdevents`")
            }
            () if self.within < Lasting::secs(1) || self.within > WITHIN_MAX => {
                Some("`within` is 1s to 60s")
            }
            () if self.give_up_after < Lasting::secs(60)
                || self.give_up_after > GIVE_UP_AFTER_MAX =>
            {
                Some("`give_up_after` is 60s to 30d")
            }
            () if self.tries == 0 || self.tries > TRIES_MAX => Some("`tries` is 1 to 1000"),
            () => None,
        }
    }

    /// Reads its secrets.
    ///
    /// # Errors
    /// [`EndpointError`]; no secret is in it.
    pub fn open(&self) -> Result<Endpoint, EndpointError> {
        let name = || self.name.clone();
        let secret = |source| EndpointError::Secret {
            name: name(),
            source,
        };
        let url = match &self.url {
            UrlSource::Written(url) => Secret::new(url).ok_or(TargetError::Url),
            UrlSource::Read(source) => Ok(source.read().map_err(secret)?),
        };
        let target = url.and_then(|url| Target::new(&url, self.internal));
        let target = target.map_err(|source| EndpointError::Target {
            name: name(),
            source,
        })?;
        let mut keys = Vec::new();
        for source in &self.secrets {
            let key = SigningKey::new(&source.read().map_err(secret)?);
            keys.push(key.map_err(|source| EndpointError::Key {
                name: name(),
                source,
            })?);
        }
        let token = self.token.as_ref().map(SecretSource::read);
        Ok(Endpoint {
            name: name(),
            target,
            format: self.format,
            mode: self.mode,
            keys,
            token: token.transpose().map_err(secret)?,
            ca: self.certificates()?,
            filter: Filter {
                kinds: self.kinds.clone().unwrap_or_default(),
                pipelines: self.pipelines.clone().unwrap_or_default(),
                environments: self.environments.clone().unwrap_or_default(),
            },
            from_start: self.from_start,
            within: self.within.duration(),
            pace: Pace {
                tries: self.tries,
                give_up_after: self.give_up_after.0,
            },
        })
    }

    fn certificates(&self) -> Result<Option<Vec<u8>>, EndpointError> {
        let Some(path) = &self.ca else {
            return Ok(None);
        };
        let read = || {
            let mut pem = Vec::new();
            File::open(path)?.take(CA_BYTES_MAX).read_to_end(&mut pem)?;
            Ok(pem)
        };
        read()
            .map(Some)
            .map_err(|source| EndpointError::Certificates {
                name: self.name.clone(),
                source,
            })
    }
}

impl Endpoint {
    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its host, and its port where one is written: all of its URL that is shown.
    pub fn host(&self) -> String {
        self.target.host()
    }

    /// Whether a text has the token, or what is secret of a URL, in it.
    pub(super) fn is_secret_in(&self, text: &str) -> bool {
        let token = self
            .token
            .as_ref()
            .is_some_and(|token| text.contains(token.expose()));
        let path = self.target.url.path();
        token || (path.len() > 8 && text.contains(path))
    }
}
