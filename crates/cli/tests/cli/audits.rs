//! What an auditor finds in a history that was rewritten as a whole by someone who had the state
//! and could make its tree right again.

use std::path::Path;

use liftlock_engine::ports::Store;
use liftlock_ledger::canonical;
use liftlock_store::{DatabaseStore, OpenMode};
use serde_json::Value;

use crate::sample::shop_in_staging;
use crate::scenario::Scenario;

/// A state with the same entries, but for what `change` makes of them.
fn rewrite(s: &Scenario, name: &str, change: impl Fn(&mut Value)) {
    let folder = s.world.folder();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let from = open(&folder.join(".liftlock/state.db"), OpenMode::ReadOnly).await;
        let to = open(&folder.join(name), OpenMode::Create).await;
        let mut versions = std::collections::BTreeMap::new();
        for kept in from.entries(0, 1024).await.expect("entries") {
            let mut entry: Value = serde_json::from_slice(&kept.bytes).expect("an entry");
            change(&mut entry);
            let version = versions.entry(kept.stream.clone()).or_insert(0);
            entry["n"] = (*version + 1).into();
            let bytes = canonical::to_bytes(&entry).expect("canonical");
            to.append(&kept.stream, *version, &[bytes], None)
                .await
                .expect("appended");
            *version += 1;
        }
        to.close().await;
    });
}

async fn open(path: &Path, mode: OpenMode) -> DatabaseStore {
    DatabaseStore::open(path, mode).await.expect("opened")
}

fn is(entry: &Value, kind: &str) -> bool {
    entry["event"]["type"] == kind
}

#[test]
fn a_history_that_was_rewritten_as_a_whole_is_found_by_its_decisions() {
    let mut s = shop_in_staging();
    let checkpoint = s.quietly(&["log", "checkpoint"]).stdout;
    s.world.write("checkpoint.txt", &checkpoint);
    let key = s.quietly(&["log", "key"]).stdout;
    s.heading("nothing changed");
    rewrite(&s, "same.db", |_| {});
    let verify = |state: &'static str| ["log", "verify", "--state", state];
    s.ends(0, &verify("same.db"));

    s.heading("a scan that found something found nothing");
    rewrite(&s, "scan.db", |entry| {
        if is(entry, "evidence-added") && entry["event"]["body"]["gate"] == "image-scan" {
            entry["event"]["body"]["figures"]["critical"] = 3.into();
        }
    });
    s.ends(5, &verify("scan.db"));
    s.json(5, &verify("scan.db"));

    s.heading("another image was committed");
    rewrite(&s, "image.db", |entry| {
        if is(entry, "promotion-committed") {
            let digest = format!("sha256:{}", "a".repeat(64));
            entry["event"]["body"]["plan"]["images"]["app"]["digest"] = digest.into();
        }
    });
    s.ends(5, &verify("image.db"));

    s.heading("another one submitted the evidence, under a policy that does not let them");
    rewrite(&s, "actor.db", |entry| {
        if is(entry, "evidence-added") {
            entry["actor"]["identity"] = "token:other".into();
        }
    });
    s.ends(5, &verify("actor.db"));

    s.heading("what the checkpoint saw is not there in any of them");
    let from = ["--from", "checkpoint.txt", "--log-key", key.trim()];
    s.ends(0, &[&verify("same.db")[..], &from].concat());
    s.ends(5, &[&verify("image.db")[..], &from].concat());

    s.heading("an event of a newer version, and what was decided under other semantics");
    rewrite(&s, "newer.db", |entry| {
        if is(entry, "promotion-ended") {
            entry["event"]["type"] = "promotion-dissolved".into();
        }
    });
    s.ends(1, &verify("newer.db"));
    rewrite(&s, "semantics.db", |entry| {
        if is(entry, "promotion-committed") {
            entry["event"]["body"]["plan"]["semantics"] = 2.into();
        }
    });
    s.ends(0, &verify("semantics.db"));
    s.end("audit");
}

#[test]
fn a_report_that_was_exchanged_is_found_in_an_export() {
    let mut s = shop_in_staging();
    s.quietly(&["log", "export", "exported"]);
    let reports = s.world.folder().join("exported/blobs/sha256");
    let mut names: Vec<_> = std::fs::read_dir(&reports)
        .expect("reports")
        .map(|item| item.expect("a report").path())
        .collect();
    names.sort();
    std::fs::write(&names[0], "<testsuites/>").expect("written");
    let output = s
        .world
        .run(crate::scenario::LIFTLOCK, &["log", "verify", "exported"]);
    assert_eq!(output.code, 5, "{output:?}");
    assert!(
        output.stdout.contains("was changed: its bytes are not"),
        "{output:?}"
    );
    std::fs::remove_file(&names[0]).expect("removed");
    s.ends(0, &["log", "verify", "exported"]);
    s.end("audit_report");
}
