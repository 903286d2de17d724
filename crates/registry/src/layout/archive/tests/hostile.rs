//! Archives that nobody packs by accident, made byte by byte.

use std::io::Read as _;

use liftlock_oci::Digest;
use proptest::prelude::*;
use tar::{EntryType, Header};

use super::super::Archive;

const MARKER: &str = r#"{"imageLayoutVersion":"1.0.0"}"#;
const INDEX: &str = r#"{"schemaVersion":2,"manifests":[]}"#;

/// A tar file, member by member.
#[derive(Clone, Default)]
struct Tar(Vec<u8>);

impl Tar {
    fn member(self, kind: u8, name: &str, data: &[u8]) -> Self {
        self.sized(kind, name, data, data.len() as u64)
    }

    fn file(self, name: &str, data: &str) -> Self {
        self.member(b'0', name, data.as_bytes())
    }

    /// With another size in the header than the data have.
    fn sized(mut self, kind: u8, name: &str, data: &[u8], size: u64) -> Self {
        let mut header = Header::new_gnu();
        let field = &mut header.as_mut_bytes()[..100];
        field[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(EntryType::new(kind));
        header.set_mode(0o644);
        header.set_size(size);
        header.set_cksum();
        self.0.extend_from_slice(header.as_bytes());
        self.0.extend_from_slice(data);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    fn layout() -> Self {
        Self::default()
            .file("oci-layout", MARKER)
            .file("index.json", INDEX)
    }

    fn end(mut self) -> Vec<u8> {
        self.0.extend_from_slice(&[0; 1024]);
        self.0
    }
}

fn pax(records: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (key, value) in records {
        // The length counts its own digits; two are enough here.
        let len = key.len() + value.len() + 5;
        bytes.extend_from_slice(format!("{len:02} {key}={value}\n").as_bytes());
    }
    bytes
}

fn open(bytes: &[u8]) -> Result<Archive, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tar");
    std::fs::write(&path, bytes).unwrap();
    // It stays open when the folder goes.
    Archive::open(&path).map_err(|error| error.to_string())
}

#[track_caller]
fn refused(bytes: &[u8], reason: &str) {
    let error = open(bytes).unwrap_err();
    assert!(error.contains("a.tar"), "{error}");
    assert!(error.contains(reason), "{error}");
}

fn blob_name(data: &str) -> String {
    format!("blobs/sha256/{}", Digest::of(data.as_bytes()).hex())
}

#[track_caller]
fn holds(bytes: &[u8], data: &str) {
    let archive = open(bytes).unwrap();
    let digest = Digest::of(data.as_bytes());
    archive.verify_blob(digest, data.len() as u64).unwrap();
}

#[test]
fn names_as_tools_write_them_are_found() {
    let name = blob_name("layer");
    holds(&Tar::layout().file(&name, "layer").end(), "layer");
    let dotted = Tar::default()
        .member(b'5', "./", b"")
        .file("./oci-layout", MARKER)
        .file("./index.json", INDEX)
        .file(&format!("./{name}"), "layer");
    holds(&dotted.end(), "layer");
    let old = Tar::layout().member(0, &name, b"layer");
    holds(&old.end(), "layer");
}

#[test]
fn other_members_are_passed_over() {
    let name = blob_name("layer");
    let hex = &name["blobs/sha256/".len()..];
    let others = Tar::layout()
        .file(&format!("../{name}"), "evil")
        .file(&format!("/{name}"), "evil")
        .file(&format!("blobs/sha256/../sha256/{hex}"), "evil")
        .file(&format!("blobs/sha256/{}", hex.to_uppercase()), "evil")
        .file("blobs/sha512/aa", "evil")
        .file("manifest.json", "[]")
        .member(b'2', "etc", b"")
        .member(b'1', "passwd", b"")
        // A device says a size and has no data.
        .sized(b'3', "device", b"", 1 << 40)
        .member(b'V', "volume", b"")
        .file(&name, "layer");
    holds(&others.end(), "layer");
}

#[test]
fn what_no_layout_has_is_found_by_whoever_asks() {
    let name = blob_name("layer");
    let packed = || {
        Tar::default()
            .member(b'5', "./", b"")
            .file("./oci-layout", MARKER)
            .file("index.json", INDEX)
            .member(b'5', "blobs/", b"")
            .member(b'5', "./blobs/sha256/", b"")
            .file(&name, "layer")
    };
    let check = |tar: Tar| {
        let archive = open(&tar.end()).unwrap();
        archive
            .expect_nothing_else()
            .map_err(|error| error.to_string())
    };
    assert_eq!(check(packed()), Ok(()));
    for (tar, reason) in [
        (
            packed().file("../evil", "x"),
            "../evil has a path that leads out",
        ),
        (
            packed().file("/etc/passwd", "x"),
            "/etc/passwd has a path that leads out",
        ),
        (
            packed().file("blobs/sha256/../../x", "x"),
            "leads out of the folder",
        ),
        (packed().member(b'2', "etc", b""), "etc is a link"),
        (packed().member(b'1', "blobs", b""), "blobs is a link"),
        (
            packed().sized(b'3', "null", b"", 1 << 40),
            "null is a device",
        ),
        (packed().member(b'6', "pipe", b""), "pipe is a device"),
        (
            packed().file("README", "x"),
            "README is no part of a layout",
        ),
        (
            packed().file("manifest.json", "[]"),
            "manifest.json is no part",
        ),
        (
            packed().file("a/oci-layout", MARKER),
            "a/oci-layout is no part",
        ),
        (packed().file("blobs/sha256/aa", "x"), "no part of a layout"),
        (packed().file(&name, "layer"), "is there twice"),
        (packed().member(b'5', "other/", b""), "other/ is no part"),
    ] {
        let error = check(tar).unwrap_err();
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn the_digest_of_the_file_is_that_of_all_its_bytes() {
    let bytes = Tar::layout().file(&blob_name("layer"), "layer").end();
    let mut read = 0;
    let digest = open(&bytes).unwrap().file_digest(|count| read += count);
    assert_eq!(digest.unwrap(), Digest::of(&bytes));
    assert_eq!(read, bytes.len() as u64);
}

#[test]
fn layout_members_that_are_no_files_are_refused() {
    for name in ["oci-layout", "index.json", "blobs/sha256/aa"] {
        let name = if name.ends_with("aa") {
            blob_name("x")
        } else {
            name.to_owned()
        };
        for kind in [b'1', b'2', b'5', b'3'] {
            refused(
                &Tar::default().member(kind, &name, b"").end(),
                "no regular file",
            );
        }
    }
}

#[test]
fn what_is_there_twice_cannot_mislead() {
    for (name, data) in [("oci-layout", MARKER), ("./index.json", INDEX)] {
        refused(&Tar::layout().file(name, data).end(), "twice");
    }
    let name = blob_name("layer");
    holds(
        &Tar::layout().file(&name, "layer").file(&name, "evil").end(),
        "layer",
    );
    let archive = open(
        &Tar::layout()
            .file(&name, "leyer")
            .file(&name, "layer")
            .end(),
    )
    .unwrap();
    assert!(archive.verify_blob(Digest::of(b"layer"), 5).is_err());
}

#[test]
fn a_cut_off_archive_is_refused_wherever_it_was_cut() {
    let whole = Tar::layout().file(&blob_name("layer"), "layer");
    let end = whole.0.len();
    for cut in (513..=end).step_by(97).chain([512, 1024, end]) {
        refused(&whole.0[..cut], "cut off");
    }
    refused(&whole.0[..511], "not a tar archive");
    refused(b"", "not a tar archive");
    // One of the two blocks at the end is enough.
    assert!(open(&[whole.0.as_slice(), &[0; 512]].concat()).is_ok());
    let huge = Tar::layout().sized(b'0', &blob_name("x"), b"", u64::MAX);
    refused(&huge.end(), "cut off");
}

#[test]
fn what_is_no_archive_is_named() {
    for (bytes, reason) in [
        (&b"\x1f\x8b\x08"[..], "gunzip"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"BZh9", "bunzip2"),
        (b"hello", "not a tar archive"),
    ] {
        let mut block = bytes.to_vec();
        block.resize(1024, 1);
        refused(&block, reason);
    }
    let mut damaged = Tar::layout().file("x", "x").end();
    damaged[2048 + 5] ^= 1;
    refused(&damaged, "byte 2048 is damaged");
}

#[test]
fn archives_without_a_layout_say_what_to_do() {
    let docker = Tar::default()
        .file("manifest.json", "[]")
        .file("aa/layer.tar", "x");
    refused(&docker.end(), "docker 25");
    let below = Tar::default()
        .file("app/oci-layout", MARKER)
        .file("app/index.json", INDEX);
    refused(&below.end(), "app/oci-layout");
    refused(&Tar::default().file("readme", "x").end(), "no oci-layout");
    refused(
        &Tar::default().file("oci-layout", MARKER).end(),
        "no index.json",
    );
    let later = Tar::default()
        .file("oci-layout", r#"{"imageLayoutVersion":"2.0.0"}"#)
        .file("index.json", INDEX);
    refused(&later.end(), "version");
    let broken = Tar::default()
        .file("oci-layout", MARKER)
        .file("index.json", "{");
    refused(&broken.end(), "a.tar/index.json");
}

#[test]
fn extension_headers_count_for_the_next_member() {
    let name = blob_name("layer");
    let by_pax = Tar::layout()
        .member(b'x', "x", &pax(&[("mtime", "1.5")]))
        .member(b'0', &name, b"layer");
    holds(&by_pax.end(), "layer");
    let size = pax(&[("size", "5")]);
    let sized = Tar::layout()
        .member(b'x', "x", &size)
        .sized(b'0', &name, b"layer", 0);
    holds(&sized.clone().file("y", "y").end(), "layer");
    // A long name of something else hides a member of ours, and the other way round.
    let renamed = Tar::layout()
        .member(b'L', "././@LongLink", b"other\0")
        .file("index.json", "{");
    assert!(open(&renamed.end()).is_ok());
    let long = format!("{name}\0");
    let named = Tar::layout()
        .member(b'L', "././@LongLink", long.as_bytes())
        .file("x", "layer");
    holds(&named.end(), "layer");
    let link = Tar::layout()
        .member(b'K', "././@LongLink", b"a\0")
        .member(b'2', "b", b"");
    assert!(open(&link.end()).is_ok());
}

#[test]
fn extension_headers_that_cannot_be_trusted_are_refused() {
    let big = vec![b'a'; 70_000];
    for kind in [b'L', b'x', b'g'] {
        refused(&Tar::layout().member(kind, "x", &big).end(), "65536");
    }
    let bad = Tar::layout().member(b'x', "x", b"no record").file("y", "y");
    refused(&bad.end(), "cannot be read");
    let bad = Tar::layout()
        .member(b'x', "x", &pax(&[("size", "-1")]))
        .file("y", "y");
    refused(&bad.end(), "cannot be read");
    let global = Tar::layout().member(b'g', "x", &pax(&[("path", "index.json")]));
    refused(&global.file("y", "{").end(), "global");
    let comment = Tar::layout().member(b'g', "x", &pax(&[("comment", "0123456789")]));
    assert!(open(&comment.end()).is_ok());
    refused(&Tar::layout().member(b'S', "y", b"y").end(), "sparse");
    let sparse = Tar::layout().member(b'x', "x", &pax(&[("GNU.sparse.major", "1")]));
    refused(&sparse.file("y", "y").end(), "sparse");
}

#[test]
fn too_many_members_and_too_large_ones_are_refused() {
    let mut tar = Tar::layout();
    let empty = Tar::default().file("x", "").0;
    for _ in 0..200_000 {
        tar.0.extend_from_slice(&empty);
    }
    refused(&tar.end(), "200000 members");
    let marker = " ".repeat(5000);
    let large = Tar::default()
        .file("oci-layout", &marker)
        .file("index.json", INDEX);
    refused(&large.end(), "4096 bytes");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    /// Whatever bytes change, opening ends, and what is read as a blob is the blob.
    #[test]
    fn no_change_makes_other_content(
        changes in prop::collection::vec((0usize..4096, any::<u8>()), 0..12),
        mend in any::<bool>(),
    ) {
        let pax = pax(&[("size", "5"), ("mtime", "1.5")]);
        let mut bytes = Tar::layout().member(b'x', "x", &pax).file(&blob_name("layer"), "layer");
        for (at, value) in changes {
            let at = at % bytes.0.len();
            bytes.0[at] = value;
        }
        if mend {
            mend_checksums(&mut bytes.0);
        }
        if let Ok(archive) = open(&bytes.end()) {
            let digest = Digest::of(b"layer");
            if archive.verify_blob(digest, 5).is_ok() {
                let (mut reader, _) = archive.open_blob(digest).unwrap().unwrap();
                let mut read = Vec::new();
                reader.read_to_end(&mut read).unwrap();
                prop_assert_eq!(read, b"layer");
            }
            let _ = archive.image(None, None);
        }
    }
}

/// Makes every block that stands where a header was one with the right checksum.
fn mend_checksums(bytes: &mut [u8]) {
    for at in [0, 1024, 2048, 3072] {
        let block: &mut [u8; 512] = (&mut bytes[at..at + 512]).try_into().unwrap();
        let mut header = Header::from_byte_slice(block).clone();
        header.set_cksum();
        *block = *header.as_bytes();
    }
}
