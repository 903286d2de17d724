//! What the provider's token endpoint answers (RFC 6749, section 5).

use serde::Deserialize;

use super::{LoginError, People};
use crate::oidc::{Fetched, Metadata};
use crate::session::Person;

/// What is shown of a provider's words, in characters.
const SHOWN_MAX: usize = 200;

/// Tokens, of which the ID token alone is of use; the others are dropped unread.
#[derive(Deserialize)]
struct Tokens {
    id_token: Option<String>,
}

#[derive(Deserialize)]
struct Problem {
    error: String,
    error_description: Option<String>,
}

/// The ID token, or the error that the provider names.
pub(super) enum Answered {
    IdToken(String),
    /// Its code in RFC 6749 or RFC 8628, and what is to be shown.
    Problem(String, String),
}

/// Sends a form to one of the provider's endpoints, as the client that we are.
pub(super) async fn send(
    people: &People,
    (metadata, url): (&Metadata, &reqwest::Url),
    form: &[(&str, &str)],
) -> Result<Fetched, LoginError> {
    let id = people.client_id.as_str();
    let mut form = form.to_vec();
    let mut basic = None;
    match people.client_secret.as_ref().map(|secret| secret.as_str()) {
        Some(secret) if metadata.secret_in_form => {
            form.extend([("client_id", id), ("client_secret", secret)]);
        }
        Some(secret) => basic = Some((id, secret)),
        None => form.push(("client_id", id)),
    }
    Ok(people.provider.fetcher.post(url, &form, basic).await?)
}

/// Reads what the token endpoint answered.
pub(super) fn read(answer: &Fetched) -> Result<Answered, LoginError> {
    if answer.status == 200 {
        let tokens: Tokens = parse(&answer.body)?;
        let lacks = || LoginError::Answer("it has no id_token; is openid among the scopes?".into());
        return tokens.id_token.map(Answered::IdToken).ok_or_else(lacks);
    }
    if !matches!(answer.status, 400 | 401 | 403) {
        return Err(LoginError::Answer(format!("status {}", answer.status)));
    }
    let problem: Problem = parse(&answer.body)?;
    let shown = match &problem.error_description {
        Some(description) => format!("{}: {description}", problem.error),
        None => problem.error.clone(),
    };
    Ok(Answered::Problem(problem.error, plain(&shown)))
}

/// What must be JSON. What it says is not shown: it may hold a token.
pub(super) fn parse<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, LoginError> {
    serde_json::from_slice(body).map_err(|e| {
        let (line, column) = (e.line(), e.column());
        LoginError::Answer(format!("it is not the JSON it must be, at {line}:{column}"))
    })
}

/// A provider's words, fit to be shown.
pub(super) fn plain(text: &str) -> String {
    let plain = text.chars().filter(|c| !c.is_control());
    plain.take(SHOWN_MAX).collect()
}

/// Who an ID token is about.
pub(super) async fn person(
    people: &People,
    id_token: &str,
    nonce: Option<&str>,
    now: liftlock_core::Time,
) -> Result<Person, LoginError> {
    let wanted = crate::oidc::Wanted {
        audience: crate::oidc::Audience::Client(&people.client_id),
        nonce,
        lasts_max: None,
    };
    let claims = people.provider.check(id_token, &wanted, now).await?;
    people.person(&claims)
}
