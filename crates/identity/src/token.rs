//! Named tokens, for CI. Core lets none of them approve.

mod create;
mod list;

pub(crate) use create::json;

use std::collections::BTreeSet;

use liftlock_core::{Identity, Label, PersonName, PipelineName, Span, Time};
use serde::{Deserialize, Serialize};

use crate::records::Record;
use crate::{NoRandom, RecordsError, Scope, ScopeError, Secret};

/// How long a token counts where nothing else is asked for.
pub const TOKEN_LASTS: Span = Span::from_secs(90 * 86_400);
/// How long a token may count.
pub const TOKEN_LASTS_MAX: Span = Span::from_secs(365 * 86_400);
/// The most labels of one.
pub const LABELS_MAX: usize = 20;
/// The most tokens that count at once.
pub const TOKENS_MAX: u64 = 1000;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// Whoever presents it is `token:NAME`. Several tokens may have one name, so that one can be
    /// replaced before it ends.
    pub name: PersonName,
    /// How long it counts; [`TOKEN_LASTS`] where it is not given.
    #[serde(default, with = "crate::as_text::option")]
    pub lasts: Option<Span>,
    /// The pipelines it is for; all where it is not given.
    #[serde(default)]
    pub pipelines: Option<BTreeSet<PipelineName>>,
    /// The labels of an agent, for which it is then: whoever presents it is `worker:NAME`.
    #[serde(default)]
    pub labels: Option<BTreeSet<Label>>,
}

/// A token that was made: the only time that its secret is seen.
#[derive(Debug, Clone)]
pub struct CreatedToken {
    /// What is to be presented.
    pub secret: Secret,
    /// What is listed of it.
    pub token: TokenView,
}

/// What is listed of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenView {
    /// The beginning of the secret's hash.
    pub id: String,
    /// Whoever presents it is `token:NAME`.
    pub name: PersonName,
    /// The pipelines it is for.
    pub scope: Scope,
    /// The labels of an agent: whoever presents it is `worker:NAME`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<BTreeSet<Label>>,
    /// Who made it.
    pub created_by: Identity,
    /// When.
    #[serde(with = "crate::as_text")]
    pub created: Time,
    /// When it stops to count.
    #[serde(with = "crate::as_text")]
    pub expires: Time,
    /// When it was last used, to the hour.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "crate::as_text::option"
    )]
    pub used: Option<Time>,
    /// When it was revoked.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "crate::as_text::option"
    )]
    pub revoked: Option<Time>,
}

/// Some of the tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenPage {
    /// In the order of their ids.
    pub tokens: Vec<TokenView>,
    /// Where the next page begins; none after the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Why nothing was done about a token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Who asks is no administrator.
    #[error("{0} is no administrator of this server")]
    NotAdministrator(Identity),
    /// It is to count too long, or not at all.
    #[error("a token counts for at least a minute and at most 365d, not {0}")]
    Lasts(Span),
    /// The pipelines cannot be used.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    /// An agent's has no labels, or over [`LABELS_MAX`].
    #[error("an agent's token has at least one label and at most {LABELS_MAX}, not {0}")]
    Labels(usize),
    /// The name is that of a rule for CI's own tokens.
    #[error(
        "token:{0} is who CI's own tokens stand for by a rule of the configuration; take another name"
    )]
    NameOfRule(PersonName),
    /// Over [`TOKENS_MAX`].
    #[error("there are {TOKENS_MAX} tokens already; revoke what is not needed")]
    Many,
    /// There is none with this id or name.
    #[error("there is no token {0:?} that counts; `liftlock token list` shows them")]
    Unknown(String),
    /// The store failed.
    #[error(transparent)]
    Records(#[from] RecordsError),
    /// Nothing could be made.
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
}

/// What is kept beside the record's own fields.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct TokenValue {
    pub(crate) name: PersonName,
    pub(crate) scope: Scope,
    /// An agent's. They are fixed here, so that none claims a label that it was not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) labels: Option<BTreeSet<Label>>,
}

/// What a record says, where it can be read.
pub(crate) fn view(record: &Record) -> Option<TokenView> {
    let value: TokenValue = serde_json::from_str(&record.value).ok()?;
    Some(TokenView {
        id: crate::caller::short_id(&record.key),
        name: value.name,
        scope: value.scope,
        labels: value.labels,
        created_by: record.owner.parse().ok()?,
        created: record.made,
        expires: record.expires,
        used: record.used,
        revoked: record.ended,
    })
}

impl TokenError {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::NotAdministrator(_) => 403,
            Self::Lasts(_) | Self::Scope(_) | Self::Labels(_) => 422,
            Self::NameOfRule(_) | Self::Many => 409,
            Self::Unknown(_) => 404,
            Self::Records(_) | Self::NoRandom(_) => 503,
        }
    }

    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAdministrator(_) => "not-administrator",
            Self::Lasts(_) => "token-lasts",
            Self::Scope(_) => "token-scope",
            Self::Labels(_) => "token-labels",
            Self::NameOfRule(_) => "name-of-rule",
            Self::Many => "too-many-tokens",
            Self::Unknown(_) => "unknown-token",
            Self::Records(_) | Self::NoRandom(_) => "identity-unavailable",
        }
    }
}
