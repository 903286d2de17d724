//! The first start: a token that names the first administrator, once.

use liftlock_core::{Identity, PersonName, Span, Time};
use serde::Deserialize;

use crate::records::{Record, RecordKind, Records, RecordsError};
use crate::token::TokenError;
use crate::{
    AdministratorError, CreatedToken, Identities, NewToken, NoRandom, Secret, SecretError,
    SecretKind,
};

/// How long a setup token counts.
pub const SETUP_LASTS: Span = Span::from_secs(24 * 3600);
/// The most setup tokens that count at once; one more ends the oldest.
const OPEN_MAX: usize = 20;
/// Whose they are.
const OWNER: &str = "server";

/// Who is to be the first administrator.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FirstAdministrator {
    /// A person, by the provider's subject: `oidc:SUBJECT`.
    Person(Identity),
    /// A token of this name, which is made.
    Token(PersonName),
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct SetupDone {
    /// The first administrator.
    pub administrator: Identity,
    /// The token that was made, where one was asked for.
    pub token: Option<CreatedToken>,
}

/// Why there is no administrator now.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// Not a setup token.
    #[error("the setup token is not accepted: {0}")]
    Secret(#[from] SecretError),
    /// Unknown, used, or older than [`SETUP_LASTS`].
    #[error(
        "the setup token is not known, was used, or is older than 24 hours; a server without an administrator shows a new one when it is started"
    )]
    Void,
    /// There is one already.
    #[error("this server has an administrator already")]
    Done,
    /// Not someone who logs in.
    #[error(
        "{0} is not a person of the provider; expected oidc:SUBJECT, or the name of a token to make"
    )]
    NotPerson(Identity),
    /// The administrator cannot be named.
    #[error(transparent)]
    Administrator(#[from] AdministratorError),
    /// The token cannot be made.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The store failed.
    #[error(transparent)]
    Records(#[from] RecordsError),
    /// Nothing could be made.
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
}

impl<R: Records> Identities<R> {
    /// A setup token to be shown where the operator sees it, and nobody else; none where there is
    /// an administrator. Each start makes one, and each counts until the first administrator is
    /// named, for at most [`SETUP_LASTS`].
    ///
    /// # Errors
    /// [`SetupError`].
    pub async fn setup_token(&self, now: Time) -> Result<Option<Secret>, SetupError> {
        if !self.administrators().await?.is_empty() {
            return Ok(None);
        }
        let mut open = self.records.owned(RecordKind::Setup, OWNER).await?;
        open.retain(|record| record.counts(now));
        for record in &open[..(open.len() + 1).saturating_sub(OPEN_MAX)] {
            self.records
                .end(RecordKind::Setup, &record.key, now)
                .await?;
        }
        let secret = Secret::generate(SecretKind::Setup)?;
        let record = Record {
            kind: RecordKind::Setup,
            key: secret.hash(),
            owner: OWNER.to_owned(),
            value: "{}".to_owned(),
            made: now,
            expires: now + SETUP_LASTS,
            used: None,
            ended: None,
        };
        self.records.insert(&record).await?;
        Ok(Some(secret))
    }

    /// Names the first administrator; the setup token is void then, and so is every other.
    ///
    /// # Errors
    /// [`SetupError`].
    pub async fn redeem_setup(
        &self,
        setup: &str,
        first: FirstAdministrator,
        now: Time,
    ) -> Result<SetupDone, SetupError> {
        let secret = Secret::parse(setup)?;
        let kind = RecordKind::Setup;
        let record = self.records.get(kind, &secret.hash()).await?;
        let counts = record.is_some_and(|record| record.counts(now));
        if secret.kind() != SecretKind::Setup || !counts {
            return Err(SetupError::Void);
        }
        let (identity, wanted) = self.wanted(first)?;
        if !self.administrators().await?.is_empty() {
            return Err(SetupError::Done);
        }
        // Of two that come at once, one goes on.
        if !self.records.end(kind, &secret.hash(), now).await? {
            return Err(SetupError::Void);
        }
        let token = match wanted {
            None => None,
            Some(wanted) => Some(self.issue_token(&identity, wanted, now).await?),
        };
        self.put_administrator(&identity, &identity, now).await?;
        let administrator = identity;
        Ok(SetupDone {
            administrator,
            token,
        })
    }

    /// Who is to be named, and the token to make; refused before the setup token is used up.
    fn wanted(
        &self,
        first: FirstAdministrator,
    ) -> Result<(Identity, Option<NewToken>), SetupError> {
        match first {
            FirstAdministrator::Person(identity @ Identity::Oidc(_)) => Ok((identity, None)),
            FirstAdministrator::Person(identity) => Err(SetupError::NotPerson(identity)),
            FirstAdministrator::Token(name) => {
                self.demand_free_name(&name)?;
                let (lasts, pipelines) = (None, None);
                let wanted = NewToken {
                    name: name.clone(),
                    lasts,
                    labels: None,
                    pipelines,
                };
                Ok((Identity::Token(name), Some(wanted)))
            }
        }
    }
}

impl SetupError {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::Secret(_) | Self::Void => 401,
            Self::Done => 409,
            Self::NotPerson(_) => 422,
            Self::Administrator(error) => error.status(),
            Self::Token(error) => error.status(),
            Self::Records(_) | Self::NoRandom(_) => 503,
        }
    }

    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Secret(_) | Self::Void => "setup-token-void",
            Self::Done => "setup-done",
            Self::NotPerson(_) => "not-person",
            Self::Administrator(error) => error.code(),
            Self::Token(error) => error.code(),
            Self::Records(_) | Self::NoRandom(_) => "identity-unavailable",
        }
    }
}
