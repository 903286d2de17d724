//! A login with a browser: authorization code with PKCE.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use liftlock_core::Time;
use reqwest::Url;
use serde::{Deserialize, Serialize};

use super::answer::{Answered, person, plain, read, send};
use super::{LOGIN_LASTS, LOGINS_MAX, LoggedIn, LoginError, People, Redirect};
use crate::records::{Record, RecordKind, Records};
use crate::session::Person;
use crate::token::json;
use crate::{Identities, ProviderError, Secret, SecretKind, SessionUse};

/// The longest code, in bytes.
const CODE_BYTES_MAX: usize = 4096;

/// A login that was begun.
#[derive(Debug, Clone)]
pub struct StartedLogin {
    /// Where the browser goes.
    pub url: Url,
    /// What ends the login, held by who began it: the browser in a cookie, or the program.
    pub login: Secret,
    /// Until when.
    pub expires: Time,
}

/// What is kept: nothing that ends a login.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "way")]
pub(super) enum LoginValue {
    /// By a code, which comes back to this URI.
    Code {
        redirect_uri: String,
        used_by: SessionUse,
    },
    /// By a code on another screen.
    Device {
        device_code: String,
        interval_s: i64,
    },
}

impl<R: Records> Identities<R> {
    /// Begins a login: the browser goes to `url`, and comes back to `redirect` with `code` and
    /// `state`, or with `error`.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn start_login(
        &self,
        redirect: &Redirect,
        now: Time,
    ) -> Result<StartedLogin, LoginError> {
        let people = self.people()?;
        let metadata = people.provider.metadata(now).await?;
        let mut url = metadata
            .authorization
            .clone()
            .ok_or_else(|| lacks(people, "authorization_endpoint"))?;
        let redirect_uri = redirect.uri(&self.public_url);
        let login = Secret::generate(SecretKind::Login)?;
        let challenge = digest(&SHA256, login.derive(VERIFIER).as_bytes());
        let challenge = URL_SAFE_NO_PAD.encode(challenge.as_ref());
        url.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", &people.client_id),
            ("redirect_uri", &redirect_uri),
            ("scope", &people.scope),
            ("state", &login.derive(STATE)),
            ("nonce", &login.derive(NONCE)),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        let used_by = match redirect {
            Redirect::Server => SessionUse::Browser,
            Redirect::Loopback(_) => SessionUse::CommandLine,
        };
        let value = LoginValue::Code {
            redirect_uri,
            used_by,
        };
        let expires = now + LOGIN_LASTS;
        self.keep_login(&login, &value, (now, expires)).await?;
        Ok(StartedLogin {
            url,
            login,
            expires,
        })
    }

    /// Ends a login with the query that the browser came back with. It is used up, whatever comes
    /// of it. `replaces` is the session that the browser had until now, which ends.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn finish_login(
        &self,
        login: &str,
        query: &str,
        replaces: Option<&str>,
        now: Time,
    ) -> Result<LoggedIn, LoginError> {
        let people = self.people()?;
        let (login, value) = self.kept_login(login, now).await?;
        let LoginValue::Code {
            redirect_uri,
            used_by,
        } = value
        else {
            return Err(LoginError::Unknown);
        };
        let ended = self
            .records
            .end(RecordKind::Login, &login.hash(), now)
            .await?;
        if !ended {
            return Err(LoginError::Unknown);
        }
        let metadata = people.provider.metadata(now).await?;
        let code = code(people, &login, query, metadata.answers_with_issuer)?;
        let url = metadata
            .token
            .as_ref()
            .ok_or_else(|| lacks(people, "token_endpoint"))?;
        let verifier = login.derive(VERIFIER);
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &redirect_uri),
            ("code_verifier", &verifier),
        ];
        let answer = send(people, (&metadata, url), &form).await?;
        let id_token = match read(&answer)? {
            Answered::IdToken(token) => token,
            Answered::Problem(_, shown) => return Err(LoginError::Refused(shown)),
        };
        let nonce = login.derive(NONCE);
        let person = person(people, &id_token, Some(&nonce), now).await?;
        if let Some(before) = replaces {
            self.log_out(before, now).await?;
        }
        self.logged_in(person, used_by, now).await
    }

    pub(super) async fn logged_in(
        &self,
        person: Person,
        used_by: SessionUse,
        now: Time,
    ) -> Result<LoggedIn, LoginError> {
        let (identity, name) = (person.identity.clone(), person.name.clone());
        let (session, expires) = self.begin_session(person, used_by, now).await?;
        Ok(LoggedIn {
            session,
            identity,
            name,
            expires,
        })
    }

    pub(super) async fn keep_login(
        &self,
        login: &Secret,
        value: &LoginValue,
        (now, expires): (Time, Time),
    ) -> Result<(), LoginError> {
        if self.records.count(RecordKind::Login, now).await? >= LOGINS_MAX {
            return Err(LoginError::Many);
        }
        let record = Record {
            kind: RecordKind::Login,
            key: login.hash(),
            owner: "login".to_owned(),
            value: json(value)?,
            made: now,
            expires,
            used: None,
            ended: None,
        };
        self.records.insert(&record).await?;
        Ok(())
    }

    pub(super) async fn kept_login(
        &self,
        login: &str,
        now: Time,
    ) -> Result<(Secret, LoginValue), LoginError> {
        let secret = Secret::parse(login).map_err(|_| LoginError::Unknown)?;
        if secret.kind() != SecretKind::Login {
            return Err(LoginError::Unknown);
        }
        let record = self.records.get(RecordKind::Login, &secret.hash()).await?;
        let record = record
            .filter(|record| record.counts(now))
            .ok_or(LoginError::Unknown)?;
        let value = serde_json::from_str(&record.value).map_err(|_| LoginError::Unknown)?;
        Ok((secret, value))
    }

    pub(super) fn people(&self) -> Result<&People, LoginError> {
        self.people.as_ref().ok_or(LoginError::NoProvider)
    }
}

/// What of a login's secret each is made of.
const VERIFIER: &str = "pkce verifier";
const STATE: &str = "state";
const NONCE: &str = "nonce";

/// The code that the browser came back with, after it was looked at whose answer it is.
fn code(
    people: &People,
    login: &Secret,
    query: &str,
    answers_with_issuer: bool,
) -> Result<String, LoginError> {
    let query =
        Query::parse(query).ok_or_else(|| LoginError::Answer("it says something twice".into()))?;
    let state = query.state.unwrap_or_default();
    let wanted = login.derive(STATE);
    verify_slices_are_equal(state.as_bytes(), wanted.as_bytes()).map_err(|_| LoginError::State)?;
    // RFC 9207, section 2.4: against a provider that passes on another's code.
    let issuer = &people.provider.issuer;
    let is_other = match &query.iss {
        Some(said) => said != issuer,
        None => answers_with_issuer,
    };
    if is_other {
        return Err(LoginError::OtherIssuer(issuer.clone()));
    }
    if let Some(error) = query.error {
        return Err(LoginError::Refused(plain(&error)));
    }
    let code = query
        .code
        .filter(|code| !code.is_empty() && code.len() <= CODE_BYTES_MAX);
    code.ok_or_else(|| LoginError::Answer("it has no code".to_owned()))
}

/// What a browser comes back with (RFC 6749, section 4.1.2).
#[derive(Debug, Default)]
struct Query {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

impl Query {
    /// `None` where something of it is said twice.
    fn parse(query: &str) -> Option<Self> {
        let mut url: Url = "http://callback/".parse().ok()?;
        url.set_query(Some(query));
        let mut read = Self::default();
        for (name, value) in url.query_pairs() {
            let place = match &*name {
                "code" => &mut read.code,
                "state" => &mut read.state,
                "iss" => &mut read.iss,
                "error" => &mut read.error,
                _ => continue,
            };
            if place.replace(value.into_owned()).is_some() {
                return None;
            }
        }
        Some(read)
    }
}

pub(super) fn lacks(people: &People, what: &'static str) -> LoginError {
    let issuer = people.provider.issuer.clone();
    LoginError::Provider(ProviderError::Lacks { issuer, what })
}
