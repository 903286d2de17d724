//! A login with a browser on another screen (RFC 8628).

use liftlock_core::{Span, Time};
use serde::Deserialize;

use super::answer::{Answered, parse, person, read, send};
use super::code::{LoginValue, lacks};
use super::{LoggedIn, LoginError};
use crate::records::{RecordKind, Records};
use crate::secret::hash;
use crate::{Identities, Secret, SecretKind, SessionUse};

/// The longest that such a login may take, whatever the provider says.
pub const DEVICE_LASTS_MAX: Span = Span::from_secs(1800);
/// How long is waited between two questions where the provider says nothing (section 3.2).
const INTERVAL_S: i64 = 5;
/// The longest that is waited.
const INTERVAL_S_MAX: i64 = 60;
/// The longest texts of an answer, in bytes.
const TEXT_BYTES_MAX: usize = 2048;
/// The grant of RFC 8628, section 3.4.
const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A login that was begun.
#[derive(Debug, Clone)]
pub struct StartedDevice {
    /// What the person types.
    pub user_code: String,
    /// Where.
    pub verification_uri: String,
    /// The same with the code in it, where the provider has that.
    pub verification_uri_complete: Option<String>,
    /// What the program asks with, together with `device_code`.
    pub login: Secret,
    /// The provider's word for this login. The program holds it, and the server a hash.
    pub device_code: String,
    /// Seconds between two questions.
    pub interval_s: i64,
    /// Until when.
    pub expires: Time,
}

/// What became of a login.
#[derive(Debug)]
pub enum DevicePoll {
    /// Nothing yet; ask again after so many seconds.
    Pending {
        /// Seconds.
        interval_s: i64,
    },
    /// The person has logged in.
    Done(LoggedIn),
}

#[derive(Deserialize)]
struct Answer {
    device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: Option<String>,
    expires_in: i64,
    interval: Option<i64>,
}

impl<R: Records> Identities<R> {
    /// Begins a login on another screen.
    ///
    /// # Errors
    /// [`LoginError`]; `Provider` with what it lacks where the provider has no such logins.
    pub async fn start_device(&self, now: Time) -> Result<StartedDevice, LoginError> {
        let people = self.people()?;
        let metadata = people.provider.metadata(now).await?;
        let what = "device_authorization_endpoint";
        let url = metadata
            .device
            .as_ref()
            .ok_or_else(|| lacks(people, what))?;
        let fetched = send(people, (&metadata, url), &[("scope", &people.scope)]).await?;
        if fetched.status != 200 {
            return match read(&fetched)? {
                Answered::Problem(_, shown) => Err(LoginError::Refused(shown)),
                Answered::IdToken(_) => Err(LoginError::Unknown),
            };
        }
        let answer: Answer = parse(&fetched.body)?;
        check(&answer)?;
        let interval_s = answer
            .interval
            .unwrap_or(INTERVAL_S)
            .clamp(1, INTERVAL_S_MAX);
        let lasts = Span::from_secs(answer.expires_in).min(DEVICE_LASTS_MAX);
        let login = Secret::generate(SecretKind::Login)?;
        let device_code = hash(&[&answer.device_code]);
        let value = LoginValue::Device {
            device_code,
            interval_s,
        };
        let expires = now + lasts;
        self.keep_login(&login, &value, (now, expires)).await?;
        Ok(StartedDevice {
            user_code: answer.user_code,
            verification_uri: answer.verification_uri,
            verification_uri_complete: answer.verification_uri_complete,
            login,
            device_code: answer.device_code,
            interval_s,
            expires,
        })
    }

    /// Asks the provider once what became of a login. The program waits between two questions.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn poll_device(
        &self,
        login: &str,
        device_code: &str,
        now: Time,
    ) -> Result<DevicePoll, LoginError> {
        let people = self.people()?;
        let (login, value) = self.kept_login(login, now).await?;
        let LoginValue::Device {
            device_code: kept,
            interval_s,
        } = value
        else {
            return Err(LoginError::Unknown);
        };
        if hash(&[device_code]) != kept {
            return Err(LoginError::Unknown);
        }
        if !self.may_ask(&login, interval_s, now).await? {
            return Ok(DevicePoll::Pending { interval_s });
        }
        let metadata = people.provider.metadata(now).await?;
        let url = metadata
            .token
            .as_ref()
            .ok_or_else(|| lacks(people, "token_endpoint"))?;
        let form = [("grant_type", GRANT), ("device_code", device_code)];
        let answer = send(people, (&metadata, url), &form).await?;
        let id_token = match read(&answer)? {
            Answered::IdToken(token) => token,
            Answered::Problem(code, shown) => match code.as_str() {
                "authorization_pending" => return Ok(DevicePoll::Pending { interval_s }),
                "slow_down" => {
                    let interval_s = interval_s + INTERVAL_S;
                    return Ok(DevicePoll::Pending { interval_s });
                }
                _ => {
                    self.records
                        .end(RecordKind::Login, &login.hash(), now)
                        .await?;
                    return Err(LoginError::Refused(shown));
                }
            },
        };
        if !self
            .records
            .end(RecordKind::Login, &login.hash(), now)
            .await?
        {
            return Err(LoginError::Unknown);
        }
        let person = person(people, &id_token, None, now).await?;
        let done = self.logged_in(person, SessionUse::CommandLine, now).await?;
        Ok(DevicePoll::Done(done))
    }

    /// Whether the provider may be asked again: a program that does not wait has no provider ask
    /// us to slow down.
    async fn may_ask(
        &self,
        login: &Secret,
        interval_s: i64,
        now: Time,
    ) -> Result<bool, LoginError> {
        let kind = RecordKind::Login;
        let record = self.records.get(kind, &login.hash()).await?;
        let pause = Span::from_secs(interval_s - 1);
        if record
            .and_then(|record| record.used)
            .is_some_and(|at| now.since(at) < pause)
        {
            return Ok(false);
        }
        self.records.touch(kind, &login.hash(), now).await?;
        Ok(true)
    }
}

/// What is shown to a person must be that: one line, and an address to go to.
fn check(answer: &Answer) -> Result<(), LoginError> {
    let complete = answer.verification_uri_complete.as_deref();
    let texts = [
        &answer.user_code,
        &answer.verification_uri,
        &answer.device_code,
    ];
    let texts = texts.into_iter().map(String::as_str).chain(complete);
    for text in texts {
        if text.is_empty() || text.len() > TEXT_BYTES_MAX || text.chars().any(char::is_control) {
            return Err(LoginError::Answer(
                "a text in it is empty, too long, or not plain".into(),
            ));
        }
    }
    let is_web = |text: &str| text.starts_with("https://") || text.starts_with("http://");
    if !is_web(&answer.verification_uri) || !complete.is_none_or(is_web) {
        return Err(LoginError::Answer(
            "it sends people to something else than a page".into(),
        ));
    }
    Ok(())
}
