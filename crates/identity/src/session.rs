//! Sessions: what a person has after a login.

use std::collections::BTreeSet;

use liftlock_core::{Identity, Time};
use serde::{Deserialize, Serialize};

use crate::caller::short_id;
use crate::records::{Record, RecordKind, Records};
use crate::token::json;
use crate::{Identities, NoRandom, RecordsError, Secret, SecretKind};

/// The most sessions of one person; one more ends the oldest.
pub const SESSIONS_MAX: usize = 20;

/// How a session may be presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SessionUse {
    /// As a browser's cookie, with what protects that from other sites.
    Browser,
    /// As a bearer token, by a program of the person.
    CommandLine,
}

/// Whose a new session is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) identity: Identity,
    pub(crate) name: Option<String>,
    pub(crate) groups: BTreeSet<String>,
}

/// What is listed of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    /// The beginning of the secret's hash.
    pub id: String,
    /// How it may be presented.
    pub used_by: SessionUse,
    /// When its person logged in.
    #[serde(with = "crate::as_text")]
    pub created: Time,
    /// When it ends at the latest.
    #[serde(with = "crate::as_text")]
    pub expires: Time,
    /// When it was last used, to the minute.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "crate::as_text::option"
    )]
    pub used: Option<Time>,
}

/// What is kept beside the record's own fields.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SessionValue {
    pub(crate) used_by: SessionUse,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) groups: BTreeSet<String>,
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoSession {
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
}

impl<R: Records> Identities<R> {
    /// Begins a session: always a new secret, so that one which somebody planted is worth nothing.
    pub(crate) async fn begin_session(
        &self,
        person: Person,
        used_by: SessionUse,
        now: Time,
    ) -> Result<(Secret, Time), NoSession> {
        let owner = person.identity.to_string();
        self.make_room(&owner, now).await?;
        let secret = Secret::generate(SecretKind::Session)?;
        let expires = now + self.sessions.absolute;
        let (name, groups) = (person.name, person.groups);
        let value = SessionValue {
            used_by,
            name,
            groups,
        };
        let record = Record {
            kind: RecordKind::Session,
            key: secret.hash(),
            owner,
            value: json(&value)?,
            made: now,
            expires,
            used: Some(now),
            ended: None,
        };
        self.records.insert(&record).await?;
        Ok((secret, expires))
    }

    async fn make_room(&self, owner: &str, now: Time) -> Result<(), RecordsError> {
        let mut open = self.records.owned(RecordKind::Session, owner).await?;
        open.retain(|record| record.counts(now));
        let over = (open.len() + 1).saturating_sub(SESSIONS_MAX);
        for record in &open[..over] {
            self.records
                .end(RecordKind::Session, &record.key, now)
                .await?;
        }
        Ok(())
    }

    /// A person's sessions that count.
    ///
    /// # Errors
    /// [`RecordsError`].
    pub async fn sessions(
        &self,
        person: &Identity,
        now: Time,
    ) -> Result<Vec<SessionView>, RecordsError> {
        let kind = RecordKind::Session;
        let records = self.records.owned(kind, &person.to_string()).await?;
        let live = records.iter().filter(|record| record.counts(now));
        Ok(live.filter_map(view).collect())
    }

    /// Ends the session with this secret. Nothing happens where there is none: who logs out twice
    /// is out.
    ///
    /// # Errors
    /// [`RecordsError`].
    pub async fn log_out(&self, session: &str, now: Time) -> Result<(), RecordsError> {
        if let Ok(secret) = Secret::parse(session) {
            let kind = RecordKind::Session;
            self.records.end(kind, &secret.hash(), now).await?;
        }
        Ok(())
    }

    /// Ends every session of a person; gives how many counted.
    ///
    /// # Errors
    /// [`RecordsError`].
    pub async fn log_out_everywhere(
        &self,
        person: &Identity,
        now: Time,
    ) -> Result<usize, RecordsError> {
        let kind = RecordKind::Session;
        let mut ended = 0;
        for record in self.records.owned(kind, &person.to_string()).await? {
            ended += usize::from(self.records.end(kind, &record.key, now).await?);
        }
        Ok(ended)
    }
}

fn view(record: &Record) -> Option<SessionView> {
    let value: SessionValue = serde_json::from_str(&record.value).ok()?;
    Some(SessionView {
        id: short_id(&record.key),
        used_by: value.used_by,
        created: record.made,
        expires: record.expires,
        used: record.used,
    })
}
