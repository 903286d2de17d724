//! CI's own tokens: a job presents what its CI system signed, and gets an access token for a quarter
//! of an hour. Nothing is stored at the CI system.

mod matching;

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use liftlock_core::{Actor, Identity, PersonName, Span, Time};
use serde::{Deserialize, Serialize};

use crate::caller::authenticated;
use crate::config::CiRule;
use crate::oidc::{Audience, LEEWAY, Object, Wanted};
use crate::records::{Record, RecordKind, Records, RecordsError};
use crate::secret::hash;
use crate::token::json;
use crate::{Claims, Identities, JWT_BYTES_MAX, NoRandom, Scope, Secret, SecretKind, TokenRefused};

/// How long an access token counts.
pub const ACCESS_LASTS: Span = Span::from_secs(15 * 60);
/// How far ahead a CI system's token may expire: its `jti` is kept until then.
pub const CI_EXP_AHEAD_MAX: Span = Span::from_secs(24 * 3600);
/// The longest `jti`, in bytes.
const JTI_BYTES_MAX: usize = 512;

/// What a job gets for its token.
#[derive(Debug, Clone)]
pub struct Exchanged {
    /// To be presented as a bearer token. Seen this once.
    pub secret: Secret,
    /// Who presents it: `token:NAME` of the rule.
    pub actor: Actor,
    /// The pipelines it is for.
    pub scope: Scope,
    /// When it stops to count.
    pub expires: Time,
    /// The issuer of the job's token.
    pub issuer: String,
    /// What the rule asked for and the token said; to be logged, and kept with the access token.
    pub matched: BTreeMap<String, String>,
}

/// Why a job gets nothing.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// No rule has the token's issuer. What the token says is not checked then, so it is not shown.
    #[error("no rule of this server is for the token's issuer and audience")]
    NoRule,
    /// The token is not accepted.
    #[error(transparent)]
    Token(#[from] TokenRefused),
    /// A rule was named that is not there.
    #[error("there is no rule {0} for the token's issuer and audience")]
    NoSuchRule(PersonName),
    /// It says something else than the rules want.
    #[error("no rule fits the token: {}", .0.join("; "))]
    NoMatch(Vec<String>),
    /// Several rules fit; which is meant must be said.
    #[error("several rules fit the token: {0}; say which one is meant")]
    Several(String),
    /// Without `jti` it could be used again.
    #[error("the token has no jti of 1 to {JTI_BYTES_MAX} bytes, so that it could be used again")]
    NoId,
    /// It was exchanged before.
    #[error("the token was exchanged already; a job asks for a new one each time")]
    Again,
    /// The store failed.
    #[error(transparent)]
    Records(#[from] RecordsError),
    /// Nothing could be made.
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
}

/// What is kept with an access token: by what it was given.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct AccessValue {
    pub(crate) rule: PersonName,
    pub(crate) scope: Scope,
    issuer: String,
    jti: String,
    matched: BTreeMap<String, String>,
}

impl<R: Records> Identities<R> {
    /// Exchanges a CI system's token. `rule` says which is meant, where several fit.
    ///
    /// # Errors
    /// [`ExchangeError`].
    pub async fn exchange(
        &self,
        token: &str,
        rule: Option<&PersonName>,
        now: Time,
    ) -> Result<Exchanged, ExchangeError> {
        let (issuer, audience) = self.meant(token)?;
        let provider = self.issuers.get(&issuer).ok_or(ExchangeError::NoRule)?;
        let wanted = Wanted {
            audience: Audience::Only(&audience),
            nonce: None,
            lasts_max: Some(CI_EXP_AHEAD_MAX),
        };
        let claims = provider.check(token, &wanted, now).await?;
        let rules = self.rules.iter();
        let rules = rules.filter(|r| r.issuer == issuer && r.audience == audience);
        let rule = matching::one(rules, rule, &claims)?;
        let jti = self.use_up(&issuer, &claims, now).await?;
        self.give_access(rule, jti, now).await
    }

    /// The configured issuer and audience that an unchecked token names: it chooses among those of
    /// the rules, and brings in none.
    fn meant(&self, token: &str) -> Result<(String, String), ExchangeError> {
        let said = unchecked(token).ok_or(ExchangeError::NoRule)?;
        let issuer = said.text("iss").ok_or(ExchangeError::NoRule)?;
        let audience = match said.0.get("aud") {
            Some(serde_json::Value::Array(all)) => all.first().and_then(|one| one.as_str()),
            Some(one) => one.as_str(),
            None => None,
        };
        let fits = |r: &&CiRule| r.issuer == issuer && Some(r.audience.as_str()) == audience;
        let rule = self.rules.iter().find(fits).ok_or(ExchangeError::NoRule)?;
        Ok((rule.issuer.clone(), rule.audience.clone()))
    }

    /// Notes that a token was used, until it expires.
    async fn use_up(
        &self,
        issuer: &str,
        claims: &Claims,
        now: Time,
    ) -> Result<String, ExchangeError> {
        let jti = claims.text("jti").unwrap_or_default();
        if jti.is_empty() || jti.len() > JTI_BYTES_MAX {
            return Err(ExchangeError::NoId);
        }
        let record = Record {
            kind: RecordKind::UsedToken,
            key: hash(&[issuer, "\0", jti]),
            owner: "server".to_owned(),
            value: "{}".to_owned(),
            made: now,
            expires: claims.expires() + LEEWAY,
            used: None,
            ended: None,
        };
        if !self.records.insert(&record).await? {
            return Err(ExchangeError::Again);
        }
        Ok(jti.to_owned())
    }

    async fn give_access(
        &self,
        rule: &CiRule,
        jti: String,
        now: Time,
    ) -> Result<Exchanged, ExchangeError> {
        let secret = Secret::generate(SecretKind::Access)?;
        let identity = Identity::Token(rule.name.clone());
        let value = AccessValue {
            rule: rule.name.clone(),
            scope: rule.scope.clone(),
            issuer: rule.issuer.clone(),
            jti,
            matched: rule.claims.clone(),
        };
        let record = Record {
            kind: RecordKind::Access,
            key: secret.hash(),
            owner: identity.to_string(),
            value: json(&value)?,
            made: now,
            expires: now + ACCESS_LASTS,
            used: None,
            ended: None,
        };
        self.records.insert(&record).await?;
        Ok(Exchanged {
            secret,
            actor: authenticated(identity),
            scope: value.scope,
            expires: record.expires,
            issuer: value.issuer,
            matched: value.matched,
        })
    }
}

/// What a token says, believed in nothing.
fn unchecked(token: &str) -> Option<Object> {
    if token.len() > JWT_BYTES_MAX {
        return None;
    }
    let payload = token.split('.').nth(1)?;
    let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
    serde_json::from_slice(&payload).ok()
}

impl ExchangeError {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::NoSuchRule(_) => 404,
            Self::NoMatch(_) => 403,
            Self::Several(_) => 409,
            Self::Token(TokenRefused::Provider(_)) | Self::Records(_) | Self::NoRandom(_) => 503,
            Self::NoRule | Self::Token(_) | Self::NoId | Self::Again => 401,
        }
    }

    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoRule => "no-rule",
            Self::NoSuchRule(_) => "unknown-rule",
            Self::NoMatch(_) => "no-rule-fits",
            Self::Several(_) => "several-rules-fit",
            Self::Token(TokenRefused::Provider(_)) => "issuer-unavailable",
            Self::Token(_) => "token-refused",
            Self::NoId => "token-without-id",
            Self::Again => "token-used",
            Self::Records(_) | Self::NoRandom(_) => "identity-unavailable",
        }
    }
}
