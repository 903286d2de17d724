//! A log against its checkpoints.

use liftlock_ledger::{
    Checkpoint, Hash, Verifier, VerifyError, canonical, leaf_hash, root, verify,
};
use serde_json::json;

fn entries(count: u64) -> Vec<Vec<u8>> {
    (0..count)
        .map(|i| canonical::to_bytes(&json!({"n": i})).expect("canonical"))
        .collect()
}

fn checkpoint(entries: &[Vec<u8>]) -> Checkpoint {
    let leaves: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
    Checkpoint::new("example.org/log", leaves.len() as u64, root(&leaves)).expect("a checkpoint")
}

fn check(entries: &[Vec<u8>], checkpoint: &Checkpoint) -> Result<(), VerifyError> {
    verify(entries.iter().map(Vec::as_slice), checkpoint)
}

#[test]
fn every_change_of_a_log_is_seen() {
    let log = entries(9);
    let saved = checkpoint(&log);
    check(&log, &saved).unwrap();

    let mut changed = log.clone();
    changed[4] = canonical::to_bytes(&json!({"n": 40})).unwrap();
    assert!(matches!(
        check(&changed, &saved),
        Err(VerifyError::Root { size: 9, .. })
    ));

    let mut swapped = log.clone();
    swapped.swap(2, 3);
    assert!(matches!(
        check(&swapped, &saved),
        Err(VerifyError::Root { .. })
    ));

    let missing = VerifyError::Size {
        expected: 9,
        found: 8,
    };
    assert_eq!(check(&log[..8], &saved), Err(missing));

    let mut spaced = log;
    spaced[6].push(b' ');
    assert!(matches!(
        check(&spaced, &saved),
        Err(VerifyError::NotCanonical { index: 6, .. })
    ));
}

#[test]
fn a_rewritten_past_is_seen_by_an_earlier_checkpoint() {
    let log = entries(9);
    let mut rewritten = log.clone();
    rewritten[1] = canonical::to_bytes(&json!("another")).unwrap();
    let replay = |entries: &[Vec<u8>], earlier: &Checkpoint| {
        let mut verifier = Verifier::new(Some(earlier.clone()))?;
        for entry in entries {
            verifier.entry(entry)?;
        }
        let newest = checkpoint(entries);
        verifier.finish(newest.size(), newest.root())
    };
    for size in 0..=9 {
        replay(&log, &checkpoint(&log[..size])).unwrap();
    }
    let earlier = checkpoint(&log[..5]);
    assert!(matches!(
        replay(&rewritten, &earlier),
        Err(VerifyError::EarlierRoot { size: 5, .. })
    ));
    assert_eq!(
        replay(&log[..4], &earlier),
        Err(VerifyError::EarlierSize {
            expected: 5,
            found: 4
        })
    );
    let false_start = Checkpoint::new("example.org/log", 0, leaf_hash(b"")).unwrap();
    assert!(replay(&log, &false_start).is_err());
}
