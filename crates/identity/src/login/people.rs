//! The provider of people, as it is configured, and what its tokens say about somebody.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;

use liftlock_core::policy::SecretFrom;
use serde_json::Value;
use zeroize::Zeroizing;

use super::LoginError;
use crate::Claims;
use crate::config::{ConfigError, PeopleConfig};
use crate::oidc::{Fetcher, Provider};
use crate::session::Person;

/// The most groups of a person.
const GROUPS_MAX: usize = 500;
/// The longest name of a group, in bytes. A record holds all of them.
const GROUPS_BYTES_MAX: usize = 24 * 1024;
/// The longest name to show, in characters.
const NAME_MAX: usize = 100;
/// The longest client's secret, in bytes.
const SECRET_BYTES_MAX: u64 = 4096;

/// The provider of people.
pub(crate) struct People {
    pub(super) provider: Provider,
    pub(super) client_id: String,
    pub(super) client_secret: Option<Zeroizing<String>>,
    /// What is asked for, `openid` first.
    pub(super) scope: String,
    groups_claim: String,
    name_claim: String,
}

impl People {
    /// Reads the client's secret; asks nothing of the provider yet.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub(crate) fn new(config: PeopleConfig, fetcher: Fetcher) -> Result<Self, ConfigError> {
        let scopes = config.scopes.unwrap_or_else(|| vec!["profile".to_owned()]);
        let rest = scopes.into_iter().filter(|scope| scope != "openid");
        let all: Vec<String> = std::iter::once("openid".to_owned()).chain(rest).collect();
        crate::config::short("people.client_id", &config.client_id)?;
        let scope = all.join(" ");
        crate::config::short("people.scopes", &scope)?;
        let claim = |given: Option<String>, else_: &str| given.unwrap_or_else(|| else_.to_owned());
        Ok(Self {
            provider: Provider::new(&config.issuer, fetcher)?,
            client_id: config.client_id,
            client_secret: config.client_secret.as_ref().map(read).transpose()?,
            scope,
            groups_claim: claim(config.groups_claim, "groups"),
            name_claim: claim(config.name_claim, "name"),
        })
    }

    /// Who a checked ID token is about.
    pub(super) fn person(&self, claims: &Claims) -> Result<Person, LoginError> {
        Ok(Person {
            identity: claims.person()?,
            name: claims.text(&self.name_claim).and_then(shown),
            groups: groups(claims.value(&self.groups_claim))?,
        })
    }
}

/// A name without what would move a terminal's cursor or turn its text around.
fn shown(name: &str) -> Option<String> {
    let is_plain = |c: &char| {
        !c.is_control()
            && !matches!(*c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let name: String = name.chars().filter(is_plain).take(NAME_MAX).collect();
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// The groups: a list of texts, or one text. No claim is no group.
fn groups(claim: Option<&Value>) -> Result<BTreeSet<String>, LoginError> {
    let refused = |why: &str| Err(LoginError::Groups(why.to_owned()));
    let list = match claim {
        None | Some(Value::Null) => return Ok(BTreeSet::new()),
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(list)) => {
            let texts: Option<Vec<&str>> = list.iter().map(Value::as_str).collect();
            match texts {
                Some(texts) => texts,
                None => return refused("one is no text"),
            }
        }
        Some(_) => return refused("the claim is no list of texts"),
    };
    if list.len() > GROUPS_MAX {
        let found = list.len();
        return refused(&format!("{found} of them, at most {GROUPS_MAX} are kept"));
    }
    if list.iter().map(|group| group.len()).sum::<usize>() > GROUPS_BYTES_MAX {
        return refused("their names are too long together");
    }
    if list
        .iter()
        .any(|g| g.is_empty() || g.chars().any(char::is_control))
    {
        return refused("one is empty, or has control characters in it");
    }
    Ok(list.into_iter().map(str::to_owned).collect())
}

fn read(from: &SecretFrom) -> Result<Zeroizing<String>, ConfigError> {
    let text = match from {
        SecretFrom::Env(name) => Zeroizing::new(
            std::env::var(name)
                .map_err(|_| ConfigError::Secret(format!("the variable {name} is not set")))?,
        ),
        SecretFrom::File(path) => {
            let unreadable = |e: std::io::Error| ConfigError::Secret(format!("{path}: {e}"));
            let mut text = Zeroizing::new(String::new());
            let file = File::open(path).map_err(unreadable)?;
            file.take(SECRET_BYTES_MAX)
                .read_to_string(&mut text)
                .map_err(unreadable)?;
            text
        }
    };
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(ConfigError::Secret("it is empty".to_owned()));
    }
    Ok(Zeroizing::new(trimmed.to_owned()))
}

impl std::fmt::Debug for People {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "People({})", self.provider.issuer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_shown_plainly() {
        assert_eq!(shown("Jo\u{202e}hn\u{1b}[31m").as_deref(), Some("John[31m"));
        assert_eq!(shown(" \n"), None);
        assert_eq!(
            shown(&"x".repeat(500)).map(|name| name.len()),
            Some(NAME_MAX)
        );
    }

    #[test]
    fn groups_are_all_kept_or_the_login_is_refused() {
        let of = |value| groups(Some(&value)).map(|groups| groups.len()).ok();
        assert_eq!(of(json!(["a", "b", "a"])), Some(2));
        assert_eq!(of(json!("a")), Some(1));
        assert_eq!(of(json!(null)), Some(0));
        assert_eq!(groups(None).unwrap().len(), 0);
        let many: Vec<String> = (0..=GROUPS_MAX).map(|n| n.to_string()).collect();
        for bad in [
            json!(["a", 1]),
            json!({"a": 1}),
            json!([""]),
            json!(["a\n"]),
            json!(many),
        ] {
            assert_eq!(of(bad.clone()), None, "{bad}");
        }
        assert_eq!(of(json!(["x".repeat(GROUPS_BYTES_MAX + 1)])), None);
    }
}
