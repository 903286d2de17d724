//! Someone with the file changes it: verification names what.
#![allow(
    clippy::unwrap_used,
    reason = "what runs on both databases is a function that tests call"
)]

mod common;

use common::{Place, entry, on_both, push, twelve};
use liftlock_engine::ports::{AppendError, Store, StoreError};
use liftlock_ledger::{Checkpoint, Frontier, Hash, VerifyError, leaf_hash};
use liftlock_store::{DatabaseStore, LedgerFault, OpenMode};

/// Entry n of the twelve is version n / 3 + 1 of stream n % 3.
async fn tampered(place: &Place, statements: &str) -> (Place, DatabaseStore) {
    let place = place.another();
    twelve(&place).await;
    place.tamper(statements).await;
    let store = place.open(OpenMode::Existing).await;
    (place, store)
}

async fn fault(place: &Place, statements: &str) -> LedgerFault {
    let (_place, store) = tampered(place, statements).await;
    store.verify().await.expect_err(statements)
}

async fn a_changed_entry_is_named_and_never_loaded(place: Place) {
    let statement = r#"UPDATE events SET entry = CAST('"other"' AS BLOB) WHERE seq = 4"#;
    let (_place, store) = tampered(&place, statement).await;
    let fault = store.verify().await.unwrap_err();
    assert!(
        matches!(&fault, LedgerFault::Changed { seq: 4, stream, version: 2 } if stream == "shop/web"),
        "{fault:?}"
    );
    assert!(matches!(
        store.load("shop/web", 0).await,
        Err(StoreError::Damaged { .. })
    ));
    assert!(matches!(
        store.entries(0, 12).await,
        Err(StoreError::Damaged { .. })
    ));
    assert_eq!(store.load("api", 0).await.unwrap().len(), 4);
}

async fn a_changed_hash_is_named(place: Place) {
    let fault = fault(
        &place,
        "UPDATE events SET leaf = zeroblob(32) WHERE seq = 7",
    )
    .await;
    assert!(
        matches!(
            fault,
            LedgerFault::Changed {
                seq: 7,
                version: 3,
                ..
            }
        ),
        "{fault:?}"
    );
}

async fn an_entry_changed_together_with_its_hash_is_named(place: Place) {
    let other = entry("other");
    let statement = format!(
        "UPDATE events SET entry = x'{}', leaf = x'{}' WHERE seq = 4",
        other.iter().map(|b| format!("{b:02x}")).collect::<String>(),
        leaf_hash(&other).hex()
    );
    let fault = fault(&place, &statement).await;
    assert!(
        matches!(
            fault,
            LedgerFault::Replaced {
                seq: 4,
                version: 2,
                ..
            }
        ),
        "{fault:?}"
    );
}

async fn a_deleted_entry_is_missing(place: Place) {
    for seq in [0, 5, 11] {
        let fault = fault(&place, &format!("DELETE FROM events WHERE seq = {seq}")).await;
        assert!(
            matches!(fault, LedgerFault::Missing { seq: s } if s == seq),
            "{fault:?}"
        );
    }
    let all = fault(&place, "DELETE FROM events").await;
    assert!(matches!(all, LedgerFault::Missing { seq: 0 }), "{all:?}");
}

async fn a_deletion_closed_by_renumbering_is_named(place: Place) {
    let renumber = "DELETE FROM events WHERE seq = 4;
        UPDATE events SET seq = seq - 1 WHERE seq > 4";
    let renumbered = fault(&place, renumber).await;
    // Entry 4 is now version 2 of another stream, as it should be there, but in the wrong place.
    assert!(
        matches!(renumbered, LedgerFault::Replaced { seq: 4, .. }),
        "{renumbered:?}"
    );
    let gap = fault(
        &place,
        "DELETE FROM events WHERE seq = 11; UPDATE ledger_head SET size = 11",
    )
    .await;
    assert!(
        matches!(gap, LedgerFault::Store(StoreError::Damaged { .. })),
        "{gap:?}"
    );
}

async fn an_inserted_entry_is_named(place: Place) {
    let copy = |seq: u32, stream: &str, version: u32| {
        format!(
            "INSERT INTO events (seq, stream, version, entry, leaf, root)
             SELECT {seq}, '{stream}', {version}, entry, leaf, root FROM events WHERE seq = 3"
        )
    };
    let behind = fault(&place, &copy(12, "api", 5)).await;
    assert!(
        matches!(
            behind,
            LedgerFault::Added {
                seq: 12,
                version: 5,
                ..
            }
        ),
        "{behind:?}"
    );
    let far = fault(&place, &copy(99, "api", 5)).await;
    assert!(matches!(far, LedgerFault::Added { seq: 99, .. }), "{far:?}");
    let room = "UPDATE events SET seq = -seq - 1 + 1000 WHERE seq > 5;
        UPDATE events SET seq = 1000 - seq WHERE seq > 900;";
    let between = fault(&place, &format!("{room} {}", copy(6, "new", 1))).await;
    assert!(
        matches!(between, LedgerFault::Replaced { seq: 6, .. }),
        "{between:?}"
    );
}

fn swap(columns: &[&str], a: u32, b: u32) -> String {
    let set = |from: u32| {
        let sets: Vec<String> = columns
            .iter()
            .map(|c| format!("{c} = (SELECT {c} FROM kept WHERE seq = {from})"))
            .collect();
        sets.join(", ")
    };
    format!(
        "CREATE TEMP TABLE kept AS SELECT seq, entry, leaf, root FROM events;
         UPDATE events SET {} WHERE seq = {a}; UPDATE events SET {} WHERE seq = {b};",
        set(b),
        set(a)
    )
}

async fn swapped_entries_are_named(place: Place) {
    let bytes = fault(&place, &swap(&["entry"], 2, 8)).await;
    assert!(
        matches!(bytes, LedgerFault::Changed { seq: 2, .. }),
        "{bytes:?}"
    );
    let hashes_too = fault(&place, &swap(&["entry", "leaf"], 2, 8)).await;
    assert!(
        matches!(hashes_too, LedgerFault::Replaced { seq: 2, .. }),
        "{hashes_too:?}"
    );
    let everything = fault(&place, &swap(&["entry", "leaf", "root"], 2, 8)).await;
    assert!(
        matches!(everything, LedgerFault::Replaced { seq: 2, .. }),
        "{everything:?}"
    );

    let rows = |a: u32, b: u32| {
        format!(
            "UPDATE events SET seq = 1000 WHERE seq = {a};
             UPDATE events SET seq = {a} WHERE seq = {b};
             UPDATE events SET seq = {b} WHERE seq = 1000;"
        )
    };
    let same_stream = fault(&place, &rows(1, 4)).await;
    assert!(
        matches!(&same_stream, LedgerFault::MissingVersion { seq: 1, version: 1, stream }
            if stream == "shop/web"),
        "{same_stream:?}"
    );
    let two_streams = fault(&place, &rows(3, 4)).await;
    assert!(
        matches!(two_streams, LedgerFault::Replaced { seq: 3, .. }),
        "{two_streams:?}"
    );
}

async fn an_entry_given_to_another_stream_is_named_by_its_bytes(place: Place) {
    // Both streams have the version, so that places and tree stay right.
    let statement = "UPDATE events SET stream = 'spare' WHERE seq = 9;
        UPDATE events SET stream = 'api' WHERE seq = 10;
        UPDATE events SET stream = 'shop/web' WHERE seq = 9;";
    let (_place, store) = tampered(&place, statement).await;
    store.verify().await.unwrap();
    let belongs = |e: &liftlock_store::LedgerEntry| {
        let text: String = String::from_utf8_lossy(&e.bytes).into_owned();
        text.trim_start_matches('"')
            .starts_with(&format!("{} ", e.stream))
    };
    let fault = store.verify_with(None, belongs, |_| {}).await.unwrap_err();
    assert!(
        matches!(
            fault,
            LedgerFault::Misplaced {
                seq: 9,
                version: 4,
                ..
            }
        ),
        "{fault:?}"
    );
}

async fn a_changed_head_is_seen_and_nothing_is_appended(place: Place) {
    for statement in [
        "UPDATE ledger_head SET root = zeroblob(32)",
        "UPDATE ledger_head SET size = 13",
        "UPDATE ledger_head SET frontier = zeroblob(64)",
        "DELETE FROM ledger_head",
    ] {
        let (_place, store) = tampered(&place, statement).await;
        let fault = store.verify().await.unwrap_err();
        assert!(
            matches!(fault, LedgerFault::Store(StoreError::Damaged { .. })),
            "{fault:?}"
        );
        let error = store
            .append("api", 4, &[entry("x")], None)
            .await
            .unwrap_err();
        assert!(
            matches!(error, AppendError::Store(StoreError::Damaged { .. })),
            "{error:?}"
        );
    }
}

async fn nothing_is_appended_over_a_removed_end(place: Place) {
    let (_place, store) = tampered(&place, "DELETE FROM events WHERE seq > 8").await;
    let error = store
        .append("api", 3, &[entry("x")], None)
        .await
        .unwrap_err();
    assert!(
        matches!(error, AppendError::Store(StoreError::Damaged { .. })),
        "{error:?}"
    );
}

/// Builds the whole ledger anew over other entries, as its owner could.
async fn rewrite(place: &Place, entries: &[Vec<u8>]) {
    let mut statements = "DELETE FROM events; UPDATE ledger_head SET size = 0;".to_owned();
    let mut frontier = Frontier::new();
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    for (seq, bytes) in entries.iter().enumerate() {
        frontier.push(leaf_hash(bytes));
        statements += &format!(
            "INSERT INTO events VALUES ({seq}, 'api', {}, x'{}', x'{}', x'{}');",
            seq + 1,
            hex(bytes),
            leaf_hash(bytes).hex(),
            frontier.root().hex()
        );
    }
    statements += &format!(
        "UPDATE ledger_head SET size = {}, frontier = x'{}', root = x'{}';",
        frontier.size(),
        hex(&frontier.to_bytes()),
        frontier.root().hex()
    );
    place.tamper(&statements).await;
}

async fn a_rewritten_ledger_is_seen_by_a_saved_checkpoint(place: Place) {
    let store = place.create().await;
    let entries: Vec<Vec<u8>> = (0..10).map(|i| entry(&format!("{i}"))).collect();
    let saved = |size: u64, root: Hash| Checkpoint::new("test", size, root).unwrap();
    store.append("api", 0, &entries[..7], None).await.unwrap();
    let head = store.ledger_head().await.unwrap();
    let checkpoint = saved(head.size, head.root);
    store.append("api", 7, &entries[7..], None).await.unwrap();
    store.verify_since(&checkpoint).await.unwrap();
    store
        .verify_since(&saved(0, liftlock_ledger::empty_root()))
        .await
        .unwrap();

    let mut other = entries.clone();
    other[2] = entry("another past");
    rewrite(&place, &other).await;
    store.verify().await.unwrap();
    let fault = store.verify_since(&checkpoint).await.unwrap_err();
    assert!(
        matches!(
            fault,
            LedgerFault::Log(VerifyError::EarlierRoot { size: 7, .. })
        ),
        "{fault:?}"
    );
    assert!(
        fault
            .to_string()
            .contains("no longer contains what the checkpoint saw")
    );

    rewrite(&place, &entries[..6]).await;
    store.verify().await.unwrap();
    let fault = store.verify_since(&checkpoint).await.unwrap_err();
    assert!(
        matches!(
            fault,
            LedgerFault::Log(VerifyError::EarlierSize {
                expected: 7,
                found: 6
            })
        ),
        "{fault:?}"
    );
}

async fn an_untouched_state_verifies_after_a_stranger_read_it(place: Place) {
    let (place, store) = tampered(&place, "SELECT COUNT(*) FROM events").await;
    place.say("VACUUM").await.unwrap();
    assert_eq!(store.verify().await.unwrap().size, 12);
    push(&store, "api", "more").await;
    assert_eq!(store.verify().await.unwrap().size, 13);
}

on_both! {
    a_changed_entry_is_named_and_never_loaded,
    a_changed_hash_is_named,
    an_entry_changed_together_with_its_hash_is_named,
    a_deleted_entry_is_missing,
    a_deletion_closed_by_renumbering_is_named,
    an_inserted_entry_is_named,
    swapped_entries_are_named,
    an_entry_given_to_another_stream_is_named_by_its_bytes,
    a_changed_head_is_seen_and_nothing_is_appended,
    nothing_is_appended_over_a_removed_end,
    a_rewritten_ledger_is_seen_by_a_saved_checkpoint,
    an_untouched_state_verifies_after_a_stranger_read_it,
}
