//! Telling of each request what it came to.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, StatusCode};

/// One attempt at a request, once its answer began or it was given up.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// The registry as references name it, also where it sent the request elsewhere.
    pub host: &'a str,
    /// The method.
    pub method: &'a Method,
    /// The answer's status; nothing where there was no answer.
    pub status: Option<StatusCode>,
    /// How long it took until then.
    pub took: Duration,
}

type Told = dyn Fn(&Attempt<'_>) + Send + Sync;

/// Whom to tell of each attempt; by default nobody. It must not wait.
#[derive(Clone, Default)]
pub struct Telling(Option<Arc<Told>>);

impl Telling {
    /// Tells `told`.
    pub fn to(told: impl Fn(&Attempt<'_>) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(told)))
    }

    pub(super) fn tell(&self, attempt: &Attempt<'_>) {
        if let Some(told) = &self.0 {
            told(attempt);
        }
    }
}

impl fmt::Debug for Telling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Telling").field(&self.0.is_some()).finish()
    }
}
