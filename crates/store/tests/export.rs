//! Exports: made, continued, verified, and changed by someone.
#![allow(
    clippy::unwrap_used,
    reason = "what runs on both databases is a function that tests call"
)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{Place, entry, on_both};
use liftlock_engine::ports::Store;
use liftlock_ledger::{Checkpoint, SavedCheckpoint, Seal, SigningKey, UNNAMED_ORIGIN, VerifyError};
use liftlock_store::{DatabaseStore, ExportError, ExportFault, verify_export};

const ORIGIN: &str = "liftlock.example.org/test";
const SEAL: Seal<'_> = Seal::Unsigned(ORIGIN);

async fn state(place: &Place, count: u64) -> (DatabaseStore, PathBuf) {
    let store = place.create().await;
    grow(&store, 0, count).await;
    let folder = place.folder().join("export");
    (store, folder)
}

async fn grow(store: &DatabaseStore, from: u64, to: u64) {
    let entries: Vec<_> = (from..to).map(|i| entry(&format!("entry {i}"))).collect();
    store
        .append("api", from, &entries, None)
        .await
        .expect("appended");
}

/// Every file below a folder, as its path from there.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for item in fs::read_dir(next).expect("a folder") {
            let path = item.expect("an item").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let inside = path.strip_prefix(folder).expect("inside");
                found.push(inside.display().to_string());
            }
        }
    }
    found.sort();
    found
}

async fn an_export_has_the_layout_of_its_size_and_grows(place: Place) {
    let (store, folder) = state(&place, 0).await;
    let empty = store.export(&folder, SEAL).await.unwrap();
    assert_eq!(files(&folder), ["checkpoint"]);
    let mut earlier = vec![empty];
    for (from, to) in [(0, 1), (1, 300), (300, 512), (512, 515)] {
        grow(&store, from, to).await;
        let checkpoint = store.export(&folder, SEAL).await.unwrap();
        assert_eq!(checkpoint.root(), store.ledger_head().await.unwrap().root);
        let mut expected: Vec<String> = liftlock_ledger::tiles::paths(to)
            .map(|path| path.to_string())
            .collect();
        expected.push("checkpoint".to_owned());
        expected.sort();
        assert_eq!(files(&folder), expected);
        assert_eq!(
            verify_export(&folder, None).unwrap().checkpoint(),
            &checkpoint
        );
        for saved in &earlier {
            assert_eq!(
                verify_export(&folder, Some(saved)).unwrap().checkpoint(),
                &checkpoint
            );
        }
        assert_eq!(store.export(&folder, SEAL).await.unwrap(), checkpoint);
        earlier.push(checkpoint);
    }
}

async fn an_interrupted_export_is_carried_on(place: Place) {
    let (store, folder) = state(&place, 300).await;
    store.export(&folder, SEAL).await.unwrap();
    // As if it had ended before the last tile and the checkpoint, within a write.
    fs::remove_file(folder.join("checkpoint")).unwrap();
    fs::remove_file(folder.join("tile/0/001.p/44")).unwrap();
    fs::write(folder.join("tile/0/001.p/.44.1.part"), "half").unwrap();
    fs::write(folder.join(".checkpoint.1.part"), "half").unwrap();
    let checkpoint = store.export(&folder, SEAL).await.unwrap();
    assert_eq!(
        verify_export(&folder, None).unwrap().checkpoint(),
        &checkpoint
    );
}

async fn a_folder_of_something_else_is_left_alone(place: Place) {
    let (store, folder) = state(&place, 3).await;
    fs::write(place.folder().join("notes"), "mine").unwrap();
    let error = store.export(place.folder(), SEAL).await.unwrap_err();
    assert!(matches!(error, ExportError::NotExport { .. }), "{error:?}");
    store.export(&folder, SEAL).await.unwrap();
    let error = store
        .export(&folder, Seal::Unsigned("another"))
        .await
        .unwrap_err();
    assert!(matches!(error, ExportError::Origin { .. }), "{error:?}");
    assert!(
        store
            .export(&folder.join("new"), Seal::Unsigned("with\nline"))
            .await
            .is_err()
    );

    let elsewhere = place.another();
    let (other, _) = state(&elsewhere, 0).await;
    other
        .append("api", 0, &[entry("a"), entry("b"), entry("c")], None)
        .await
        .unwrap();
    let error = other.export(&folder, SEAL).await.unwrap_err();
    assert!(
        matches!(error, ExportError::Log(VerifyError::EarlierRoot { .. })),
        "{error:?}"
    );
    let elsewhere = place.another();
    let (short, _) = state(&elsewhere, 2).await;
    let error = short.export(&folder, SEAL).await.unwrap_err();
    assert!(
        matches!(error, ExportError::Log(VerifyError::EarlierSize { .. })),
        "{error:?}"
    );
    verify_export(&folder, None).unwrap();
}

async fn a_changed_export_is_refused_by_name(place: Place) {
    let (store, folder) = state(&place, 600).await;
    let checkpoint = store.export(&folder, SEAL).await.unwrap();
    let bundle = folder.join("tile/entries/001");
    let good = fs::read(&bundle).unwrap();

    let mut changed = good.clone();
    let place = changed.windows(9).position(|w| w == b"entry 300").unwrap();
    changed[place + 8] = b'9';
    fs::write(&bundle, &changed).unwrap();
    let fault = verify_export(&folder, None).unwrap_err();
    assert!(
        matches!(fault, ExportFault::Entry { index: 300, .. }),
        "{fault:?}"
    );
    let error = store.export(&folder, SEAL).await.unwrap_err();
    assert!(matches!(error, ExportError::Differs { .. }), "{error:?}");

    fs::write(&bundle, &good[..good.len() - 1]).unwrap();
    assert!(matches!(
        verify_export(&folder, None),
        Err(ExportFault::Bundle { .. })
    ));
    let last = 2 + entry("entry 511").len();
    fs::write(&bundle, &good[..good.len() - last]).unwrap();
    let fault = verify_export(&folder, None).unwrap_err();
    assert!(
        matches!(
            fault,
            ExportFault::Count {
                expected: 256,
                found: 255,
                ..
            }
        ),
        "{fault:?}"
    );
    fs::remove_file(&bundle).unwrap();
    assert!(matches!(
        verify_export(&folder, None),
        Err(ExportFault::File { .. })
    ));
    fs::create_dir(&bundle).unwrap();
    assert!(matches!(
        verify_export(&folder, None),
        Err(ExportFault::File { .. })
    ));
    fs::remove_dir(&bundle).unwrap();
    fs::File::create(&bundle).unwrap().set_len(1 << 32).unwrap();
    assert!(matches!(
        verify_export(&folder, None),
        Err(ExportFault::Size { .. })
    ));
    fs::write(&bundle, &good).unwrap();
    verify_export(&folder, None).unwrap();

    let tile = folder.join("tile/1/000.p/2");
    let hashes = fs::read(&tile).unwrap();
    fs::write(&tile, [hashes.as_slice(), b"x"].concat()).unwrap();
    assert!(matches!(
        verify_export(&folder, None),
        Err(ExportFault::Size { .. })
    ));
    fs::write(&tile, vec![0; 64]).unwrap();
    assert!(matches!(
        verify_export(&folder, None),
        Err(ExportFault::Tile { .. })
    ));
    fs::write(&tile, hashes).unwrap();

    let claim = |size: u64, origin: &str| {
        let claimed = Checkpoint::new(origin, size, checkpoint.root()).unwrap();
        fs::write(folder.join("checkpoint"), claimed.to_string()).unwrap();
        verify_export(&folder, Some(&checkpoint)).unwrap_err()
    };
    for size in [0, 256, 599, 601, i64::MAX.cast_unsigned()] {
        claim(size, ORIGIN);
    }
    let fault = claim(512, ORIGIN);
    assert!(
        matches!(fault, ExportFault::File { .. } | ExportFault::Log(_)),
        "{fault:?}"
    );
    assert!(matches!(claim(600, "another"), ExportFault::Origin { .. }));
    fs::write(folder.join("checkpoint"), "x".repeat(20_000)).unwrap();
    assert!(matches!(
        verify_export(&folder, None),
        Err(ExportFault::Size { .. })
    ));
}

async fn an_export_is_signed_by_the_log_and_continues_one_without_a_name(place: Place) {
    let (store, folder) = state(&place, 3).await;
    let unnamed = Seal::Unsigned(UNNAMED_ORIGIN);
    let before = store.export(&folder, unnamed).await.unwrap();
    grow(&store, 3, 5).await;
    let key = SigningKey::unnamed(&[1; 32]).unwrap();
    let named = store.export(&folder, Seal::Signed(&key)).await.unwrap();
    assert_eq!(named.origin(), key.verifier().name());
    let SavedCheckpoint::Signed(signed) = verify_export(&folder, Some(&before)).unwrap() else {
        panic!("it was signed");
    };
    assert_eq!(signed.verify(key.verifier()), Ok(&named));
    // A log with a name does not go back to none, nor on under another.
    for other in [
        unnamed,
        Seal::Signed(&SigningKey::unnamed(&[2; 32]).unwrap()),
    ] {
        let error = store.export(&folder, other).await.unwrap_err();
        assert!(matches!(error, ExportError::Origin { .. }), "{error:?}");
    }
}

on_both! {
    an_export_has_the_layout_of_its_size_and_grows,
    an_interrupted_export_is_carried_on,
    a_folder_of_something_else_is_left_alone,
    a_changed_export_is_refused_by_name,
    an_export_is_signed_by_the_log_and_continues_one_without_a_name,
}
