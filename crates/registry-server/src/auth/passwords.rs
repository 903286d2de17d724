//! Whether a password is right.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::{digest, hmac, rand};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::attempt::Attempt;
use super::htpasswd::Htpasswd;
use crate::serve_error::ServeError;

/// How many right pairs are remembered.
const REMEMBERED_MAX: usize = 1024;

/// How many passwords are verified at once: bcrypt is slow on purpose, and the other requests need
/// the processors too. More wait.
const AT_ONCE: usize = 2;

/// The hash that the password of an unknown user is verified against, so that the time of an
/// answer does not say who exists. It is of nothing that can be sent.
const NOBODY: &str = "$2y$05$bvIG6Nmid91Mu9RcmmWZfO5HJIMCT8riNW0hEp8f6/FuA2/mHZFpe";

/// Verifies passwords, and remembers which were right: by a keyed hash, since the passwords
/// themselves have no business in memory, and a bcrypt for each request would be too slow.
pub(super) struct Passwords {
    users: Arc<Htpasswd>,
    key: hmac::Key,
    right: Mutex<VecDeque<[u8; digest::SHA256_OUTPUT_LEN]>>,
    places: Semaphore,
}

impl Passwords {
    pub(super) fn new(users: Htpasswd) -> Result<Self, ServeError> {
        Ok(Self {
            users: Arc::new(users),
            key: random_key()?,
            right: Mutex::default(),
            places: Semaphore::new(AT_ONCE),
        })
    }

    /// Whether the user exists, and this is the password.
    pub(super) async fn verify(&self, attempt: &Attempt) -> bool {
        let pair = self.keyed_hash(attempt);
        if self.is_remembered(&pair) {
            return true;
        }
        let Ok(_place) = self.places.acquire().await else {
            return false;
        };
        let (users, attempt) = (Arc::clone(&self.users), attempt.clone());
        let verified = spawn_blocking(move || {
            let hash = users.hash(&attempt.user);
            let right = bcrypt::verify(&attempt.password, hash.unwrap_or(NOBODY));
            hash.is_some() && right.unwrap_or(false)
        });
        let right = verified.await.unwrap_or(false);
        if right {
            self.remember(pair);
        }
        right
    }

    fn keyed_hash(&self, attempt: &Attempt) -> [u8; digest::SHA256_OUTPUT_LEN] {
        let mut context = hmac::Context::with_key(&self.key);
        // The length tells where the user ends.
        context.update(&(attempt.user.len() as u64).to_be_bytes());
        context.update(attempt.user.as_bytes());
        context.update(attempt.password.as_bytes());
        let mut hash = [0; digest::SHA256_OUTPUT_LEN];
        hash.copy_from_slice(context.sign().as_ref());
        hash
    }

    /// Comparing keyed hashes tells nothing about the password, however long it takes.
    fn is_remembered(&self, pair: &[u8; digest::SHA256_OUTPUT_LEN]) -> bool {
        let right = self.right.lock().unwrap_or_else(PoisonError::into_inner);
        right.contains(pair)
    }

    fn remember(&self, pair: [u8; digest::SHA256_OUTPUT_LEN]) {
        let mut right = self.right.lock().unwrap_or_else(PoisonError::into_inner);
        if right.len() >= REMEMBERED_MAX {
            right.pop_front();
        }
        right.push_back(pair);
    }
}

/// A key that this process alone has.
pub(super) fn random_key() -> Result<hmac::Key, ServeError> {
    let mut key = [0; digest::SHA256_OUTPUT_LEN];
    rand::fill(&mut key).map_err(|_| ServeError::Random)?;
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &key))
}
