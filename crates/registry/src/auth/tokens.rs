//! Tokens, while they last.

use reqwest::header::HeaderValue;
use tokio::time::Instant;

use super::scope::Scope;
use super::token::Token;

/// The most tokens kept for one registry, and the most scopes that are expected.
const TOKENS_MAX: usize = 256;

/// What a token is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// A request that is sent at once.
    Request,
    /// An upload that may take long: some registries look at the token again at its end.
    Upload,
}

/// The tokens of one registry.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    kept: Vec<(Scope, Token)>,
    /// Scopes that will be needed together: one token for all of them saves the others.
    expected: Vec<Scope>,
}

impl Tokens {
    /// A token for `scope`, if there is one with enough of its life left.
    pub(super) fn find(&mut self, scope: &Scope, need: Need, now: Instant) -> Option<HeaderValue> {
        self.kept.retain(|(_, token)| now < token.expires);
        let mut covering = self.kept.iter().filter(|(have, _)| have.covers(scope));
        let found = covering.find(|(_, token)| match need {
            Need::Request => true,
            Need::Upload => now < token.asked + (token.expires - token.asked) / 2,
        });
        found.map(|(_, token)| token.value.clone())
    }

    pub(super) fn keep(&mut self, scope: &Scope, token: Token) {
        if self.kept.len() >= TOKENS_MAX {
            self.kept.remove(0);
        }
        // The new one lasts longest.
        self.kept.insert(0, (scope.clone(), token));
    }

    /// Drops the token that a refused request carried: another may have been fetched since.
    pub(super) fn refuse(&mut self, sent: &HeaderValue) {
        self.kept.retain(|(_, token)| token.value != sent);
    }

    /// Says that `scope` will be needed as a whole.
    pub(super) fn expect(&mut self, scope: Scope) {
        if self.expected.len() < TOKENS_MAX && !self.expected.contains(&scope) {
            self.expected.push(scope);
        }
    }

    /// Says that `scope` is not to be had as a whole.
    pub(super) fn expect_no_more(&mut self, scope: &Scope) {
        self.expected.retain(|expected| expected != scope);
    }

    /// What is asked for where `scope` is needed, if that is more.
    pub(super) fn wider(&self, scope: &Scope) -> Option<Scope> {
        let wider = |have: &&Scope| have.covers(scope) && *have != scope;
        self.expected.iter().find(wider).cloned()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use liftlock_oci::Repository;

    use super::*;
    use crate::auth::scope::Access;

    fn scope(path: &str, access: Access) -> Scope {
        let repository: Repository = format!("r.example.com/{path}").parse().unwrap();
        Scope::new(&repository, access)
    }

    fn token(text: &'static str, asked: Instant, life: u64) -> Token {
        Token {
            value: HeaderValue::from_static(text),
            asked,
            expires: asked + Duration::from_secs(life),
        }
    }

    #[test]
    fn a_token_serves_requests_to_its_end_and_uploads_for_half_as_long() {
        let now = Instant::now();
        let push = scope("a", Access::Push);
        let mut tokens = Tokens::default();
        tokens.keep(&push, token("Bearer x", now, 60));
        let mut find = |need, after| {
            let now = now + Duration::from_secs(after);
            tokens.find(&push, need, now).is_some()
        };
        assert!(find(Need::Upload, 29) && !find(Need::Upload, 30));
        assert!(find(Need::Request, 59) && !find(Need::Request, 60));
        assert!(!find(Need::Request, 0), "it is gone");
    }

    #[test]
    fn a_newer_token_is_found_first_and_a_refused_one_not_again() {
        let now = Instant::now();
        let push = scope("a", Access::Push);
        let mut tokens = Tokens::default();
        tokens.keep(&push, token("Bearer old", now, 60));
        tokens.keep(&push, token("Bearer new", now, 90));
        let pull = scope("a", Access::Pull);
        let found = tokens.find(&pull, Need::Request, now).unwrap();
        assert_eq!(found, "Bearer new");
        tokens.refuse(&found);
        let found = tokens.find(&pull, Need::Request, now).unwrap();
        assert_eq!(found, "Bearer old");
        let other = scope("b", Access::Pull);
        assert_eq!(tokens.find(&other, Need::Request, now), None);
    }

    #[test]
    fn what_is_expected_is_asked_for_as_a_whole_until_it_is_refused() {
        let mut tokens = Tokens::default();
        let (pull, push) = (scope("a", Access::Pull), scope("a", Access::Push));
        tokens.expect(push.clone());
        assert_eq!(tokens.wider(&pull), Some(push.clone()));
        assert_eq!(tokens.wider(&push), None);
        tokens.expect_no_more(&push);
        assert_eq!(tokens.wider(&pull), None);
    }
}
