//! Observations: numbered, kept for a while, and compared with what the ledger says of them.
#![allow(
    clippy::unwrap_used,
    reason = "what runs on both databases is a function that tests call"
)]

mod common;

use common::{Place, on_both, push};
use liftlock_core::watching::{Stretch, digest};
use liftlock_engine::ports::{AppendError, OBSERVATION_DAYS, Observation, Store};
use liftlock_engine::{Observations, check_observations};
use liftlock_store::DatabaseStore;

const DAY_US: i64 = 24 * 60 * 60 * 1_000_000;

fn seen(check: &str, at_us: i64) -> Observation {
    Observation {
        environment: "staging".to_owned(),
        promotion: "P-1".to_owned(),
        check: check.to_owned(),
        at_us,
        passed: true,
        summary: format!("200 after {at_us}"),
    }
}

async fn keep(store: &DatabaseStore, seen: &[Observation], after: u64) {
    let kept = store.put_observations("shop", seen, after, None);
    kept.await.expect("kept");
}

async fn numbers(store: &DatabaseStore, first: u64) -> Vec<u64> {
    let found = store.observations("shop", "staging", first).await;
    let found = found.expect("read").into_iter();
    found.map(|(n, _)| n).collect()
}

async fn each_gets_the_next_number_of_its_environment(place: Place) {
    let store = place.create().await;
    keep(&store, &[seen("health", 10), seen("load", 20)], 0).await;
    let elsewhere = Observation {
        environment: "production".to_owned(),
        ..seen("health", 30)
    };
    keep(&store, &[elsewhere, seen("health", 5)], 0).await;
    assert_eq!(numbers(&store, 1).await, [1, 2, 3]);
    assert_eq!(numbers(&store, 3).await, [3]);
    // The last one is the one that came last, whatever its clock says.
    let last = store
        .last_observations("shop", "staging")
        .await
        .expect("read");
    assert_eq!(last, [seen("health", 5), seen("load", 20)]);
    let new = store.new_observations("shop", "staging", (1, 15)).await;
    let new: Vec<u64> = new.expect("read").iter().map(|(n, _)| *n).collect();
    assert_eq!(new, [2, 3]);
    let none = store.new_observations("shop", "staging", (2, 15)).await;
    assert!(none.expect("read").is_empty());
    // Where they were taken away, numbers go on from what the ledger knows.
    place.tamper("DELETE FROM observations").await;
    keep(&store, &[seen("health", 40)], 3).await;
    assert_eq!(numbers(&store, 1).await, [4]);
}

async fn old_ones_are_dropped_and_never_the_last(place: Place) {
    let store = place.create().await;
    let later = OBSERVATION_DAYS * DAY_US + 20;
    keep(&store, &[seen("health", 10), seen("load", 10)], 0).await;
    keep(&store, &[seen("health", 30), seen("health", later)], 0).await;
    assert_eq!(numbers(&store, 1).await, [2, 3, 4]);
    // A clock that was far ahead, and is not any more.
    keep(&store, &[seen("health", 3 * later), seen("health", 50)], 0).await;
    assert_eq!(numbers(&store, 1).await, [2, 5, 6]);
}

async fn who_has_lost_the_lease_keeps_nothing(place: Place) {
    let store = place.create().await;
    let (lease, fence) = store
        .acquire("shop/staging/watch")
        .await
        .expect("asked")
        .expect("free");
    assert!(
        store
            .acquire("shop/staging/watch")
            .await
            .expect("asked")
            .is_none()
    );
    drop(lease);
    let (_lease, next) = store
        .acquire("shop/staging/watch")
        .await
        .expect("asked")
        .expect("free");
    let one = [seen("health", 10)];
    let late = store.put_observations("shop", &one, 0, Some(&fence));
    assert!(matches!(late.await, Err(AppendError::Fenced { .. })));
    let own = store.put_observations("shop", &one, 0, Some(&next));
    own.await.expect("kept");
    assert_eq!(numbers(&store, 1).await, [1]);
}

async fn what_was_changed_is_found_as_far_as_it_is_kept(place: Place) {
    let changes = [
        ("SELECT 1", Observations::AsSummed),
        (
            "UPDATE observations SET at = at + 1 WHERE n = 2",
            Observations::Changed,
        ),
        (
            "UPDATE observations SET passed = 0 WHERE n = 3",
            Observations::Changed,
        ),
        (
            "UPDATE observations SET summary = 'ok' WHERE n = 2",
            Observations::Changed,
        ),
        (
            "UPDATE observations SET check_name = 'x' WHERE n = 2",
            Observations::Changed,
        ),
        (
            "UPDATE observations SET promotion = 'P-2' WHERE n = 2",
            Observations::Changed,
        ),
        (
            "UPDATE observations SET n = 9 WHERE n = 2",
            Observations::Dropped,
        ),
        (
            "DELETE FROM observations WHERE n = 2",
            Observations::Dropped,
        ),
        ("DELETE FROM observations", Observations::Dropped),
        // What was not summed is nobody's.
        (
            "UPDATE observations SET passed = 0 WHERE n IN (1, 4)",
            Observations::AsSummed,
        ),
        (
            "DELETE FROM observations WHERE n IN (1, 4)",
            Observations::AsSummed,
        ),
    ];
    for (change, expected) in changes {
        let place = place.another();
        let store = place.create().await;
        push(&store, "shop", "something").await;
        let all = [10, 20, 30, 40].map(|at| seen("health", at));
        keep(&store, &all, 0).await;
        let kept = store
            .observations("shop", "staging", 2)
            .await
            .expect("read");
        let stretch = Stretch {
            environment: "staging".parse().expect("a name"),
            release: "r1".parse().expect("a name"),
            promotion: liftlock_core::PromotionId(1),
            since: liftlock_core::Time::from_us(10),
            until: liftlock_core::Time::from_us(30),
            first: 2,
            count: 2,
            lost: liftlock_core::Span::ZERO,
            digest: digest(&kept[..2]),
        };
        place.tamper(change).await;
        let found = check_observations(&store, "shop", &stretch).await;
        assert_eq!(found.expect("read"), expected, "{change}");
    }
}

on_both! {
    each_gets_the_next_number_of_its_environment,
    old_ones_are_dropped_and_never_the_last,
    who_has_lost_the_lease_keeps_nothing,
    what_was_changed_is_found_as_far_as_it_is_kept,
}
