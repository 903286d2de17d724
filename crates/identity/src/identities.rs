//! The entrance: what is configured, and where records are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use liftlock_core::{Identity, Span, Time};
use reqwest::Url;

use crate::config::{CiRule, ConfigError, IdentityConfig, SessionLimits};
use crate::oidc::{Fetcher, Provider, checked_url};
use crate::records::{RecordKind, Records, RecordsError};
use crate::{CookieNames, login::People};

/// How long a token is still listed after it expired.
const TOKENS_LISTED: Span = Span::from_secs(30 * 86_400);
/// How long other records are kept after they expired, so that clocks of replicas may differ.
const KEPT: Span = Span::from_secs(3600);

/// Who is asking, for one server. Replicas share the records alone.
#[derive(Debug)]
pub struct Identities<R> {
    pub(crate) records: R,
    pub(crate) people: Option<People>,
    pub(crate) rules: Vec<CiRule>,
    /// The issuers of CI's tokens.
    pub(crate) issuers: BTreeMap<String, Arc<Provider>>,
    pub(crate) administrators: BTreeSet<Identity>,
    pub(crate) sessions: SessionLimits,
    pub(crate) public_url: Url,
    pub(crate) cookies: CookieNames,
}

impl<R: Records> Identities<R> {
    /// Checks the configuration. Nothing is asked of any issuer yet: one that cannot be reached now
    /// may be when it is needed.
    ///
    /// `public_url` is where people and CI reach the server: https, or plain http on this machine.
    ///
    /// # Errors
    /// [`ConfigError`], the first that is found.
    pub fn new(config: IdentityConfig, public_url: &str, records: R) -> Result<Self, ConfigError> {
        let public_url = checked_url("the server's public URL", public_url)?;
        let sessions = config.sessions.checked()?;
        let rules = crate::config::checked_rules(config.ci)?;
        let administrators = crate::config::checked_administrators(config.administrators, &rules)?;
        let fetcher = Fetcher::new()?;
        let mut issuers = BTreeMap::new();
        for rule in &rules {
            if !issuers.contains_key(&rule.issuer) {
                let issuer = Provider::new(&rule.issuer, fetcher.clone())?;
                issuers.insert(rule.issuer.clone(), Arc::new(issuer));
            }
        }
        let people = config.people.map(|people| People::new(people, fetcher));
        Ok(Self {
            records,
            people: people.transpose()?,
            rules,
            issuers,
            administrators,
            sessions,
            cookies: CookieNames::new(public_url.scheme() == "https"),
            public_url,
        })
    }

    /// What this server's cookies are called.
    pub fn cookies(&self) -> CookieNames {
        self.cookies
    }

    /// Whether people can log in here.
    pub fn people_log_in(&self) -> bool {
        self.people.is_some()
    }

    /// Forgets what expired; to be called now and then. Gives how many records.
    ///
    /// # Errors
    /// [`RecordsError`].
    pub async fn prune(&self, now: Time) -> Result<u64, RecordsError> {
        let mut forgotten = 0;
        for kind in RecordKind::ALL {
            let kept = match kind {
                RecordKind::Token => TOKENS_LISTED,
                _ => KEPT,
            };
            forgotten += self.records.prune(kind, now - kept).await?;
        }
        Ok(forgotten)
    }
}
