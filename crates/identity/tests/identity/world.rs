//! A server's identities over records in memory, and tokens that would be accepted.

use liftlock_core::Time;
use liftlock_identity::{Caller, FirstAdministrator, Identities, IdentityConfig};
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use crate::issuer::Issuer;
use crate::memory::Memory;

pub(crate) const PUBLIC_URL: &str = "https://liftlock.example.com";
pub(crate) const CLIENT: &str = "liftlock";

/// An instant that tests count from.
pub(crate) fn at(seconds: i64) -> Time {
    Time::from_us((1_800_000_000 + seconds) * 1_000_000)
}

/// The same, as tokens say it.
pub(crate) fn epoch(seconds: i64) -> i64 {
    1_800_000_000 + seconds
}

pub(crate) struct World {
    pub(crate) identities: Identities<Memory>,
    pub(crate) records: Memory,
}

impl World {
    pub(crate) fn of(config: Value) -> Self {
        let config: IdentityConfig = serde_json::from_value(config).unwrap();
        let records = Memory::default();
        let identities = Identities::new(config, PUBLIC_URL, records.clone()).unwrap();
        Self {
            identities,
            records,
        }
    }

    /// With people of `issuer`.
    pub(crate) fn people(issuer: &Issuer) -> Self {
        Self::of(json!({ "people": { "issuer": issuer.url, "client_id": CLIENT } }))
    }

    /// With one rule for a repository of `issuer`.
    pub(crate) fn ci(issuer: &Issuer) -> Self {
        let claims = json!({ "repository_id": "74", "ref": "refs/heads/main" });
        Self::of(json!({ "ci": [
            {"name": "shop", "issuer": issuer.url, "audience": PUBLIC_URL, "claims": claims},
        ]}))
    }

    /// The first administrator: a token named root.
    pub(crate) async fn administrator(&self) -> (String, Caller) {
        let setup = self.identities.setup_token(at(0)).await.unwrap().unwrap();
        let first = FirstAdministrator::Token("root".parse().unwrap());
        let done = self
            .identities
            .redeem_setup(setup.expose(), first, at(0))
            .await
            .unwrap();
        let secret = done.token.unwrap().secret.expose().to_owned();
        let caller = self.by_bearer(&secret, at(1)).await.unwrap();
        (secret, caller)
    }

    pub(crate) async fn by_bearer(
        &self,
        secret: &str,
        now: Time,
    ) -> Result<Caller, liftlock_identity::Refused> {
        let headers = headers(&[("authorization", &format!("Bearer {secret}"))]);
        self.identities
            .authenticate(&headers, &Method::POST, now)
            .await
    }
}

pub(crate) fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        let name: HeaderName = name.parse().unwrap();
        headers.append(name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

/// A job's token that fits the rule of [`World::ci`].
pub(crate) fn job(issuer: &Issuer) -> Value {
    json!({
        "iss": issuer.url, "aud": PUBLIC_URL, "sub": "repo:acme/shop:ref:refs/heads/main",
        "repository_id": "74", "ref": "refs/heads/main", "jti": "job-1",
        "iat": epoch(0), "nbf": epoch(0), "exp": epoch(300),
    })
}

/// `claims` with one of them another; removed where it is null.
pub(crate) fn with(mut claims: Value, name: &str, value: Value) -> Value {
    let members = claims.as_object_mut().unwrap();
    match value {
        Value::Null => members.remove(name),
        value => members.insert(name.to_owned(), value),
    };
    claims
}
