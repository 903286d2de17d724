//! How many requests one host is asked at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::Url;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// How many requests are under way at once at first.
const LIMIT_FIRST: usize = 32;

/// The most requests under way at once, however well it goes.
const LIMIT_MAX: usize = 64;

/// The most hosts that are told apart: a registry, its token service, and where it redirects to.
const HOSTS_MAX: usize = 64;

/// The limiters of all hosts that one client speaks to.
#[derive(Debug, Default)]
pub(crate) struct Limiters(Mutex<HashMap<String, Arc<Limiter>>>);

impl Limiters {
    /// The limiter of the host at `url`.
    pub(crate) fn of(&self, url: &Url) -> Arc<Limiter> {
        let origin = url.origin().ascii_serialization();
        let mut hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if hosts.len() >= HOSTS_MAX && !hosts.contains_key(&origin) {
            // Requests under way keep theirs.
            hosts.clear();
        }
        Arc::clone(hosts.entry(origin).or_default())
    }
}

/// The requests under way to one host: one more each time that as many as are allowed went well,
/// half as many when the host says that it is too much (additive increase, multiplicative
/// decrease). A host that names a time is left alone until then, by all requests.
#[derive(Debug)]
pub(crate) struct Limiter {
    places: Semaphore,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    limit: usize,
    /// Places that are to go when they come back.
    surplus: usize,
    /// Answers since the limit last changed.
    went_well: usize,
    /// How often the limit was halved.
    halvings: u64,
    paused_until: Option<Instant>,
}

/// A place for one request, from before it is sent until its answer begins.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    limiter: &'a Limiter,
    permit: Option<SemaphorePermit<'a>>,
    halvings: u64,
}

impl Default for Limiter {
    fn default() -> Self {
        Self {
            places: Semaphore::new(LIMIT_FIRST),
            state: Mutex::new(State {
                limit: LIMIT_FIRST,
                surplus: 0,
                went_well: 0,
                halvings: 0,
                paused_until: None,
            }),
        }
    }
}

impl Limiter {
    /// Waits for a place, and until the host may be asked again.
    pub(crate) async fn enter(&self) -> Place<'_> {
        // The semaphore is never closed.
        let permit = self.places.acquire().await.ok();
        self.wait_out_pause().await;
        self.place(permit)
    }

    /// Waits until the host may be asked again. A streamed upload takes no place: it may wait for
    /// bytes of a download that needs one.
    pub(crate) async fn pass(&self) -> Place<'_> {
        self.wait_out_pause().await;
        self.place(None)
    }

    async fn wait_out_pause(&self) {
        loop {
            let until = self.state().paused_until;
            match until.filter(|until| *until > Instant::now()) {
                Some(until) => tokio::time::sleep_until(until).await,
                None => return,
            }
        }
    }

    fn place<'a>(&'a self, permit: Option<SemaphorePermit<'a>>) -> Place<'a> {
        Place {
            limiter: self,
            permit,
            halvings: self.state().halvings,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place<'_> {
    /// The host answered, and not that it is too much.
    pub(crate) fn went_well(self) {
        let mut state = self.limiter.state();
        state.went_well += 1;
        if state.went_well < state.limit || state.limit == LIMIT_MAX {
            return;
        }
        state.went_well = 0;
        state.limit += 1;
        if state.surplus > 0 {
            state.surplus -= 1;
        } else {
            self.limiter.places.add_permits(1);
        }
    }

    /// The host answered that it is too much, and where it said so, for how long.
    pub(crate) fn too_much(self, pause: Option<Duration>) {
        let mut state = self.limiter.state();
        if let Some(pause) = pause {
            state.paused_until = state.paused_until.max(Some(Instant::now() + pause));
        }
        // Requests that were sent before the last halving say nothing about what it changed.
        if self.halvings == state.halvings {
            let limit = (state.limit / 2).max(1);
            let surplus = state.limit - limit;
            state.surplus += surplus - self.limiter.places.forget_permits(surplus);
            state.limit = limit;
            state.halvings += 1;
            state.went_well = 0;
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let Some(permit) = self.permit.take() else {
            return;
        };
        let mut state = self.limiter.state();
        if state.surplus > 0 {
            state.surplus -= 1;
            permit.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many more requests may be sent now.
    fn free(limiter: &Limiter) -> usize {
        limiter.places.available_permits()
    }

    async fn enter(limiter: &Limiter, count: usize) -> Vec<Place<'_>> {
        let mut places = Vec::new();
        for _ in 0..count {
            places.push(limiter.enter().await);
        }
        places
    }

    #[tokio::test]
    async fn one_more_is_allowed_after_as_many_as_are_allowed_went_well() {
        let limiter = Limiter::default();
        for _ in 0..LIMIT_FIRST {
            limiter.enter().await.went_well();
        }
        assert_eq!(free(&limiter), LIMIT_FIRST + 1);
        for _ in 0..LIMIT_MAX * LIMIT_MAX {
            limiter.enter().await.went_well();
        }
        assert_eq!(free(&limiter), LIMIT_MAX);
    }

    #[tokio::test]
    async fn half_as_many_are_allowed_after_too_much_however_many_say_so() {
        let limiter = Limiter::default();
        for place in enter(&limiter, LIMIT_FIRST).await {
            place.too_much(None);
        }
        assert_eq!(free(&limiter), LIMIT_FIRST / 2);
        for place in enter(&limiter, 3).await {
            place.too_much(None);
        }
        assert_eq!(free(&limiter), LIMIT_FIRST / 4);
        for _ in 0..10 {
            limiter.enter().await.too_much(None);
        }
        assert_eq!(free(&limiter), 1);
        limiter.enter().await.went_well();
        assert_eq!(free(&limiter), 2);
    }

    #[tokio::test]
    async fn a_request_that_is_given_up_gives_its_place_back() {
        let limiter = Limiter::default();
        drop(enter(&limiter, LIMIT_FIRST).await);
        assert_eq!(free(&limiter), LIMIT_FIRST);
        drop(limiter.pass().await);
        assert_eq!(free(&limiter), LIMIT_FIRST);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_every_request_to_the_host() {
        let limiter = Limiter::default();
        let began = Instant::now();
        let pause = Duration::from_secs(7);
        limiter.enter().await.too_much(Some(pause));
        // A shorter one does not end it earlier.
        limiter.pass().await.too_much(Some(Duration::from_secs(1)));
        assert_eq!(began.elapsed(), pause);
        limiter.enter().await.went_well();
        assert_eq!(began.elapsed(), pause + Duration::from_secs(1));
    }

    #[test]
    fn hosts_are_told_apart_and_their_number_is_limited() {
        let limiters = Limiters::default();
        let of = |url: &str| limiters.of(&Url::parse(url).unwrap());
        let one = of("https://a.example.com/x");
        assert!(Arc::ptr_eq(&one, &of("https://a.example.com/y?z")));
        assert!(!Arc::ptr_eq(&one, &of("https://b.example.com/x")));
        for n in 0..2 * HOSTS_MAX {
            of(&format!("https://c{n}.example.com/"));
        }
        assert!(limiters.0.lock().unwrap().len() <= HOSTS_MAX);
    }
}
