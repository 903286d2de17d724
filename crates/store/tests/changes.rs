//! What was appended since: for who looks again and again whether anything was.

mod common;

use std::collections::BTreeMap;

use common::{create, entry, push, twelve_at};
use liftlock_engine::ports::{Changes, Store};
use tempfile::tempdir;

fn changes(size: u64, pipelines: &[(&str, u64)]) -> Changes {
    let pipelines = pipelines.iter().map(|(name, n)| ((*name).to_owned(), *n));
    Changes {
        size,
        pipelines: pipelines.collect::<BTreeMap<_, _>>(),
    }
}

#[tokio::test]
async fn what_was_appended_since_is_named_with_the_version_it_has_now() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("state.db");
    let store = create(&path).await;
    assert_eq!(store.changes(0).await.unwrap(), changes(0, &[]));
    store.close().await;
    twelve_at(&path).await;
    let store = create(&path).await;
    for beyond in [12, 13, u64::MAX] {
        assert_eq!(store.changes(beyond).await.unwrap(), changes(12, &[]));
    }
    let last = changes(12, &[("shop/web", 4), ("worker", 4)]);
    assert_eq!(store.changes(10).await.unwrap(), last);
    let all = changes(12, &[("api", 4), ("shop/web", 4), ("worker", 4)]);
    assert_eq!(store.changes(0).await.unwrap(), all);
    push(&store, "new", "one").await;
    assert_eq!(store.changes(12).await.unwrap(), changes(13, &[("new", 1)]));
}

#[tokio::test]
async fn more_than_a_page_is_read_to_its_end() {
    let dir = tempdir().unwrap();
    let store = create(&dir.path().join("state.db")).await;
    let many: Vec<_> = (0..2500).map(|n| entry(&n.to_string())).collect();
    store.append("many", 0, &many, None).await.unwrap();
    push(&store, "last", "one").await;
    let found = store.changes(3).await.unwrap();
    assert_eq!(found, changes(2501, &[("many", 2500), ("last", 1)]));
}
