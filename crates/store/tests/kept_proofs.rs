//! Proofs of promotions, as they are kept.
#![allow(
    clippy::unwrap_used,
    reason = "what runs on both databases is a function that tests call"
)]

mod common;

use common::{Place, on_both, push};
use liftlock_engine::ports::{KeptProof, Log, Store};
use liftlock_ledger::SigningKey;
use liftlock_store::DatabaseLog;

fn proof(promotion: &str, committed: &str) -> KeptProof {
    KeptProof {
        promotion: promotion.to_owned(),
        environment: "production".to_owned(),
        committed: committed.as_bytes().to_vec(),
        ended: b"ended".to_vec(),
        settled: false,
    }
}

async fn the_first_proof_of_a_promotion_is_kept_until_it_is_settled(place: Place) {
    let store = place.create().await;
    assert_eq!(store.kept_proof("shop", "p1").await.unwrap(), None);
    for id in ["p1", "p2"] {
        store.keep_proof("shop", proof(id, "first")).await.unwrap();
    }
    // Another process is slower: what the first put beside images counts.
    let kept = store
        .keep_proof("shop", proof("p1", "second"))
        .await
        .unwrap();
    assert_eq!(kept, proof("p1", "first"));
    let left = store.unsettled_proofs("shop", "production").await.unwrap();
    assert_eq!(left, [proof("p1", "first"), proof("p2", "first")]);
    assert!(
        store
            .unsettled_proofs("shop", "staging")
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        store
            .unsettled_proofs("other", "production")
            .await
            .unwrap()
            .is_empty()
    );
    store.settle_proof("shop", "p1").await.unwrap();
    let left = store.unsettled_proofs("shop", "production").await.unwrap();
    assert_eq!(left, [proof("p2", "first")]);
    assert!(
        store
            .kept_proof("shop", "p1")
            .await
            .unwrap()
            .unwrap()
            .settled
    );
}

async fn a_log_says_where_it_was_with_each_entry_as_its_last(place: Place) {
    let store = place.create().await;
    let key = || SigningKey::unnamed(&[3; 32]).unwrap();
    let log = DatabaseLog::new(store.clone(), key());
    let mut heads = Vec::new();
    for n in 0..5 {
        push(&store, "shop", &format!("{n}")).await;
        heads.push(store.ledger_head().await.unwrap());
    }
    for (seq, head) in (0..).zip(&heads) {
        let checkpoint = log.checkpoint(seq).await.unwrap();
        assert_eq!(
            (checkpoint.size(), checkpoint.root()),
            (head.size, head.root)
        );
        assert_eq!(checkpoint.origin(), key().verifier().name());
    }
    assert!(log.checkpoint(5).await.is_err());
    let files = log.prove(&[1, 4]).await.unwrap();
    assert_eq!(files[0].checkpoint(), files[1].checkpoint());
    for (file, text) in files.iter().zip(["1", "4"]) {
        assert_eq!(file.verify(key().verifier()).unwrap(), common::entry(text));
    }
    assert!(log.prove(&[1, 5]).await.is_err());
}

on_both! {
    the_first_proof_of_a_promotion_is_kept_until_it_is_settled,
    a_log_says_where_it_was_with_each_entry_as_its_last,
}
