//! One issuer: found, asked, and its tokens checked.

use std::sync::{Arc, Mutex, PoisonError};

use liftlock_core::{Span, Time};
use reqwest::Url;

use super::jwt::Jwt;
use super::keys::Keys;
use super::{
    Claims, FetchError, Fetcher, KeySetError, Metadata, TokenRefused, Wanted, checked_url,
};
use crate::ConfigError;

/// What a provider says of itself is asked for again after this long.
const METADATA_LASTS: Span = Span::from_secs(3600);

/// Why a provider cannot be used now.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// It does not answer as it must.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// What it says of itself cannot be read.
    #[error("what the issuer {issuer} says of itself cannot be read")]
    Metadata {
        /// The issuer.
        issuer: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// It calls itself something else.
    #[error(
        "the issuer {issuer} calls itself {says:?}; the configuration must have the name that is in its tokens"
    )]
    OtherIssuer {
        /// As it is configured.
        issuer: String,
        /// As it says.
        says: String,
    },
    /// It sends us where nothing is safe.
    #[error("the issuer {issuer} names {url:?}, which is not https")]
    Endpoint {
        /// The issuer.
        issuer: String,
        /// What it names.
        url: String,
    },
    /// It has no endpoint for what is to be done.
    #[error("the issuer {issuer} has no {what}")]
    Lacks {
        /// The issuer.
        issuer: String,
        /// What it lacks.
        what: &'static str,
    },
    /// Its keys cannot be read.
    #[error("{url}")]
    Keys {
        /// Where they are.
        url: String,
        /// Why.
        #[source]
        source: KeySetError,
    },
    /// It did not answer a moment ago, and is not asked again so soon.
    #[error("{url} did not answer with keys a moment ago; try again in a minute")]
    Away {
        /// Where the keys are.
        url: String,
    },
}

/// One configured issuer.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) issuer: String,
    base: Url,
    pub(crate) fetcher: Fetcher,
    metadata: Mutex<Option<(Time, Arc<Metadata>)>>,
    finding: tokio::sync::Mutex<()>,
    keys: Keys,
}

impl Provider {
    /// Nothing is asked yet.
    ///
    /// # Errors
    /// [`ConfigError::Url`] where the issuer is no URL, or not safe.
    pub(crate) fn new(issuer: &str, fetcher: Fetcher) -> Result<Self, ConfigError> {
        let base = checked_url("the issuer", issuer)?;
        Ok(Self {
            issuer: issuer.to_owned(),
            base,
            fetcher,
            metadata: Mutex::default(),
            finding: tokio::sync::Mutex::default(),
            keys: Keys::default(),
        })
    }

    /// What the provider says of itself; asked for now and then.
    ///
    /// # Errors
    /// [`ProviderError`].
    pub(crate) async fn metadata(&self, now: Time) -> Result<Arc<Metadata>, ProviderError> {
        if let Some(known) = self.known(now) {
            return Ok(known);
        }
        let _one = self.finding.lock().await;
        if let Some(known) = self.known(now) {
            return Ok(known);
        }
        let bytes = self.fetcher.get(&self.place()).await?;
        let metadata = Arc::new(Metadata::parse((&self.issuer, &self.base), &bytes)?);
        let mut kept = self.metadata.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some((now, Arc::clone(&metadata)));
        Ok(metadata)
    }

    fn known(&self, now: Time) -> Option<Arc<Metadata>> {
        let kept = self.metadata.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, metadata) = kept.as_ref()?;
        (now.since(*at) < METADATA_LASTS).then(|| Arc::clone(metadata))
    }

    /// Discovery 1.0, section 4: beneath the issuer, whose path is kept.
    fn place(&self) -> Url {
        let path = self.base.path().trim_end_matches('/');
        let path = format!("{path}/.well-known/openid-configuration");
        let mut url = self.base.clone();
        url.set_path(&path);
        url
    }

    /// What a token says, after its signature was checked with a key of this issuer, and that it
    /// is meant for us and for now.
    ///
    /// # Errors
    /// [`TokenRefused`].
    pub(crate) async fn check(
        &self,
        token: &str,
        wanted: &Wanted<'_>,
        now: Time,
    ) -> Result<Claims, TokenRefused> {
        let jwt = Jwt::parse(token)?;
        let metadata = self.metadata(now).await?;
        let named = (jwt.kid.as_deref(), jwt.algorithm);
        let source = (&self.fetcher, &metadata.keys);
        let key = self.keys.find(source, named, now).await?;
        let key = key.ok_or_else(|| TokenRefused::NoKey {
            issuer: self.issuer.clone(),
        })?;
        let claims = jwt.checked(&key)?;
        Ok(Claims::check(claims, &self.issuer, wanted, now)?)
    }
}
