//! One request for a token at a time, for each set of scopes.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use liftlock_engine::ports::RegistryError;
use tokio::sync::MutexGuard;

use super::scope::Scope;

/// The most sets of scopes that are told apart.
const FLIGHTS_MAX: usize = 256;

/// The requests for tokens that are under way.
#[derive(Debug, Default)]
pub(super) struct Flights(Mutex<HashMap<Scope, Arc<Flight>>>);

/// The requests for one set of scopes.
#[derive(Debug, Default)]
pub(super) struct Flight {
    /// How many were answered.
    landings: AtomicU64,
    turn: tokio::sync::Mutex<Option<Refused>>,
}

/// The right to ask, and what came of the last time.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    landings: &'a AtomicU64,
    last: MutexGuard<'a, Option<Refused>>,
}

#[derive(Debug)]
struct Refused {
    registry: String,
    what: String,
    message: String,
}

impl Flights {
    pub(super) fn of(&self, scope: &Scope) -> Arc<Flight> {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if flights.len() >= FLIGHTS_MAX {
            flights.retain(|_, flight| Arc::strong_count(flight) > 1);
        }
        Arc::clone(flights.entry(scope.clone()).or_default())
    }
}

impl Flight {
    pub(super) fn landings(&self) -> u64 {
        self.landings.load(Ordering::SeqCst)
    }

    /// Waits for whoever asks now.
    pub(super) async fn turn(&self) -> Turn<'_> {
        Turn {
            landings: &self.landings,
            last: self.turn.lock().await,
        }
    }
}

impl Turn<'_> {
    /// Takes note of an answer. A refusal is one for all who waited: the same password, refused
    /// once for each of them, would lock its account.
    pub(super) fn land(&mut self, error: Option<&RegistryError>) {
        *self.last = match error {
            Some(RegistryError::Denied {
                registry,
                what,
                message,
            }) => Some(Refused {
                registry: registry.clone(),
                what: what.clone(),
                message: message.clone(),
            }),
            _ => None,
        };
        self.landings.fetch_add(1, Ordering::SeqCst);
    }

    /// The refusal that the last answer was.
    pub(super) fn refusal(&self) -> Option<RegistryError> {
        let refused = self.last.as_ref()?;
        Some(RegistryError::Denied {
            registry: refused.registry.clone(),
            what: refused.what.clone(),
            message: refused.message.clone(),
        })
    }
}
