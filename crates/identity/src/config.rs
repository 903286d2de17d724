//! What an operator configures.

mod rules;

use std::collections::{BTreeMap, BTreeSet};

use liftlock_core::policy::SecretFrom;
use liftlock_core::{Identity, PersonName, PipelineName, Span};
use serde::Deserialize;

use crate::{FetchError, Scope, ScopeError};

pub(crate) use rules::{checked_administrators, checked_rules, short};

/// The most rules for CI's own tokens.
pub const RULES_MAX: usize = 500;
/// The most claims in a rule.
pub const CLAIMS_MAX: usize = 30;

/// Who may be known to a server, and how.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "snake_case")]
pub struct IdentityConfig {
    /// Where people log in. Without it there are tokens alone, and nobody can approve.
    pub people: Option<PeopleConfig>,
    /// Whose jobs are known by tokens that their CI system signs.
    pub ci: Vec<CiRuleConfig>,
    /// Administrators, besides those that are named on the server. With one here no setup token
    /// is made.
    pub administrators: Vec<Identity>,
    /// How long sessions last.
    pub sessions: SessionLimits,
}

/// The one provider of people. One, for `oidc:SUBJECT` names the subject alone: with two, one
/// could name somebody of the other.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeopleConfig {
    /// Its issuer, exactly as in its tokens.
    pub issuer: String,
    /// This server, as the provider knows it.
    pub client_id: String,
    /// Where its secret is read at the start; none for a public client.
    #[serde(default)]
    pub client_secret: Option<SecretFrom>,
    /// What is asked for besides `openid`; `profile` where it is not given.
    #[serde(default)]
    pub scopes: Option<Vec<String>>,
    /// The claim with a person's groups; `groups` where it is not given.
    #[serde(default)]
    pub groups_claim: Option<String>,
    /// The claim with a person's name to show; `name` where it is not given.
    #[serde(default)]
    pub name_claim: Option<String>,
}

/// A rule for CI's own tokens, as it is written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CiRuleConfig {
    /// Jobs that the rule fits are `token:NAME`.
    pub name: PersonName,
    /// The issuer, exactly as in the tokens.
    pub issuer: String,
    /// The audience that the job asks for: this server's address.
    pub audience: String,
    /// What the token must say, word for word.
    pub claims: BTreeMap<String, String>,
    /// The pipelines this is for; all where it is not given.
    #[serde(default)]
    pub pipelines: Option<BTreeSet<PipelineName>>,
}

/// A rule for CI's own tokens, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CiRule {
    /// Jobs that the rule fits are `token:NAME`.
    pub name: PersonName,
    /// The issuer, exactly as in the tokens.
    pub issuer: String,
    /// The audience that the job asks for.
    pub audience: String,
    /// What the token must say, word for word.
    pub claims: BTreeMap<String, String>,
    /// The pipelines this is for.
    pub scope: Scope,
}

/// How long sessions last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SessionLimits {
    /// One that is not used for as long ends. 8 hours where it is not given.
    #[serde(with = "crate::as_text")]
    pub idle: Span,
    /// The longest that one lasts. 24 hours where it is not given: the provider does not say when
    /// somebody leaves, so this is how long they are still known here.
    #[serde(with = "crate::as_text")]
    pub absolute: Span,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A URL that is not one, or not safe.
    #[error("{what} {url:?} cannot be used: {why}")]
    Url {
        /// What it is for.
        what: &'static str,
        /// The URL.
        url: String,
        /// Why not.
        why: String,
    },
    /// Something is empty or too long.
    #[error("{what} must have 1 to {max} characters")]
    Length {
        /// What it is.
        what: &'static str,
        /// The most characters.
        max: usize,
    },
    /// Too many of something.
    #[error("{found} {what} are configured, at most {max} can be")]
    Many {
        /// Of what.
        what: &'static str,
        /// How many.
        found: usize,
        /// The most.
        max: usize,
    },
    /// A rule fits whoever can name a repository so.
    #[error(
        "the rule {rule} names no repository or project by its number: names can be given up and taken by others. It needs repository_id (GitHub) or project_id (GitLab); or repository_owner_id together with job_workflow_ref, or namespace_id together with ci_config_ref_uri"
    )]
    Mutable {
        /// The rule.
        rule: PersonName,
    },
    /// Two rules have one name.
    #[error("two rules of ci are named {0}")]
    Twice(PersonName),
    /// A rule's pipelines cannot be used.
    #[error("the rule {rule}: {source}")]
    Scope {
        /// The rule.
        rule: PersonName,
        /// Why.
        source: ScopeError,
    },
    /// An administrator that no server can know, or that a job would be.
    #[error("{identity} cannot be an administrator: {why}")]
    Administrator {
        /// Who.
        identity: Identity,
        /// Why not.
        why: &'static str,
    },
    /// Sessions that last too short or too long.
    #[error("sessions.{what} is {found}, it must be from 5m to 30d, and idle not over absolute")]
    Sessions {
        /// Which.
        what: &'static str,
        /// As it is.
        found: Span,
    },
    /// The client's secret cannot be read.
    #[error("the client's secret cannot be read: {0}")]
    Secret(String),
    /// Requests cannot be made at all.
    #[error(transparent)]
    Fetch(#[from] FetchError),
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self {
            idle: Span::from_secs(8 * 3600),
            absolute: Span::from_secs(24 * 3600),
        }
    }
}

impl SessionLimits {
    pub(crate) fn checked(self) -> Result<Self, ConfigError> {
        let sensible = Span::from_secs(300)..=Span::from_secs(30 * 86_400);
        let refused = |what, found| Err(ConfigError::Sessions { what, found });
        if !sensible.contains(&self.absolute) {
            return refused("absolute", self.absolute);
        }
        if !sensible.contains(&self.idle) || self.idle > self.absolute {
            return refused("idle", self.idle);
        }
        Ok(self)
    }
}
