//! Making a token.

use liftlock_core::{Identity, PersonName, Span, Time};

use super::{
    CreatedToken, LABELS_MAX, NewToken, TOKEN_LASTS, TOKEN_LASTS_MAX, TOKENS_MAX, TokenError,
};
use super::{TokenValue, view};
use crate::records::{Record, RecordKind, Records};
use crate::{Caller, Identities, Scope, Secret, SecretKind};

/// The shortest time that a token may count.
const LASTS_MIN: Span = Span::from_secs(60);

impl<R: Records> Identities<R> {
    /// Makes a token. Only an administrator may.
    ///
    /// # Errors
    /// [`TokenError`].
    pub async fn create_token(
        &self,
        by: &Caller,
        wanted: NewToken,
        now: Time,
    ) -> Result<CreatedToken, TokenError> {
        self.demand_administrator(by)?;
        self.issue_token(&by.actor.identity, wanted, now).await
    }

    /// The same, where it was decided already that it may be made.
    pub(crate) async fn issue_token(
        &self,
        by: &Identity,
        wanted: NewToken,
        now: Time,
    ) -> Result<CreatedToken, TokenError> {
        let lasts = wanted.lasts.unwrap_or(TOKEN_LASTS);
        if !(LASTS_MIN..=TOKEN_LASTS_MAX).contains(&lasts) {
            return Err(TokenError::Lasts(lasts));
        }
        let scope = Scope::of(wanted.pipelines)?;
        let labels = wanted.labels;
        if let Some(labels) = &labels
            && !(1..=LABELS_MAX).contains(&labels.len())
        {
            return Err(TokenError::Labels(labels.len()));
        }
        self.demand_free_name(&wanted.name)?;
        if self.records.count(RecordKind::Token, now).await? >= TOKENS_MAX {
            return Err(TokenError::Many);
        }
        let secret = Secret::generate(SecretKind::Token)?;
        let name = wanted.name;
        let record = Record {
            kind: RecordKind::Token,
            key: secret.hash(),
            owner: by.to_string(),
            value: json(&TokenValue {
                name,
                scope,
                labels,
            })?,
            made: now,
            expires: now + lasts,
            used: None,
            ended: None,
        };
        let kept = self.records.insert(&record).await?;
        // Two hashes alike are as likely as no randomness at all.
        let token = view(&record).filter(|_| kept).ok_or(crate::NoRandom)?;
        Ok(CreatedToken { secret, token })
    }

    pub(crate) fn demand_administrator(&self, by: &Caller) -> Result<(), TokenError> {
        if by.administrator {
            return Ok(());
        }
        Err(TokenError::NotAdministrator(by.actor.identity.clone()))
    }

    pub(crate) fn demand_free_name(&self, name: &PersonName) -> Result<(), TokenError> {
        if self.rules.iter().any(|rule| rule.name == *name) {
            return Err(TokenError::NameOfRule(name.clone()));
        }
        Ok(())
    }
}

/// A record's value.
///
/// # Errors
/// Never for what is kept here: it has text keys alone.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<String, crate::RecordsError> {
    serde_json::to_string(value).map_err(|e| crate::RecordsError {
        doing: "writing a record",
        source: Box::new(e),
    })
}
