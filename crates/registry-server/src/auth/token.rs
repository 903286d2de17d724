//! Tokens: scopes and an end, sealed with a key that only this process has.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::passwords::random_key;
use super::scope::Scope;
use crate::serve_error::ServeError;

/// Makes tokens and reads them. A restart of the registry ends all of them: clients ask again.
pub(super) struct Tokens {
    key: hmac::Key,
    pub(super) lifetime: Duration,
}

#[derive(Serialize, Deserialize)]
struct Content {
    scopes: Vec<Scope>,
    /// Seconds since 1970.
    end: u64,
}

impl Tokens {
    pub(super) fn new(lifetime: Duration) -> Result<Self, ServeError> {
        let key = random_key()?;
        Ok(Self { key, lifetime })
    }

    /// A token for these scopes: its content, a dot, and the content's HMAC-SHA-256 (RFC 2104).
    pub(super) fn seal(&self, scopes: Vec<Scope>) -> Result<String, serde_json::Error> {
        let end = now().saturating_add(self.lifetime.as_secs());
        let content = serde_json::to_vec(&Content { scopes, end })?;
        let seal = hmac::sign(&self.key, &content);
        Ok(format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(&content),
            URL_SAFE_NO_PAD.encode(seal.as_ref())
        ))
    }

    /// The scopes of a token that is ours and has not ended.
    pub(super) fn open(&self, token: &str) -> Option<Vec<Scope>> {
        let (content, seal) = token.split_once('.')?;
        let content = URL_SAFE_NO_PAD.decode(content).ok()?;
        let seal = URL_SAFE_NO_PAD.decode(seal).ok()?;
        hmac::verify(&self.key, &content, &seal).ok()?;
        let content: Content = serde_json::from_slice(&content).ok()?;
        (now() < content.end).then_some(content.scopes)
    }
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(u64::MAX, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ones_own_token_opens_and_only_until_its_end() {
        let tokens = Tokens::new(Duration::from_secs(60)).unwrap();
        let scopes = vec![Scope::read("repository:a:pull").unwrap()];
        let token = tokens.seal(scopes.clone()).unwrap();
        assert_eq!(tokens.open(&token), Some(scopes.clone()));
        assert_eq!(
            Tokens::new(Duration::from_secs(60)).unwrap().open(&token),
            None
        );
        let (content, seal) = token.split_once('.').unwrap();
        let other = tokens.seal(vec![Scope::read("repository:a:*").unwrap()]);
        let other = other.unwrap().split_once('.').unwrap().0.to_owned();
        for forged in [
            format!("{other}.{seal}"),
            format!("{content}."),
            content.to_owned(),
            String::new(),
        ] {
            assert_eq!(tokens.open(&forged), None, "{forged}");
        }
        let ended = Tokens::new(Duration::ZERO).unwrap();
        let token = ended.seal(scopes).unwrap();
        assert_eq!(ended.open(&token), None);
    }
}
