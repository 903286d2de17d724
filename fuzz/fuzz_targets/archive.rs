//! Layouts in tar files.
#![no_main]

use std::cell::RefCell;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::FileExt as _;

use libfuzzer_sys::fuzz_target;
use liftlock_fuzz::tar::tar_of;
use liftlock_oci::Digest;
use liftlock_registry::Archive;
use tempfile::{NamedTempFile, TempPath};

thread_local! {
    static FILE: RefCell<Option<(File, TempPath)>> = const { RefCell::new(None) };
}

fuzz_target!(|data: &[u8]| {
    let tar = tar_of(data);
    FILE.with_borrow_mut(|file| {
        let (file, path) = file.get_or_insert_with(|| {
            let folder = ["/dev/shm", "/tmp"]
                .into_iter()
                .find(|f| std::path::Path::new(f).is_dir());
            NamedTempFile::new_in(folder.unwrap_or("."))
                .expect("a file")
                .into_parts()
        });
        file.set_len(0).expect("emptied");
        file.write_all_at(&tar, 0).expect("written");
        if let Ok(archive) = Archive::open(path) {
            check(&archive, tar.len() as u64);
        }
    });
});

/// Whatever is in it is read as often as it is asked for, and nothing that is wrong counts.
fn check(archive: &Archive, len: u64) {
    for tag in archive.tags().expect("read when it was opened") {
        // Several images can have one tag: that is an error, and so is one that is missing.
        if let Ok(found) = archive.tag_digest(&tag) {
            assert!(found.is_some(), "{tag}");
        }
    }
    for entry in archive.manifests().expect("read when it was opened") {
        check_blob(archive, entry.digest, len);
        if let Ok(Some(manifest)) = archive.manifest(entry.digest) {
            assert_eq!(manifest.digest(), entry.digest);
            assert_eq!(Digest::of(manifest.bytes()), entry.digest);
            let referrers = archive.referrers(entry.digest).unwrap_or_default();
            for referrer in referrers {
                check_blob(archive, referrer.digest, len);
            }
        }
    }
}

fn check_blob(archive: &Archive, digest: Digest, len: u64) {
    let Some((mut reader, size)) = archive.open_blob(digest).expect("open") else {
        assert!(archive.verify_blob(digest, 0).is_err());
        return;
    };
    assert!(size <= len, "{size} bytes in an archive of {len}");
    assert_eq!(archive.blob_size(digest).expect("listed"), Some(size));
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).expect("within the archive");
    assert_eq!(bytes.len() as u64, size);
    let right = Digest::of(&bytes) == digest;
    assert_eq!(archive.verify_blob(digest, size).is_ok(), right);
    assert!(archive.verify_blob(digest, size + 1).is_err());
}
