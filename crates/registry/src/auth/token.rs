//! The token service (distribution's token authentication, token and OAuth2 forms).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use liftlock_engine::ports::RegistryError;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Request, StatusCode, Url};
use serde::Deserialize;
use tokio::time::Instant;

use super::credentials::Credential;
use super::scope::Scope;
use crate::failure::{from_status, read_error, senseless};
use crate::transport::Transport;
use crate::transport::body::read_limited;
use crate::transport::response::Response;

/// The largest answer of a token service that is read, in bytes.
const TOKEN_BODY_MAX: usize = 256 * 1024;

/// A token's life where the service does not say it (token specification: 60 seconds).
const LIFE_DEFAULT: u64 = 60;

/// The longest life that is believed, in seconds.
const LIFE_MAX: u64 = 24 * 3600;

/// Tokens are not used in the last part of their life, in seconds.
const LIFE_MARGIN: u64 = 5;

/// The client name in the OAuth2 form.
const CLIENT_ID: &str = "liftlock";

/// The user name that stands for an identity token (docker's credential helpers).
const TOKEN_USER: &str = "<token>";

/// Where tokens are asked for.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    /// The token service's address.
    pub(crate) realm: String,
    /// The name of the registry at that service.
    pub(crate) service: Option<String>,
}

/// A token and when to stop using it.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    /// The header that shows it.
    pub(crate) value: HeaderValue,
    /// When it was asked for.
    pub(crate) asked: Instant,
    pub(crate) expires: Instant,
}

#[derive(Deserialize)]
struct Answer {
    token: Option<String>,
    access_token: Option<String>,
    expires_in: Option<u64>,
}

/// Asks the token service for a token.
pub(crate) async fn fetch(
    transport: &Transport,
    service: &Service,
    scope: &Scope,
    credential: &Credential,
) -> Result<Token, RegistryError> {
    let host = &transport.endpoint.host;
    let Some(url) = transport.endpoint.token_service(&service.realm) else {
        return Err(senseless(
            host,
            "its token service has no https address, so no credentials are sent there",
        ));
    };
    let scopes = scope.texts();
    let what = format!("a token for {}", scopes.join(" "));
    let asked = Instant::now();
    let name = service.service.as_deref();
    let response = ask(transport, url, name, &scopes, credential).await?;
    if response.status() != StatusCode::OK {
        let status = refused(response.status());
        return Err(from_status(host, &what, status, read_error(response).await));
    }
    let body = read_limited(host, &what, response, TOKEN_BODY_MAX).await?;
    read(&body, asked).ok_or_else(|| senseless(host, "its token service's answer holds no token"))
}

/// An identity token is shown in the OAuth2 form; to a service without it, as a password.
async fn ask(
    transport: &Transport,
    url: Url,
    service: Option<&str>,
    scopes: &[String],
    credential: &Credential,
) -> Result<Response, RegistryError> {
    let Credential::IdentityToken(secret) = credential else {
        let get = get(url, service, scopes, basic(credential));
        return transport.send_retrying(&get, true).await;
    };
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", CLIENT_ID),
        ("service", service.unwrap_or_default()),
        ("scope", &scopes.join(" ")),
        ("refresh_token", secret.reveal()),
    ];
    let response = transport
        .send_retrying(&post(url.clone(), &fields), true)
        .await?;
    match response.status() {
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
            let shown = basic_of(TOKEN_USER, secret.reveal());
            let get = get(url, service, scopes, shown);
            transport.send_retrying(&get, true).await
        }
        _ => Ok(response),
    }
}

/// Some token services answer 400 or 404 for a repository one has no access to.
fn refused(status: StatusCode) -> StatusCode {
    match status {
        StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST => StatusCode::FORBIDDEN,
        other => other,
    }
}

fn post(url: Url, fields: &[(&str, &str)]) -> Request {
    let mut post = Request::new(Method::POST, url);
    let is_form = HeaderValue::from_static("application/x-www-form-urlencoded");
    post.headers_mut().insert(CONTENT_TYPE, is_form);
    *post.body_mut() = Some(form(fields).into());
    post
}

fn get(
    mut url: Url,
    service: Option<&str>,
    scopes: &[String],
    shown: Option<HeaderValue>,
) -> Request {
    {
        let mut query = url.query_pairs_mut();
        service.map(|service| query.append_pair("service", service));
        for scope in scopes {
            query.append_pair("scope", scope);
        }
    }
    let mut get = Request::new(Method::GET, url);
    if let Some(value) = shown {
        get.headers_mut().insert(AUTHORIZATION, value);
    }
    get
}

/// `application/x-www-form-urlencoded`, which is how an address writes its query.
fn form(fields: &[(&str, &str)]) -> String {
    let mut url = match Url::parse("http://form/") {
        Ok(url) => url,
        Err(_) => return String::new(),
    };
    url.query_pairs_mut().extend_pairs(fields);
    url.query().unwrap_or_default().to_owned()
}

/// The Basic header of a user name and password.
pub(crate) fn basic(credential: &Credential) -> Option<HeaderValue> {
    let Credential::Basic(user, password) = credential else {
        return None;
    };
    basic_of(user, password.reveal())
}

fn basic_of(user: &str, password: &str) -> Option<HeaderValue> {
    let encoded = STANDARD.encode(format!("{user}:{password}"));
    sensitive(&format!("Basic {encoded}"))
}

/// A header value that no formatter prints.
fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn read(body: &[u8], asked: Instant) -> Option<Token> {
    let answer: Answer = serde_json::from_slice(body).ok()?;
    let token = answer
        .token
        .filter(|t| !t.is_empty())
        .or(answer.access_token)?;
    let life = answer.expires_in.unwrap_or(LIFE_DEFAULT).min(LIFE_MAX);
    let life = life.saturating_sub(LIFE_MARGIN).max(1);
    Some(Token {
        value: sensitive(&format!("Bearer {token}"))?,
        asked,
        expires: asked + Duration::from_secs(life),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_both_forms_are_read() {
        let now = Instant::now();
        let read = |text: &str| read(text.as_bytes(), now);
        let token = read(r#"{"token":"a","expires_in":300}"#).unwrap();
        assert_eq!(token.expires, now + Duration::from_secs(295));
        assert!(!format!("{token:?}").contains("Bearer"));
        let value = |text: &str| read(text).unwrap().value;
        assert_eq!(value(r#"{"access_token":"b"}"#), "Bearer b");
        assert_eq!(value(r#"{"token":"","access_token":"b"}"#), "Bearer b");
        assert!(read("{}").is_none());
        assert!(read(r#"{"token":"a\nb"}"#).is_none());
        assert!(read(r#"{"token":"a","expires_in":18446744073709551615}"#).is_some());
    }

    #[test]
    fn forms_are_encoded() {
        assert_eq!(
            form(&[("a", "x y&z"), ("b", "repository:a/b:pull")]),
            "a=x+y%26z&b=repository%3Aa%2Fb%3Apull"
        );
    }
}
