//! The log's key and what is made with it.

mod common;

use std::fs;

use common::{create, entry, push, tamper, twelve_at};
use liftlock_engine::ports::Store;
use liftlock_ledger::{ProofFile, SigningKey};
use liftlock_store::{LogKeyError, ProveError, log_key_path, make_log_key, read_log_key};
use tempfile::tempdir;

#[test]
fn a_key_is_made_once_and_for_its_owner_alone() {
    let dir = tempdir().unwrap();
    let state = dir.path().join("state.db");
    assert!(read_log_key(&state).unwrap().is_none());
    let (made, new) = make_log_key(&state, None).unwrap();
    let (again, newer) = make_log_key(&state, None).unwrap();
    assert_eq!((new, newer), (true, false));
    assert_eq!(made.verifier(), again.verifier());
    assert!(made.verifier().name().starts_with("liftlock/"));
    let path = log_key_path(&state);
    assert_eq!(path, dir.path().join("log.key"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    // Nothing else is left in the folder.
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn a_key_that_others_may_read_signs_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempdir().unwrap();
    let state = dir.path().join("state.db");
    make_log_key(&state, None).unwrap();
    let path = log_key_path(&state);
    for mode in [0o640, 0o604, 0o620, 0o644, 0o666] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let error = read_log_key(&state).err().unwrap();
        assert!(
            matches!(error, LogKeyError::Open { mode: found, .. } if found == mode),
            "{error:?}"
        );
        assert!(make_log_key(&state, None).is_err());
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    assert!(read_log_key(&state).unwrap().is_some());
}

#[test]
fn two_states_in_a_folder_have_two_keys() {
    let dir = tempdir().unwrap();
    let [one, two] = ["state.db", "other.db"].map(|name| {
        let (key, new) = make_log_key(&dir.path().join(name), None).unwrap();
        assert!(new);
        key.verifier().clone()
    });
    assert_ne!(one, two);
}

#[test]
fn processes_that_start_at_once_get_the_same_key() {
    let dir = tempdir().unwrap();
    let state = dir.path().join("state.db");
    let keys: Vec<_> = std::thread::scope(|scope| {
        let make = || make_log_key(&state, None).map(|(key, _)| key.verifier().clone());
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(make)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap().unwrap())
            .collect()
    });
    let kept = read_log_key(&state).unwrap().unwrap();
    assert!(keys.iter().all(|key| key == kept.verifier()));
}

#[test]
fn a_log_keeps_its_name() {
    let dir = tempdir().unwrap();
    let state = dir.path().join("state.db");
    let named = Some("example.org/shop");
    let (key, _) = make_log_key(&state, named).unwrap();
    assert_eq!(key.verifier().name(), "example.org/shop");
    assert!(make_log_key(&state, named).is_ok());
    let error = make_log_key(&state, Some("example.org/other")).unwrap_err();
    assert!(matches!(error, LogKeyError::Named { found } if found == "example.org/shop"));
    let error = make_log_key(&dir.path().join("x.db"), Some("a name")).unwrap_err();
    assert!(matches!(error, LogKeyError::Name { .. }), "{error:?}");
}

#[test]
fn a_damaged_key_is_refused_without_showing_it() {
    let dir = tempdir().unwrap();
    let state = dir.path().join("state.db");
    let (key, _) = make_log_key(&state, None).unwrap();
    let secret = key.to_private_text();
    for bad in [
        String::new(),
        secret[..secret.len() - 1].to_owned(),
        format!("{}x", *secret),
        secret.replace("liftlock", "elsewhere"),
        "x".repeat(100_000),
    ] {
        fs::write(log_key_path(&state), &bad).unwrap();
        let error = read_log_key(&state).unwrap_err();
        assert!(matches!(error, LogKeyError::Content { .. }), "{error:?}");
        // Base64 has a `+` too: the seed is all that comes after the four parts before it.
        let seed = secret.splitn(5, '+').last().unwrap();
        assert!(!format!("{error} {error:?}").contains(&seed[..20]));
        assert!(make_log_key(&state, None).is_err(), "it is not replaced");
    }
}

#[tokio::test]
async fn every_entry_can_be_proven() {
    let dir = tempdir().unwrap();
    let store = create(&dir.path().join("state.db")).await;
    let key = SigningKey::unnamed(&[1; 32]).unwrap();
    let entries: Vec<_> = (0..700).map(|i| entry(&format!("entry {i}"))).collect();
    store.append("api", 0, &entries, None).await.unwrap();
    for seq in [0, 1, 255, 256, 511, 512, 698, 699] {
        let text = store.prove(seq, &key).await.unwrap().to_string();
        let file: ProofFile = text.parse().unwrap();
        let proven = file.verify(key.verifier()).unwrap();
        assert_eq!((file.index(), proven), (seq, &*entries[seq as usize]));
    }
    let error = store.prove(700, &key).await.unwrap_err();
    assert!(
        matches!(
            error,
            ProveError::Entry {
                seq: 700,
                size: 700
            }
        ),
        "{error:?}"
    );
    // The proof stands when the ledger has grown.
    let before = store.prove(3, &key).await.unwrap();
    push(&store, "api", "more").await;
    assert!(before.verify(key.verifier()).is_ok());
}

#[tokio::test]
async fn a_changed_ledger_proves_nothing() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("state.db");
    twelve_at(&path).await;
    tamper(
        &path,
        "UPDATE events SET entry = CAST(replace(entry, 'api', 'web') AS BLOB) WHERE seq = 3",
    )
    .await;
    let store = create(&path).await;
    let key = SigningKey::unnamed(&[1; 32]).unwrap();
    let error = store.prove(3, &key).await.unwrap_err();
    assert!(
        matches!(error, ProveError::Changed { seq: 3, .. }),
        "{error:?}"
    );
}
