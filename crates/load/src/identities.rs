//! Those who ask: tokens as an administrator makes them, and sessions as a login leaves them.

use std::time::{SystemTime, UNIX_EPOCH};

use liftlock_core::{Span, Time};
use liftlock_identity::{Record, RecordKind, Records, Scope, Secret, SecretKind};
use liftlock_store::DatabaseStore;
use serde_json::json;

use crate::policy::{APPROVERS, IDENTITIES, person, token};
use crate::trouble::Trouble;

/// Longer than any run.
const LASTS: Span = Span::from_secs(86_400);

/// What each of those who ask presents.
pub(crate) struct Identities {
    tokens: Vec<Secret>,
    sessions: Vec<Secret>,
}

impl Identities {
    /// Makes them in a state, as many as policies know, and an administrator, so that the server
    /// waits for none.
    ///
    /// # Errors
    /// Where the store fails.
    pub(crate) async fn make(store: &DatabaseStore) -> Result<Self, Trouble> {
        let root = "token:root";
        let administrator = record(RecordKind::Administrator, root.to_owned(), root, "{}");
        store.insert(&administrator).await?;
        let (mut tokens, mut sessions) = (Vec::new(), Vec::new());
        for nth in 0..IDENTITIES {
            let value = json!({ "name": token(nth), "scope": Scope::All }).to_string();
            let secret = Secret::generate(SecretKind::Token)?;
            let made = record(RecordKind::Token, secret.hash(), root, &value);
            store.insert(&made).await?;
            tokens.push(secret);
            let value = json!({ "used_by": "command-line", "groups": [APPROVERS] }).to_string();
            let owner = format!("oidc:{}", person(nth));
            let secret = Secret::generate(SecretKind::Session)?;
            let made = record(RecordKind::Session, secret.hash(), &owner, &value);
            store.insert(&made).await?;
            sessions.push(secret);
        }
        Ok(Self { tokens, sessions })
    }

    /// What a token's holder sends.
    pub(crate) fn token(&self, nth: usize) -> &str {
        self.tokens[nth % self.tokens.len()].expose()
    }

    /// What a person's program sends.
    pub(crate) fn session(&self, nth: usize) -> &str {
        self.sessions[nth % self.sessions.len()].expose()
    }
}

fn record(kind: RecordKind, key: String, owner: &str, value: &str) -> Record {
    let now = now();
    Record {
        kind,
        key,
        owner: owner.to_owned(),
        value: value.to_owned(),
        made: now,
        expires: now + LASTS,
        used: Some(now),
        ended: None,
    }
}

fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let us = since.unwrap_or_default().as_micros();
    Time::from_us(i64::try_from(us).unwrap_or(i64::MAX))
}
