//! A provider's keys, kept for a while: providers change them, and one that a token names may be
//! newer than what is kept.

use std::sync::{Arc, Mutex, PoisonError};

use jsonwebtoken::{Algorithm, DecodingKey};
use liftlock_core::{Span, Time};
use reqwest::Url;

use super::key_set::KeySet;
use super::{Fetcher, ProviderError};

/// After this long keys are fetched again, so that one which the provider took back stops to count.
pub const KEYS_LAST: Span = Span::from_secs(3600);
/// Until this long they go on counting where the provider does not answer.
const KEYS_LAST_AWAY: Span = Span::from_secs(6 * 3600);
/// A key that is not known makes us ask at most this often, whoever sends such tokens.
pub const REFETCH_PAUSE: Span = Span::from_secs(60);

/// Keys, and when they were had.
#[derive(Debug, Clone, Default)]
struct Kept {
    set: Arc<KeySet>,
    /// When they were fetched; never where they were not.
    fetched: Option<Time>,
    /// When they were last asked for, with or without success.
    asked: Option<Time>,
}

/// The keys of one provider.
#[derive(Debug, Default)]
pub(super) struct Keys {
    kept: Mutex<Kept>,
    /// One asks, and the others wait for its answer.
    asking: tokio::sync::Mutex<()>,
}

impl Keys {
    /// The key that a token names; fetched where it is not kept, or what is kept is old.
    ///
    /// # Errors
    /// [`ProviderError`] where there are no keys at all that may be used.
    pub(super) async fn find(
        &self,
        (fetcher, url): (&Fetcher, &Url),
        (kid, algorithm): (Option<&str>, Algorithm),
        now: Time,
    ) -> Result<Option<DecodingKey>, ProviderError> {
        let found = |kept: &Kept| kept.set.find(kid, algorithm).cloned();
        let kept = self.kept();
        let known = found(&kept).filter(|_| is_younger(kept.fetched, KEYS_LAST, now));
        if known.is_some() {
            return Ok(known);
        }
        let _one = self.asking.lock().await;
        let kept = self.kept();
        let known = found(&kept);
        let is_fresh = is_younger(kept.fetched, KEYS_LAST, now);
        let may_ask = !is_younger(kept.asked, REFETCH_PAUSE, now);
        if (known.is_some() && is_fresh) || !may_ask {
            return usable(&kept, known, url, now);
        }
        match self.fetch(fetcher, url, now).await {
            Ok(kept) => Ok(found(&kept)),
            Err(error) => match usable(&self.kept(), known, url, now) {
                Ok(Some(known)) => Ok(Some(known)),
                _ => Err(error),
            },
        }
    }

    async fn fetch(&self, fetcher: &Fetcher, url: &Url, now: Time) -> Result<Kept, ProviderError> {
        self.change(|kept| kept.asked = Some(now));
        let bytes = fetcher.get(url).await?;
        let set = KeySet::parse(&bytes).map_err(|source| ProviderError::Keys {
            url: url.to_string(),
            source,
        })?;
        self.change(|kept| {
            kept.set = Arc::new(set);
            kept.fetched = Some(now);
        });
        Ok(self.kept())
    }

    fn kept(&self) -> Kept {
        self.kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn change(&self, change: impl FnOnce(&mut Kept)) {
        change(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// What is kept, where it is not too old to be used while the provider is away.
fn usable(
    kept: &Kept,
    known: Option<DecodingKey>,
    url: &Url,
    now: Time,
) -> Result<Option<DecodingKey>, ProviderError> {
    if is_younger(kept.fetched, KEYS_LAST_AWAY, now) {
        return Ok(known);
    }
    let url = url.to_string();
    Err(ProviderError::Away { url })
}

fn is_younger(at: Option<Time>, than: Span, now: Time) -> bool {
    at.is_some_and(|at| now.since(at) < than)
}
