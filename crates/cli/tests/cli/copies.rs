//! Copying images between registries, folders and tar files.

use std::fs;

use crate::layouts::{files, registry, sign_differently, write_app};
use crate::scenario::Scenario;

fn there(s: &Scenario, path: &str) -> String {
    format!("{}/{path}", s.world.registry().address())
}

#[test]
fn images_are_copied_between_registries_folders_and_tar_files() {
    let mut s = Scenario::new();
    let image = write_app(&mut s);
    let (api, prod) = (there(&s, "shop/api"), there(&s, "prod/api"));
    let api_1 = format!("{api}:1.0");
    s.heading("from a folder to a registry, first only to see");
    let before = files(&registry(&s));
    s.ends(0, &["image", "copy", "oci:app:1.0", &api, "-n"]);
    assert_eq!(files(&registry(&s)), before);
    s.ends(0, &["image", "copy", "oci:app:1.0", &api, "-q"]);
    s.ends(0, &["image", "copy", "oci:app:1.0", &api]);
    s.ends(0, &["image", "copy", "oci:app:1.0", &api, "-n"]);
    s.heading("to several places at once");
    let live = format!("{prod}:live");
    let several = [&prod[..], &live, "oci:x/y", "oci:app.tar:first"];
    let copy = ["image", "copy", &api_1];
    s.ends(0, &[&copy[..], &several, &["-q"]].concat());
    for (repository, tag) in [("prod/api", "1.0"), ("prod/api", "live")] {
        assert_eq!(s.world.registry().tag(repository, tag), Some(image.digest));
    }
    s.heading("and back, by digest alone");
    let pinned = format!("oci:app.tar@{}", image.digest);
    s.ends(0, &["image", "copy", &pinned, &there(&s, "back/api"), "-q"]);
    let again = ["image", "copy", &pinned, &there(&s, "back/api"), "-q"];
    s.json(0, &again);
    s.json(0, &[&again[..], &["-n"]].concat());
    s.heading("all of it arrived, with what refers to it");
    let back = format!("{}@{}", there(&s, "back/api"), image.digest);
    for place in ["oci:x/y", "oci:app.tar", &live, &back] {
        s.ends(0, &["image", "verify", place, "-q"]);
    }
    s.end("copies");
}

#[test]
fn parts_of_an_image_are_copied() {
    let mut s = Scenario::new();
    let image = write_app(&mut s);
    let (_, amd64) = image.platforms[0];
    let copy = ["image", "copy", "oci:app:1.0", "-q"];
    let one = ["--platform", "linux/amd64"];
    s.ends(0, &[&copy[..], &["oci:one"], &one].concat());
    s.ends(0, &["image", "list", "oci:one"]);
    let listed = s.quietly(&["image", "list", "oci:one"]);
    assert!(listed.stdout.contains(&amd64.to_string()), "{listed:?}");
    let bare = ["--platform", "linux/arm64", "--no-referrers"];
    s.ends(0, &[&copy[..], &["oci:bare.tar"], &bare].concat());
    s.ends(0, &["image", "inspect", "oci:bare.tar"]);
    let both = ["--platform", "linux/arm64", "--platform", "linux/amd64"];
    s.ends(0, &[&copy[..], &["oci:both"], &both].concat());
    s.ends(0, &["image", "verify", "oci:both", "-q"]);
    s.end("copies_of_parts");
}

#[test]
fn a_tar_file_is_written_as_a_whole() {
    let mut s = Scenario::new();
    write_app(&mut s);
    s.push("shop/api", "other", "other");
    let other = there(&s, "shop/api:other");
    let copy = ["image", "copy", "oci:app:1.0", "oci:app.tar", "-q"];
    s.ends(0, &copy);
    let tar = s.world.folder().join("app.tar");
    let written = fs::read(&tar).expect("a tar file");
    s.heading("what is there is not written again, nor lost");
    s.ends(0, &copy);
    s.ends(0, &[&copy[..], &["-n"]].concat());
    let replaces = ["image", "copy", &other, "oci:app.tar"];
    s.refused(3, &replaces);
    s.refused(3, &[&replaces[..], &["-n"]].concat());
    assert!(fs::read(&tar).expect("a tar file") == written);
    s.heading("unless that is wanted");
    let wanted = [&replaces[..], &["--again"]].concat();
    s.ends(0, &[&wanted[..], &["-n"]].concat());
    assert!(fs::read(&tar).expect("a tar file") == written);
    s.ends(0, &[&wanted[..], &["-q"]].concat());
    s.ends(0, &["image", "list", "oci:app.tar"]);
    s.ends(0, &[&copy[..], &["--again"]].concat());
    assert!(
        fs::read(&tar).expect("a tar file") == written,
        "the same copy has the same bytes"
    );
    let left = files(&s.world.folder());
    let left = left.keys().filter(|name| name.contains("partial"));
    assert_eq!(left.count(), 0);
    s.end("copies_to_tar_files");
}

/// A layer is damaged at the source until it is mended.
#[test]
fn a_broken_off_copy_into_a_tar_file_carries_on() {
    let s = Scenario::new();
    s.world.registry().push("shop/api", "one", "one");
    let from = there(&s, "shop/api:one");
    let blobs = registry(&s).join("shop/api/blobs/sha256");
    let layer = fs::read_dir(&blobs).expect("a folder").map(|entry| {
        let path = entry.expect("an entry").path();
        (fs::metadata(&path).expect("a blob").len(), path)
    });
    let (_, layer) = layer.max().expect("a layer");
    let whole = fs::read(&layer).expect("a layer");
    fs::write(&layer, vec![b'x'; whole.len()]).expect("a damaged layer");
    let copy = ["image", "copy", &from, "oci:one.tar"];
    let output = s.world.run(crate::scenario::LIFTLOCK, &copy);
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("is damaged"), "{output:?}");
    assert!(output.stderr.contains("sending "), "{output:?}");
    assert!(!s.world.folder().join("one.tar").exists());
    let gathered = |s: &Scenario| {
        let left = files(&s.world.folder()).into_keys();
        let left: Vec<_> = left.filter(|name| name.contains("partial")).collect();
        left
    };
    let blobs = gathered(&s).len();
    assert!(blobs > 5, "{:?}", gathered(&s));
    fs::write(&layer, whole).expect("a mended layer");
    let output = s.quietly(&copy);
    assert!(output.stderr.contains("was in "), "{output:?}");
    assert_eq!(gathered(&s), Vec::<String>::new());
    s.quietly(&["image", "verify", "oci:one.tar"]);
}

#[test]
fn places_that_fail_are_named_and_the_others_have_it() {
    let mut s = Scenario::new();
    let image = write_app(&mut s);
    s.push("shop/api", "1.0", "other");
    let before = s.world.registry().tag("shop/api", "1.0");
    let (api, prod) = (there(&s, "shop/api"), there(&s, "prod/api"));
    let copy = ["image", "copy", "oci:app:1.0", &api, &prod, "-q", "--once"];
    s.ends(3, &copy);
    s.json(3, &copy);
    s.ends(3, &["image", "copy", "oci:app:1.0", &api, "--once", "-n"]);
    assert_eq!(s.world.registry().tag("shop/api", "1.0"), before);
    assert_eq!(
        s.world.registry().tag("prod/api", "1.0"),
        Some(image.digest)
    );
    // Without it, a tag moves, as it does with `image tag`.
    s.ends(0, &["image", "copy", "oci:app:1.0", &api, "-q"]);
    assert_eq!(
        s.world.registry().tag("shop/api", "1.0"),
        Some(image.digest)
    );
    s.end("copies_that_fail");
}

#[test]
fn signatures_that_a_place_has_are_not_lost() {
    let mut s = Scenario::new();
    let image = write_app(&mut s);
    let api = there(&s, "shop/api");
    s.ends(0, &["image", "copy", "oci:app:1.0", &api, "-q"]);
    let tag = format!("sha256-{}.sig", image.digest.hex());
    let own = sign_differently(&registry(&s).join("shop/api"), &tag);
    assert_eq!(s.world.registry().tag("shop/api", &tag), Some(own));
    s.ends(0, &["image", "copy", "oci:app:1.0", &api, "-q", "--again"]);
    assert_eq!(s.world.registry().tag("shop/api", &tag), Some(own));
    s.end("copies_of_signatures");
}

#[test]
fn progress_is_told_in_lines() {
    let mut s = Scenario::new();
    write_app(&mut s);
    let api = there(&s, "shop/api");
    let output = s.quietly(&["image", "copy", "oci:app:1.0", &api]);
    let lines: Vec<&str> = output.stderr.lines().collect();
    assert!(lines[0].starts_with("copying 9 blobs ("), "{lines:?}");
    assert_eq!(lines.len(), 10, "{lines:?}");
    for (at, line) in lines[1..].iter().enumerate() {
        assert!(line.starts_with(&format!("{}/9 ", at + 1)), "{line}");
        assert!(line.ends_with(&format!(" sent to {api}")), "{line}");
    }
    let reference = format!("{api}:1.0");
    let mirror = there(&s, "mirror/api");
    let output = s.quietly(&["image", "copy", &reference, &mirror, "--json"]);
    assert!(output.stderr.contains("1/9 ") && output.stderr.contains("mounted in "));
    let output = s.quietly(&["image", "verify", &reference]);
    assert!(output.stderr.starts_with("reading 9 blobs ("), "{output:?}");
    assert_eq!(output.stderr.matches(" is whole").count(), 9);
    let third = there(&s, "third/api");
    for words in [
        &["image", "copy", &reference, &third, "oci:new.tar", "-q"][..],
        &["image", "verify", &reference, "--quiet"],
    ] {
        assert_eq!(s.quietly(words).stderr, "", "{words:?}");
    }
}

/// Each registry has its own way of saying no.
#[test]
fn a_tag_that_may_not_move_is_a_refusal() {
    let mut s = Scenario::new();
    let image = write_app(&mut s);
    let old = s.push("shop/api", "old", "old").digest;
    let api = there(&s, "shop/api");
    let (new, old_tag) = (format!("{api}:new"), format!("{api}:old"));
    s.ends(0, &["image", "copy", "oci:app:1.0", &new, "-q"]);
    for registry in ["ecr", "zot", "acr", "harbor"] {
        s.heading(registry);
        let fault = format!("immutable={registry}");
        s.world.registry().go_wrong(&[&fault]);
        s.ends(3, &["image", "copy", "oci:app:1.0", &old_tag, "-q"]);
        s.ends(3, &["image", "tag", &new, "old"]);
        s.ends(0, &["image", "tag", &new, "new"]);
        assert_eq!(s.world.registry().tag("shop/api", "old"), Some(old));
    }
    s.heading("the other tags are written");
    let several = ["image", "tag", &new, "a", "old", "b"];
    s.ends(1, &several);
    s.json(1, &several);
    s.world.write("tags.txt", "REGISTRY/shop/api:new c old\n");
    s.ends(1, &["image", "tag", "--from-file", "tags.txt"]);
    for tag in ["a", "b", "c"] {
        assert_eq!(s.world.registry().tag("shop/api", tag), Some(image.digest));
    }
    assert_eq!(s.world.registry().tag("shop/api", "old"), Some(old));
    s.world.registry().go_wrong(&[]);
    s.ends(0, &["image", "tag", &new, "old"]);
    assert_eq!(
        s.world.registry().tag("shop/api", "old"),
        Some(image.digest)
    );
    s.end("copies_refused");
}

#[test]
fn what_is_sent_again_is_told_and_arrives() {
    let mut s = Scenario::new();
    let image = write_app(&mut s);
    let api = there(&s, "shop/api");
    // More often than requests are repeated without a word.
    s.world.registry().go_wrong(&["close,on=upload,times=60"]);
    let copy = ["image", "copy", "oci:app:1.0", &api];
    let output = s.world.run(crate::scenario::LIFTLOCK, &copy);
    let again = |line: &&str| line.starts_with("sending ");
    assert!(output.stderr.lines().any(|line| again(&line)), "{output:?}");
    assert!(
        output.stderr.contains(&format!(" again ({api}): ")),
        "{output:?}"
    );
    s.world.registry().go_wrong(&[]);
    s.quietly(&copy);
    assert_eq!(
        s.world.registry().tag("shop/api", "1.0"),
        Some(image.digest)
    );
}
