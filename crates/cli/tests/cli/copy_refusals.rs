//! Copies that make no sense, or must not be.

use std::fs;

use liftlock_oci::media_types;

use crate::layouts::{untouched, write_app};
use crate::scenario::Scenario;

const EMPTY: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn sample() -> (Scenario, String) {
    let mut s = Scenario::new();
    write_app(&mut s);
    s.push("shop/api", "1.0", "one");
    let repository = s.world.reference("shop/api", "1.0");
    let repository = repository.trim_end_matches(":1.0").to_owned();
    (s, repository)
}

#[test]
fn names_that_make_no_sense_are_refused() {
    let (mut s, api) = sample();
    let from = format!("{api}:1.0");
    let pinned = format!("{api}@{EMPTY}");
    let long = format!("oci:{}", "x".repeat(5000));
    let (with_digest, short) = (format!("oci:new@{EMPTY}"), format!("{api}@sha256:12"));
    let cases: &[&[&str]] = &[
        &[],
        &[&from],
        &[&api, "oci:new"],
        &[&from, ""],
        &[&from, "oci:"],
        &[&from, "oci:new:not a tag"],
        &[&from, &long],
        &[&from, "registry.example.com/UPPER"],
        &[&from, "docker://registry.example.com/app"],
        &[&from, "./new"],
        &[&from, "new.tar:a:b"],
        &[&from, &with_digest],
        &[&from, &pinned],
        &[&from, "oci:new.tar.gz"],
        &[&from, &short],
        &[&from, &api],
        &[&from, &from],
        &[&pinned, &api],
        &["oci:app", "oci:./app"],
        &["oci:app:1.0", "oci:../work/app:1.0"],
        &[&from, "oci:new", "--platform", "linux"],
        &[&from, "oci:new", "--platform", "linux/amd64/v8/x"],
        &[&from, "oci:new", "oci:new:", "--platform", ""],
        &[&from, "oci:new", "--platforms", "linux/amd64"],
    ];
    for words in cases {
        untouched(&mut s, 2, &[&["image", "copy"][..], words].concat());
    }
    let many: Vec<String> = (0..101).map(|n| format!("oci:new{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let output = s.world.run(
        crate::scenario::LIFTLOCK,
        &[&["image", "copy", &from], &many[..]].concat(),
    );
    assert_eq!(output.code, 2, "{output:?}");
    assert!(
        output.stderr.contains("over the limit of 100"),
        "{output:?}"
    );
    s.json(2, &["image", "copy", &from, &from]);
    s.end("copy_names");
}

#[test]
fn what_is_not_there_or_no_image_is_told() {
    let (mut s, api) = sample();
    let from = format!("{api}:1.0");
    s.world.write("notes", "not a layout");
    s.world.write("notes.tar", "not a tar file");
    s.world.write("folder/notes", "not a layout");
    s.world.write("half/oci-layout", "{}");
    fs::create_dir(s.world.folder().join("folder.tar")).expect("a folder");
    pack_escaping(&s, "escaping.tar");
    for (code, words) in [
        (1, &["oci:none:1.0", &api[..]][..]),
        (1, &["oci:none.tar", &api]),
        (1, &["oci:notes", &api]),
        (1, &["oci:notes.tar", &api]),
        (1, &["oci:folder", &api]),
        (1, &["oci:folder.tar", &api]),
        (1, &["oci:half", &api]),
        (1, &["oci:escaping.tar", "oci:new"]),
        (1, &["oci:app:2.0", &api]),
        (1, &[&format!("oci:app@{EMPTY}"), &api]),
        (1, &[&format!("{api}:none"), "oci:new", "oci:new.tar"]),
        (1, &[&format!("{api}@{EMPTY}"), "oci:new"]),
        (1, &[&format!("{api}/none:1.0"), "oci:deep/new"]),
        (
            2,
            &[
                &from,
                "oci:new",
                "oci:new.tar",
                "--platform",
                "linux/riscv64",
            ],
        ),
        (
            2,
            &[&from, &format!("{api}:new"), "--platform", "windows/amd64"],
        ),
        (1, &[&from, "oci:none/new.tar"]),
        (3, &[&from, "oci:folder"]),
        (3, &[&from, "oci:notes.tar"]),
        (3, &[&from, "oci:notes.tar", "--again"]),
        (3, &[&from, "oci:notes"]),
        (1, &[&from, "oci:notes/new"]),
    ] {
        let words = [&["image", "copy"][..], words].concat();
        untouched(&mut s, code, &words);
        untouched(&mut s, code, &[&words[..], &["-n"]].concat());
    }
    assert!(!s.world.folder().join("../escaped").exists());
    s.end("copy_refusals");
}

/// A tar file whose blobs would be written outside of it, if they were unpacked.
fn pack_escaping(s: &Scenario, name: &str) {
    let index = serde_json::json!({
        "schemaVersion": 2,
        "manifests": [{ "mediaType": media_types::OCI_MANIFEST, "digest": EMPTY, "size": 0 }],
    });
    let index = index.to_string();
    let file = fs::File::create(s.world.folder().join(name)).expect("a file");
    let mut tar = tar::Builder::new(file);
    let parts: [(&str, &[u8]); 4] = [
        ("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#),
        ("index.json", index.as_bytes()),
        ("../escaped", b""),
        ("blobs/sha256/../../../escaped", b""),
    ];
    for (name, bytes) in parts {
        let mut header = tar::Header::new_ustar();
        // `set_path` refuses it.
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(tar::EntryType::Regular);
        header.set_mode(0o644);
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        tar.append(&header, bytes).expect("a member");
    }
    tar.finish().expect("a tar file");
}
