//! From a request's headers to who is asking.

use liftlock_core::{Actor, Groups, Identity, Span, Time};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, HeaderMap};

use crate::caller::{Caller, Credential, authenticated, short_id};
use crate::exchange::AccessValue;
use crate::records::{Record, RecordKind, Records};
use crate::session::SessionValue;
use crate::token::TokenValue;
use crate::{Identities, Refused, Secret, SecretKind, SessionUse, cookie_value, cross_site};

/// A token's last use is noted this often, for each note is a write.
const TOKEN_NOTED_EVERY: Span = Span::from_secs(3600);
/// A session's; it must be well under the time after which an unused one ends.
const SESSION_NOTED_EVERY: Span = Span::from_secs(60);

impl<R: Records> Identities<R> {
    /// Who is asking, by the `Authorization` header or else by the session's cookie. A bearer token
    /// that is not accepted is not made up for by a cookie.
    ///
    /// # Errors
    /// [`Refused`], with an HTTP status and a code.
    pub async fn authenticate(
        &self,
        headers: &HeaderMap,
        method: &Method,
        now: Time,
    ) -> Result<Caller, Refused> {
        if let Some(secret) = bearer(headers)? {
            return self.by_bearer(&secret, now).await;
        }
        let cookie = cookie_value(headers, self.cookies.session())?.ok_or(Refused::Nothing)?;
        let secret = Secret::parse(&cookie)?;
        if !(method.is_safe()) {
            cross_site::check(headers, &secret, &self.public_url)?;
        }
        if secret.kind() != SecretKind::Session {
            return Err(Refused::Kind);
        }
        self.by_session(&secret, SessionUse::Browser, now).await
    }

    /// The token that the pages of a browser's session send in [`crate::CSRF_HEADER`]. Only who has
    /// the session gets it.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn csrf_token(&self, headers: &HeaderMap, now: Time) -> Result<String, Refused> {
        let cookie = cookie_value(headers, self.cookies.session())?.ok_or(Refused::Nothing)?;
        let secret = Secret::parse(&cookie)?;
        self.by_session(&secret, SessionUse::Browser, now).await?;
        Ok(cross_site::csrf_token(&secret))
    }

    async fn by_bearer(&self, secret: &Secret, now: Time) -> Result<Caller, Refused> {
        match secret.kind() {
            SecretKind::Token => self.by_token(secret, now).await,
            SecretKind::Access => self.by_access(secret, now).await,
            SecretKind::Session => self.by_session(secret, SessionUse::CommandLine, now).await,
            SecretKind::Login | SecretKind::Setup => Err(Refused::Kind),
        }
    }

    async fn by_token(&self, secret: &Secret, now: Time) -> Result<Caller, Refused> {
        let record = self.live(RecordKind::Token, secret, now).await?;
        let value: TokenValue = read(&record)?;
        self.note_use(&record, TOKEN_NOTED_EVERY, now).await?;
        let (identity, administrator) = match value.labels {
            // An agent is nobody who may make others administrators.
            Some(_) => (Identity::Worker(value.name), false),
            None => {
                let identity = Identity::Token(value.name);
                let administrator = self.is_administrator(&identity, &value.scope).await?;
                (identity, administrator)
            }
        };
        let id = short_id(&record.key);
        Ok(Caller {
            actor: authenticated(identity),
            name: None,
            groups: Default::default(),
            scope: value.scope,
            labels: value.labels,
            credential: Credential::Token { id },
            administrator,
            expires: record.expires,
        })
    }

    /// A rule that is taken out of the configuration ends what it gave out.
    async fn by_access(&self, secret: &Secret, now: Time) -> Result<Caller, Refused> {
        let record = self.live(RecordKind::Access, secret, now).await?;
        let value: AccessValue = read(&record)?;
        if !self.rules.iter().any(|rule| rule.name == value.rule) {
            return Err(Refused::RuleGone(value.rule.to_string()));
        }
        let id = short_id(&record.key);
        Ok(Caller {
            actor: authenticated(Identity::Token(value.rule)),
            name: None,
            groups: Default::default(),
            scope: value.scope,
            labels: None,
            credential: Credential::Access { id },
            // A job is nobody who may make others administrators.
            administrator: false,
            expires: record.expires,
        })
    }

    async fn by_session(
        &self,
        secret: &Secret,
        used_by: SessionUse,
        now: Time,
    ) -> Result<Caller, Refused> {
        let record = self.live(RecordKind::Session, secret, now).await?;
        let value: SessionValue = read(&record)?;
        if value.used_by != used_by {
            return Err(Refused::WrongUse);
        }
        let last = record.used.unwrap_or(record.made);
        if now.since(last) > self.sessions.idle {
            return Err(expired(RecordKind::Session));
        }
        self.note_use(&record, SESSION_NOTED_EVERY, now).await?;
        let identity: Identity = record.owner.parse().map_err(|_| Refused::Damaged)?;
        let scope = crate::Scope::All;
        let administrator = self.is_administrator(&identity, &scope).await?;
        let id = short_id(&record.key);
        let groups = Groups::of(value.groups.iter().map(String::as_str));
        let groups = groups.map_err(|_| Refused::Damaged)?;
        Ok(Caller {
            actor: Actor::authenticated(identity, groups),
            name: value.name,
            groups: value.groups,
            scope,
            labels: None,
            credential: Credential::Session { id, used_by },
            administrator,
            expires: record.expires,
        })
    }

    async fn live(&self, kind: RecordKind, secret: &Secret, now: Time) -> Result<Record, Refused> {
        let record = self.records.get(kind, &secret.hash()).await?;
        let record = record.ok_or(Refused::Unknown)?;
        if record.ended.is_some() {
            return Err(ended(kind));
        }
        if now >= record.expires {
            return Err(expired(kind));
        }
        Ok(record)
    }

    async fn note_use(&self, record: &Record, every: Span, now: Time) -> Result<(), Refused> {
        let is_fresh = record.used.is_some_and(|used| now.since(used) < every);
        if !is_fresh {
            self.records.touch(record.kind, &record.key, now).await?;
        }
        Ok(())
    }
}

fn read<T: serde::de::DeserializeOwned>(record: &Record) -> Result<T, Refused> {
    serde_json::from_str(&record.value).map_err(|_| Refused::Damaged)
}

/// The token of the `Authorization` header (RFC 6750, section 2.1), where there is one.
fn bearer(headers: &HeaderMap) -> Result<Option<Secret>, Refused> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let Some(header) = all.next() else {
        return Ok(None);
    };
    if all.next().is_some() {
        return Err(Refused::Twice("Authorization header"));
    }
    let text = header.to_str().map_err(|_| Refused::NotBearer)?;
    let (scheme, token) = text.split_once(' ').ok_or(Refused::NotBearer)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Refused::NotBearer);
    }
    Ok(Some(Secret::parse(token.trim_matches(' '))?))
}

const fn words(kind: RecordKind) -> (&'static str, &'static str, &'static str) {
    match kind {
        RecordKind::Session => ("session", "logged out", "log in again"),
        RecordKind::Access => ("access token", "ended", "exchange the job's token again"),
        _ => ("token", "revoked", "an administrator makes a new one"),
    }
}

fn expired(kind: RecordKind) -> Refused {
    let (what, _, then) = words(kind);
    Refused::Expired { what, then }
}

fn ended(kind: RecordKind) -> Refused {
    let (what, how, then) = words(kind);
    Refused::Ended { what, how, then }
}
