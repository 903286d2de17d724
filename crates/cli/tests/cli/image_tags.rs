//! Tagging many images, and listing tags.

use crate::layouts::{untouched, write_app};
use crate::scenario::{LIFTLOCK, Scenario};

fn sample() -> Scenario {
    let mut s = Scenario::new();
    write_app(&mut s);
    for tag in ["build-9", "build-10"] {
        s.push("shop/api", tag, tag);
    }
    s
}

#[test]
fn a_file_names_images_and_tags() {
    let mut s = sample();
    s.world.write(
        "tags.txt",
        "# releases\n\nREGISTRY/shop/api:build-9 candidate 9.0 # the ninth\noci:app:1.0 live\n\
         REGISTRY/shop/api:build-10 10.0\n",
    );
    let from_file = ["image", "tag", "--from-file", "tags.txt"];
    s.ends(0, &[&from_file[..], &["-n"]].concat());
    assert_eq!(s.world.registry().tag("shop/api", "candidate"), None);
    s.ends(0, &from_file);
    s.json(0, &from_file);
    for (tag, build) in [
        ("candidate", "build-9"),
        ("9.0", "build-9"),
        ("10.0", "build-10"),
    ] {
        let registry = s.world.registry();
        assert_eq!(
            registry.tag("shop/api", tag),
            registry.tag("shop/api", build)
        );
    }
    s.ends(0, &["image", "list", "oci:app"]);
    s.ends(0, &["image", "list", "oci:app", "--names"]);
    s.json(0, &["image", "list", "oci:app"]);
    s.heading("one that fails does not keep the others");
    s.world.write(
        "some.txt",
        "REGISTRY/shop/api:none a\nREGISTRY/shop/api:build-9 b\nREGISTRY/none:1 c\noci:none d\n",
    );
    s.ends(1, &["image", "tag", "--from-file", "some.txt"]);
    s.json(1, &["image", "tag", "--from-file", "some.txt"]);
    assert!(s.world.registry().tag("shop/api", "b").is_some());
    s.heading("nothing is tagged where a line makes no sense");
    s.world.write(
        "bad.txt",
        "REGISTRY/shop/api:build-9 new\nREGISTRY/shop/api new\nREGISTRY/shop/api:build-9\n\
         REGISTRY/shop/api:build-10 new\nREGISTRY/shop/api:build-10 'x'\n",
    );
    let bad = ["image", "tag", "--from-file", "bad.txt"];
    untouched(&mut s, 2, &bad);
    s.json(2, &bad);
    untouched(&mut s, 2, &["image", "tag", "--from-file", "none.txt"]);
    untouched(&mut s, 2, &["image", "tag", "--from-file", "."]);
    untouched(&mut s, 2, &[&from_file[..], &["--expect", "none"]].concat());
    let reference = s.world.reference("shop/api", "build-9");
    untouched(&mut s, 2, &[&from_file[..], &[&reference, "x"]].concat());
    s.ends(0, &["image", "tag", "--from-file", "-"]);
    s.end("image_tag_files");
}

#[test]
fn several_tags_are_written_or_none() {
    let mut s = sample();
    let reference = s.world.reference("shop/api", "build-9");
    let tag = ["image", "tag", &reference];
    s.ends(0, &[&tag[..], &["a", "b", "a"]].concat());
    s.heading("one is not where it is expected, so nothing is written");
    let expect = ["c", "a", "build-10", "--expect", "none"];
    untouched(&mut s, 3, &[&tag[..], &expect].concat());
    s.ends(3, &[&tag[..], &expect, &["-n"]].concat());
    s.ends(0, &[&tag[..], &["c", "d", "--expect", "none"]].concat());
    s.heading("in a layout");
    s.ends(0, &["image", "tag", "oci:app:1.0", "live", "1.0"]);
    s.ends(0, &["image", "tag", "oci:app:1.0", "live", "next", "-n"]);
    untouched(
        &mut s,
        3,
        &["image", "tag", "oci:app:1.0", "x", "1.0", "--expect", EMPTY],
    );
    untouched(&mut s, 1, &["image", "tag", "oci:app:none", "x"]);
    untouched(&mut s, 1, &["image", "tag", "oci:none", "x"]);
    s.ends(0, &["image", "copy", "oci:app:1.0", "oci:app.tar", "-q"]);
    untouched(&mut s, 2, &["image", "tag", "oci:app.tar", "x"]);
    untouched(
        &mut s,
        1,
        &["image", "tag", &format!("{reference}-none"), "x"],
    );
    untouched(&mut s, 2, &["image", "tag", &reference]);
    untouched(&mut s, 2, &["image", "tag"]);
    s.end("image_tags");
}

const EMPTY: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

#[test]
fn a_large_file_is_refused() {
    let s = sample();
    let line = "REGISTRY/shop/api:build-9 x\n";
    s.world.write("many.txt", &line.repeat(100_001));
    s.world
        .write("long.txt", &format!("{} x\n", "x".repeat(20_000)));
    for (file, limit) in [("many.txt", "100000 images"), ("long.txt", "16384 bytes")] {
        let output = s
            .world
            .run(LIFTLOCK, &["image", "tag", "--from-file", file]);
        assert_eq!(output.code, 2, "{output:?}");
        assert!(output.stderr.contains(limit), "{output:?}");
        assert!(output.stderr.len() < 500, "{output:?}");
    }
}

#[test]
fn tags_are_listed_as_people_count() {
    let mut s = sample();
    let repository = s.world.reference("shop/api", "x");
    let repository = repository.trim_end_matches(":x");
    s.ends(0, &["image", "list", repository]);
    let names = s.quietly(&["image", "list", repository, "--names"]);
    assert_eq!(names.stdout, "build-9\nbuild-10\n");
    for words in [
        &["image", "list", "oci:app:1.0"][..],
        &["image", "list", &format!("{repository}:build-9")],
        &["image", "list", "oci:"],
        &["image", "list", "./app"],
        &["image", "list", ""],
        &["image", "list"],
    ] {
        untouched(&mut s, 2, words);
    }
    untouched(&mut s, 1, &["image", "list", "oci:none"]);
    untouched(&mut s, 1, &["image", "list", "oci:."]);
    s.end("image_lists");
}
