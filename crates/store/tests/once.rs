//! Requests that are carried out once, alike on both databases.
#![allow(
    clippy::unwrap_used,
    reason = "what runs on both databases is a function that tests call"
)]

mod common;

use std::collections::HashMap;
use std::sync::Arc;

use common::{Place, entry, on_both};
use liftlock_engine::ports::{AppendError, Store};
use liftlock_oci::Digest;
use liftlock_store::{
    Begun, DatabaseStore, OpenMode, OpenRequest, REQUEST_ANSWER_BYTES_MAX, REQUEST_KEY_BYTES_MAX,
    REQUESTS_KEPT_MAX, RequestKey,
};
use proptest::prelude::*;

fn key(owner: &str, key: &str) -> RequestKey {
    RequestKey {
        owner: owner.to_owned(),
        key: key.to_owned(),
    }
}

fn digest(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

async fn asked(store: &DatabaseStore, (owner, name): (&str, &str), body: &str) -> Begun {
    let key = key(owner, name);
    store.begin_request(&key, &digest(body)).await.unwrap()
}

async fn begin(store: &DatabaseStore, owner: &str, name: &str) -> Begun {
    asked(store, (owner, name), "body").await
}

async fn here(store: &DatabaseStore, owner: &str, name: &str) -> Arc<OpenRequest> {
    match begin(store, owner, name).await {
        Begun::Here(open) => open,
        other => panic!("{other:?}"),
    }
}

/// Appends an entry as part of a request.
async fn append(store: &DatabaseStore, by: &Arc<OpenRequest>) -> Result<(), AppendError> {
    let store = store.for_request(by);
    let version = store.load("shop", 0).await.unwrap().len() as u64;
    let appended = store.append("shop", version, &[entry("done")], None).await;
    appended.map(drop)
}

/// As if whoever carries requests out had not been heard of for long.
async fn gone(place: &Place) {
    let gone = "UPDATE kept_requests SET renewed = renewed - 60000000";
    place.say(gone).await.unwrap();
}

async fn a_request_is_carried_out_by_one_and_answered_alike(place: Place) {
    let store = place.create().await;
    let open = here(&store, "token:ci", "k").await;
    let again = begin(&store, "token:ci", "k").await;
    assert!(matches!(again, Begun::AtWork), "{again:?}");
    let other = asked(&store, ("token:ci", "k"), "other").await;
    assert!(matches!(other, Begun::Other), "{other:?}");
    here(&store, "oidc:ada", "k").await;
    append(&store, &open).await.unwrap();
    append(&store, &open).await.unwrap();
    assert!(store.renew_request(&open).await.unwrap());
    assert!(store.answer_request(&open, "{\"a\":\"é\"}").await.unwrap());
    gone(&place).await;
    for _ in 0..2 {
        match begin(&store, "token:ci", "k").await {
            Begun::Answered(answer) => assert_eq!(answer, "{\"a\":\"é\"}"),
            other => panic!("{other:?}"),
        }
    }
    let other = asked(&store, ("token:ci", "k"), "other").await;
    assert!(matches!(other, Begun::Other), "{other:?}");
}

async fn what_recorded_nothing_is_carried_out_anew(place: Place) {
    let store = place.create().await;
    let open = here(&store, "o", "k").await;
    assert!(store.forget_request(&open).await.unwrap());
    let open = here(&store, "o", "k").await;
    gone(&place).await;
    // Whoever carried it out is gone, and so nobody will ever record anything of it.
    let next = here(&store, "o", "k").await;
    let fenced = append(&store, &open).await.unwrap_err();
    assert!(matches!(fenced, AppendError::Fenced { .. }), "{fenced:?}");
    assert_eq!(store.ledger_head().await.unwrap().size, 0);
    assert!(!store.renew_request(&open).await.unwrap());
    assert!(!store.answer_request(&open, "late").await.unwrap());
    assert!(!store.forget_request(&open).await.unwrap());
    append(&store, &next).await.unwrap();
    assert!(store.answer_request(&next, "done").await.unwrap());
}

async fn what_recorded_something_is_left(place: Place) {
    let store = place.create().await;
    common::push(&store, "shop", "before").await;
    let open = here(&store, "o", "k").await;
    append(&store, &open).await.unwrap();
    append(&store, &open).await.unwrap();
    // An error after something was recorded: nobody carries it out any more.
    assert!(!store.forget_request(&open).await.unwrap());
    let Begun::Left(left) = begin(&store, "o", "k").await else {
        panic!("it was recorded");
    };
    assert_eq!(left.recorded, 1);
    let next = store.take_over_request(&left).await.unwrap().unwrap();
    assert!(store.take_over_request(&left).await.unwrap().is_none());
    let again = begin(&store, "o", "k").await;
    assert!(matches!(again, Begun::AtWork), "{again:?}");
    append(&store, &next).await.unwrap();
    gone(&place).await;
    let Begun::Left(left) = begin(&store, "o", "k").await else {
        panic!("it was recorded");
    };
    assert_eq!(left.recorded, 1);
}

async fn of_several_that_begin_one_carries_it_out(place: Place) {
    let store = place.create().await;
    let other = place.open(OpenMode::Existing).await;
    for round in 0..8 {
        let begins = (0..8).map(|n| {
            let store = [&store, &other][n % 2].clone();
            tokio::spawn(async move { begin(&store, "o", &format!("k{round}")).await })
        });
        let begins: Vec<_> = begins.collect();
        let mut count = 0;
        for begun in begins {
            match begun.await.unwrap() {
                Begun::Here(_) => count += 1,
                Begun::AtWork => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(count, 1);
    }
}

async fn keys_and_answers_have_limits(place: Place) {
    let store = place.create().await;
    for length in [0, REQUEST_KEY_BYTES_MAX + 1] {
        let long = key("o", &"x".repeat(length));
        assert!(store.begin_request(&long, &digest("")).await.is_err());
    }
    let open = here(&store, "o", &"x".repeat(REQUEST_KEY_BYTES_MAX)).await;
    for length in [0, REQUEST_ANSWER_BYTES_MAX + 1] {
        let long = "x".repeat(length);
        assert!(store.answer_request(&open, &long).await.is_err());
    }
    let most = "x".repeat(REQUEST_ANSWER_BYTES_MAX);
    assert!(store.answer_request(&open, &most).await.unwrap());
}

async fn the_oldest_make_room_and_what_is_at_work_does_not(place: Place) {
    let store = place.create().await;
    let fill = |answer: &str| {
        let values: Vec<String> = (0..REQUESTS_KEPT_MAX)
            .map(|n| format!("('o', 'k{n}', 'd', 'h', {n}, 0, -1, '{answer}')"))
            .collect();
        format!(
            "DELETE FROM kept_requests; INSERT INTO kept_requests
             (owner, id, digest, holder, begun, renewed, recorded, answer) VALUES {}",
            values.join(", ")
        )
    };
    place.say(&fill("")).await.unwrap();
    let full = begin(&store, "o", "new").await;
    assert!(matches!(full, Begun::TooMany), "{full:?}");
    here(&store, "p", "new").await;
    place.say(&fill("a")).await.unwrap();
    here(&store, "o", "new").await;
    // The tenth that was begun first had to go; a key that was forgotten is as good as new.
    here(&store, "o", "k99").await;
    let kept = begin(&store, "o", "k100").await;
    assert!(matches!(kept, Begun::Other), "{kept:?}");
}

async fn requests_are_kept_for_a_day(place: Place) {
    let store = place.create().await;
    let answered = here(&store, "o", "answered").await;
    assert!(store.answer_request(&answered, "a").await.unwrap());
    here(&store, "o", "at-work").await;
    let younger = "UPDATE kept_requests SET begun = begun - 86000000000";
    place.say(younger).await.unwrap();
    gone(&place).await;
    assert_eq!(store.prune_requests().await.unwrap(), 0);
    let at_work = here(&store, "o", "at-work").await;
    let older = "UPDATE kept_requests SET begun = begun - 600000000";
    place.say(older).await.unwrap();
    assert_eq!(store.prune_requests().await.unwrap(), 1);
    here(&store, "o", "answered").await;
    assert!(store.renew_request(&at_work).await.unwrap());
}

async fn a_request_is_still_known_where_its_state_was_moved(place: Place) {
    let store = place.create().await;
    let (answered, left) = (here(&store, "o", "a").await, here(&store, "o", "l").await);
    append(&store, &left).await.unwrap();
    assert!(store.answer_request(&answered, "done").await.unwrap());
    gone(&place).await;
    let there = place.another();
    let moved = there.create().await;
    store.transfer(&moved).await.unwrap();
    assert!(matches!(begin(&moved, "o", "a").await, Begun::Answered(answer) if answer == "done"));
    assert!(matches!(begin(&moved, "o", "l").await, Begun::Left(left) if left.recorded == 0));
}

#[derive(Debug, Clone)]
enum Do {
    /// Of which key, with which body; whether what is left is taken over.
    Begin(u8, u8, bool),
    Append(usize),
    Answer(usize),
    Forget(usize),
    Gone,
}

fn doings() -> impl Strategy<Value = Vec<Do>> {
    let one = prop_oneof![
        4 => (0..3u8, 0..2u8, any::<bool>()).prop_map(|(key, body, take)| Do::Begin(key, body, take)),
        4 => (0..8usize).prop_map(Do::Append),
        2 => (0..8usize).prop_map(Do::Answer),
        1 => (0..8usize).prop_map(Do::Forget),
        2 => Just(Do::Gone),
    ];
    prop::collection::vec(one, 1..40)
}

/// What a table of requests has to say, in a few lines.
#[derive(Default)]
struct Model {
    kept: HashMap<u8, Kept>,
    /// Who carries out which key, in the order in which they began, and whether they recorded.
    holders: Vec<(u8, Arc<OpenRequest>, bool)>,
}

struct Kept {
    body: u8,
    holder: usize,
    recorded: bool,
    answer: Option<String>,
    alive: bool,
}

impl Model {
    /// The request of a holder who still holds it.
    fn held(&mut self, n: usize) -> Option<&mut Kept> {
        let name = self.holders.get(n)?.0;
        self.kept.get_mut(&name).filter(|kept| kept.holder == n)
    }

    async fn begin(&mut self, store: &DatabaseStore, (name, body, take): (u8, u8, bool)) {
        let begun = asked(store, ("o", &name.to_string()), &body.to_string()).await;
        let next = self.holders.len();
        match (self.kept.get_mut(&name), begun) {
            (None, Begun::Here(open)) => {
                let kept = Kept {
                    body,
                    holder: next,
                    recorded: false,
                    answer: None,
                    alive: true,
                };
                self.kept.insert(name, kept);
                self.holders.push((name, open, false));
            }
            (Some(kept), Begun::Other) => assert_ne!(kept.body, body),
            (Some(kept), begun) => {
                assert_eq!(kept.body, body);
                match begun {
                    Begun::Answered(answer) => assert_eq!(kept.answer, Some(answer)),
                    Begun::AtWork => assert!(kept.alive && kept.answer.is_none()),
                    Begun::Here(open) => {
                        assert!(!kept.recorded && !kept.alive && kept.answer.is_none());
                        (kept.holder, kept.alive) = (next, true);
                        self.holders.push((name, open, false));
                    }
                    Begun::Left(left) => {
                        assert!(kept.recorded && !kept.alive && kept.answer.is_none());
                        if take {
                            let open = store.take_over_request(&left).await.unwrap().unwrap();
                            (kept.holder, kept.alive) = (next, true);
                            self.holders.push((name, open, true));
                        }
                    }
                    begun => panic!("{begun:?}"),
                }
            }
            (_, begun) => panic!("{begun:?}"),
        }
    }

    async fn append(&mut self, store: &DatabaseStore, n: usize) {
        let Some((_, open, noted)) = self.holders.get(n).cloned() else {
            return;
        };
        let appended = append(store, &open).await.is_ok();
        assert_eq!(appended, noted || self.held(n).is_some());
        if appended {
            self.holders[n].2 = true;
            if let Some(kept) = self.held(n) {
                kept.recorded = true;
            }
        }
    }

    async fn answer(&mut self, store: &DatabaseStore, n: usize) {
        let Some((_, open, _)) = self.holders.get(n).cloned() else {
            return;
        };
        let answered = store.answer_request(&open, &n.to_string()).await.unwrap();
        assert_eq!(answered, self.held(n).is_some());
        if let Some(kept) = self.held(n) {
            kept.answer = Some(n.to_string());
        }
    }

    async fn forget(&mut self, store: &DatabaseStore, n: usize) {
        let Some((name, open, _)) = self.holders.get(n).cloned() else {
            return;
        };
        let forgotten = store.forget_request(&open).await.unwrap();
        let held = self.held(n);
        let bare = |kept: &&mut Kept| !kept.recorded && kept.answer.is_none();
        assert_eq!(forgotten, held.filter(bare).is_some());
        match self.held(n) {
            Some(_) if forgotten => drop(self.kept.remove(&name)),
            Some(kept) => kept.alive = false,
            None => {}
        }
    }
}

async fn goes_by_the_model(place: &Place, doings: &[Do]) {
    let store = place.create().await;
    place.say("DELETE FROM kept_requests").await.unwrap();
    let mut model = Model::default();
    for doing in doings {
        match doing {
            Do::Begin(name, body, take) => model.begin(&store, (*name, *body, *take)).await,
            Do::Append(n) => model.append(&store, *n).await,
            Do::Answer(n) => model.answer(&store, *n).await,
            Do::Forget(n) => model.forget(&store, *n).await,
            Do::Gone => {
                gone(place).await;
                model.kept.values_mut().for_each(|kept| kept.alive = false);
            }
        }
    }
}

/// Whatever is done in whatever order: nobody records anything of a request before another who has
/// not recorded anything of it is out of it.
fn any_order_goes_by_the_model(place: &Place) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let run = |doings: Vec<Do>| {
        runtime.block_on(goes_by_the_model(place, &doings));
        Ok(())
    };
    runner.run(&doings(), run).unwrap();
}

#[test]
fn any_order_goes_by_the_model_on_sqlite() {
    any_order_goes_by_the_model(&Place::sqlite());
}

#[test]
fn any_order_goes_by_the_model_on_postgres() {
    any_order_goes_by_the_model(&Place::postgres());
}

on_both! {
    a_request_is_carried_out_by_one_and_answered_alike,
    what_recorded_nothing_is_carried_out_anew,
    what_recorded_something_is_left,
    of_several_that_begin_one_carries_it_out,
    keys_and_answers_have_limits,
    the_oldest_make_room_and_what_is_at_work_does_not,
    requests_are_kept_for_a_day,
    a_request_is_still_known_where_its_state_was_moved,
}
