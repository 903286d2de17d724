//! Looking at images, and at every byte of them.

use std::fs;

use liftlock_oci::Digest;

use crate::layouts::{untouched, write_app};
use crate::scenario::{LIFTLOCK, Scenario};

#[test]
fn an_image_is_shown_as_a_tree() {
    let mut s = Scenario::new();
    let image = write_app(&mut s);
    s.ends(0, &["image", "inspect", "oci:app:1.0"]);
    s.json(0, &["image", "inspect", "oci:app:1.0", "--no-referrers"]);
    let one = ["image", "inspect", "oci:app", "--platform", "linux/amd64"];
    let output = s.ends(0, &one);
    assert!(!output.stdout.contains("SECRET"), "{output:?}");
    s.json(0, &one);
    let api = s.world.reference("shop/api", "1.0");
    s.ends(
        0,
        &["image", "copy", "oci:app:1.0", &api, "oci:app.tar", "-q"],
    );
    let folder = s.quietly(&["image", "inspect", "oci:app:1.0"]).stdout;
    for place in [&api, "oci:app.tar"] {
        let shown = s.quietly(&["image", "inspect", place]).stdout;
        let (_, below) = shown.split_once('\n').expect("lines");
        assert_eq!(Some(below), folder.split_once('\n').map(|(_, below)| below));
        let raw = s.quietly(&["image", "inspect", place, "--raw"]).stdout;
        assert_eq!(Digest::of(raw.as_bytes()), image.digest);
        let raw = [
            "image",
            "inspect",
            place,
            "--raw",
            "--platform",
            "linux/arm64",
        ];
        let raw = s.quietly(&raw).stdout;
        assert_eq!(Digest::of(raw.as_bytes()), image.platforms[1].1);
    }
    s.json(2, &["image", "inspect", "oci:app", "--raw"]);
    untouched(
        &mut s,
        2,
        &["image", "inspect", "oci:app", "--platform", "linux/s390x"],
    );
    untouched(&mut s, 1, &["image", "inspect", "oci:none"]);
    untouched(&mut s, 1, &["image", "inspect", "oci:app:none"]);
    untouched(&mut s, 2, &["image", "inspect", "oci:app:"]);
    s.end("image_tree");
}

/// One looks at an image above all where something is wrong with it.
#[test]
fn an_image_that_is_not_complete_is_shown_as_far_as_it_goes() {
    let mut s = Scenario::new();
    let image = write_app(&mut s);
    let (_, arm64) = image.platforms[1];
    let blobs = s.world.folder().join("app/blobs/sha256");
    fs::remove_file(blobs.join(arm64.hex())).expect("a manifest");
    s.ends(0, &["image", "inspect", "oci:app:1.0"]);
    s.ends(
        0,
        &[
            "image",
            "inspect",
            "oci:app:1.0",
            "--platform",
            "linux/amd64",
        ],
    );
    s.ends(5, &["image", "verify", "oci:app:1.0"]);
    s.end("image_incomplete");
}

#[test]
fn every_byte_is_compared_with_its_digest() {
    let mut s = Scenario::new();
    let image = write_app(&mut s);
    let api = s.world.reference("shop/api", "1.0");
    s.ends(
        0,
        &["image", "copy", "oci:app:1.0", &api, "oci:app.tar", "-q"],
    );
    s.ends(0, &["image", "verify", &api, "-q"]);
    s.json(
        0,
        &["image", "verify", "oci:app.tar", "-q", "--no-referrers"],
    );
    s.heading("two layers are damaged, and one is missing");
    let blobs = s.world.folder().join("../registry/shop/api/blobs/sha256");
    let layer = |content: &[u8]| blobs.join(Digest::of(content).hex());
    fs::write(layer(b"one"), "two").expect("a layer");
    fs::write(layer(b"one amd64"), "one amd64 and more").expect("a layer");
    fs::remove_file(layer(b"one arm64")).expect("a layer");
    s.ends(5, &["image", "verify", &api, "-q"]);
    s.json(5, &["image", "verify", &api, "-q"]);
    let signed = layer(b"signed");
    let whole = fs::read(&signed).expect("a signature");
    fs::write(layer(b"one"), "one").expect("a layer");
    let amd64 = ["image", "verify", &api, "-q", "--platform", "linux/amd64"];
    fs::write(layer(b"one amd64"), "one amd64").expect("a layer");
    s.ends(0, &amd64);
    fs::write(layer(b"one arm64"), "one arm64").expect("a layer");
    fs::write(&signed, "forged").expect("a signature");
    s.ends(5, &["image", "verify", &api, "-q"]);
    s.ends(0, &["image", "verify", &api, "-q", "--no-referrers"]);
    fs::write(&signed, whole).expect("a signature");
    s.heading("a damaged manifest");
    let (_, arm64) = image.platforms[1];
    fs::write(
        s.world.folder().join("app/blobs/sha256").join(arm64.hex()),
        "{}",
    )
    .expect("a file");
    s.ends(5, &["image", "verify", "oci:app", "-q"]);
    s.heading("what cannot be read");
    // The embedded registry does not hand out what is damaged.
    fs::write(blobs.join(arm64.hex()), "{}").expect("a file");
    untouched(&mut s, 1, &["image", "verify", &api, "-q"]);
    untouched(&mut s, 1, &["image", "verify", "oci:none", "-q"]);
    untouched(&mut s, 1, &["image", "verify", "127.0.0.1:1/app:1.0", "-q"]);
    untouched(
        &mut s,
        2,
        &["image", "verify", "oci:app.tar", "--platform", "linux/mips"],
    );
    untouched(&mut s, 2, &["image", "verify"]);
    let output = s
        .world
        .run(LIFTLOCK, &["image", "verify", &format!("{api}-none")]);
    assert_eq!(output.code, 1, "{output:?}");
    s.end("image_verify");
}
