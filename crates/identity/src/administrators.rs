//! Administrators: who may make tokens and name administrators.

use std::collections::BTreeSet;

use liftlock_core::{Identity, Time};

use crate::records::{Record, RecordKind, Records, RecordsError};
use crate::{Caller, Identities, Scope};

/// The most administrators that are named, besides those of the configuration.
pub const ADMINISTRATORS_MAX: u64 = 100;

/// Why nothing was done about an administrator.
#[derive(Debug, thiserror::Error)]
pub enum AdministratorError {
    /// Who asks is none.
    #[error("{0} is no administrator of this server")]
    NotAdministrator(Identity),
    /// Nobody who presents something to a server.
    #[error("{0} cannot be an administrator, who is an oidc: or token: identity")]
    Claimed(Identity),
    /// Over [`ADMINISTRATORS_MAX`].
    #[error("there are {ADMINISTRATORS_MAX} administrators already")]
    Many,
    /// Named in the configuration, or not at all.
    #[error("{0} was not named here: it is in the configuration, or no administrator")]
    NotNamed(Identity),
    /// Nobody would be left.
    #[error("{0} is the only administrator; name another one first")]
    Last(Identity),
    /// The store failed.
    #[error(transparent)]
    Records(#[from] RecordsError),
}

impl<R: Records> Identities<R> {
    /// All of them: those of the configuration and those that were named.
    ///
    /// # Errors
    /// [`RecordsError`].
    pub async fn administrators(&self) -> Result<BTreeSet<Identity>, RecordsError> {
        let limit = crate::RECORDS_PAGE_MAX;
        let kind = RecordKind::Administrator;
        let named = self.records.page(kind, "", limit).await?;
        let named = named.iter().filter(|record| record.ended.is_none());
        let named = named.filter_map(owner);
        Ok(named.chain(self.administrators.iter().cloned()).collect())
    }

    /// Whether this credential is an administrator's. One for some pipelines never is.
    pub(crate) async fn is_administrator(
        &self,
        identity: &Identity,
        scope: &Scope,
    ) -> Result<bool, RecordsError> {
        if *scope != Scope::All {
            return Ok(false);
        }
        if self.administrators.contains(identity) {
            return Ok(true);
        }
        let kind = RecordKind::Administrator;
        let named = self.records.owned(kind, &identity.to_string()).await?;
        Ok(!named.is_empty())
    }

    /// Names one more. Only an administrator may.
    ///
    /// # Errors
    /// [`AdministratorError`].
    pub async fn name_administrator(
        &self,
        by: &Caller,
        identity: &Identity,
        now: Time,
    ) -> Result<(), AdministratorError> {
        demand(by)?;
        self.put_administrator(identity, &by.actor.identity, now)
            .await
    }

    pub(crate) async fn put_administrator(
        &self,
        identity: &Identity,
        by: &Identity,
        now: Time,
    ) -> Result<(), AdministratorError> {
        if !matches!(identity, Identity::Oidc(_) | Identity::Token(_)) {
            return Err(AdministratorError::Claimed(identity.clone()));
        }
        if self.administrators().await?.contains(identity) {
            return Ok(());
        }
        let count = self.records.count(RecordKind::Administrator, now).await?;
        if count >= ADMINISTRATORS_MAX {
            return Err(AdministratorError::Many);
        }
        let record = Record {
            kind: RecordKind::Administrator,
            // One who was removed can be named again.
            key: format!("{identity} {}", now.us()),
            owner: identity.to_string(),
            value: serde_json::json!({ "named_by": by }).to_string(),
            made: now,
            expires: Time::from_us(i64::MAX),
            used: None,
            ended: None,
        };
        self.records.insert(&record).await?;
        Ok(())
    }

    /// Takes it away again. Only an administrator may, and not from the last one.
    ///
    /// # Errors
    /// [`AdministratorError`].
    pub async fn remove_administrator(
        &self,
        by: &Caller,
        identity: &Identity,
        now: Time,
    ) -> Result<(), AdministratorError> {
        demand(by)?;
        let all = self.administrators().await?;
        let kind = RecordKind::Administrator;
        let named = self.records.owned(kind, &identity.to_string()).await?;
        if named.is_empty() {
            return Err(AdministratorError::NotNamed(identity.clone()));
        }
        if all.len() == 1 {
            return Err(AdministratorError::Last(identity.clone()));
        }
        for record in named {
            self.records.end(kind, &record.key, now).await?;
        }
        Ok(())
    }
}

fn owner(record: &Record) -> Option<Identity> {
    record.owner.parse().ok()
}

fn demand(by: &Caller) -> Result<(), AdministratorError> {
    if by.administrator {
        return Ok(());
    }
    Err(AdministratorError::NotAdministrator(
        by.actor.identity.clone(),
    ))
}

impl AdministratorError {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::NotAdministrator(_) => 403,
            Self::Claimed(_) => 422,
            Self::Many | Self::Last(_) => 409,
            Self::NotNamed(_) => 404,
            Self::Records(_) => 503,
        }
    }

    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAdministrator(_) => "not-administrator",
            Self::Claimed(_) => "claimed-identity",
            Self::Many => "too-many-administrators",
            Self::Last(_) => "last-administrator",
            Self::NotNamed(_) => "unknown-administrator",
            Self::Records(_) => "identity-unavailable",
        }
    }
}
