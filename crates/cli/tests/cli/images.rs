//! The data plane alone.

use std::error::Error;

use liftlock_oci::{RawManifest, Repository, media_types};
use liftlock_registry::{Client, Name, Options};
use serde_json::json;

use crate::scenario::{LIFTLOCK, Scenario};

#[test]
fn images_are_looked_at_and_tagged() {
    let mut s = Scenario::new();
    let image = s.push("shop/api", "build-1", "one");
    let other = s.push("shop/api", "build-2", "two").digest;
    let single = s
        .world
        .registry()
        .push_single("shop/one", "latest", "single");
    s.know(&single);
    let reference = s.world.reference("shop/api", "build-1");
    let repository = reference.trim_end_matches(":build-1").to_owned();
    s.ends(0, &["image", "inspect", &reference]);
    s.json(0, &["image", "inspect", &reference]);
    s.ends(
        0,
        &[
            "image",
            "inspect",
            &format!("{repository}@{}", image.digest),
        ],
    );
    s.ends(
        0,
        &["image", "inspect", &s.world.reference("shop/one", "latest")],
    );
    s.ends(0, &["image", "list", &repository]);
    s.json(0, &["image", "list", &repository]);
    s.ends(0, &["image", "list", &repository, "--names"]);
    s.ends(0, &["image", "tag", &reference, "candidate", "-n"]);
    s.ends(0, &["image", "tag", &reference, "candidate"]);
    s.ends(0, &["image", "tag", &reference, "candidate"]);
    let none = ["image", "tag", &reference, "candidate", "--expect", "none"];
    s.json(0, &none);
    let other_tag = ["image", "tag", &reference, "build-2", "--expect"];
    s.refused(3, &[&other_tag[..], &["none"]].concat());
    s.refused(2, &[&other_tag[..], &["sha256:12"]].concat());
    s.json(0, &[&other_tag[..], &[&other.to_string()]].concat());
    s.refused(2, &["image", "inspect", &repository]);
    s.refused(1, &["image", "inspect", &format!("{repository}:none")]);
    s.refused(1, &["image", "list", &format!("{repository}/none")]);
    s.refused(2, &["image", "tag", &reference, "not a tag"]);
    s.end("images");
}

/// Other people write the platforms of an index.
#[test]
fn a_hostile_platform_does_not_steer_the_terminal() {
    let s = Scenario::new();
    s.world.registry().push_single("shop/api", "one", "one");
    push_hostile_index(&s).expect("an index");
    let reference = s.world.reference("shop/api", "hostile");
    for words in [
        &["image", "inspect", &reference][..],
        &["image", "inspect", &reference, "--json"],
        &["image", "inspect", &reference, "--color", "always"],
    ] {
        let output = s.world.run(LIFTLOCK, words);
        let raw = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert!(!output.stdout.contains(raw), "{output:?}");
        assert!(!output.stderr.contains(raw), "{output:?}");
        assert!(
            output.code != 0 || output.stdout.contains("202e"),
            "{output:?}"
        );
    }
}

fn push_hostile_index(s: &Scenario) -> Result<(), Box<dyn Error>> {
    let address = s.world.registry().address();
    let client = Client::new(&address, &Options::default())?;
    let repository: Repository = format!("{address}/shop/api").parse()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (one, hostile) = ("one".parse()?, "hostile".parse()?);
    let child = runtime.block_on(client.manifest(&repository, Name::Tag(&one)))?;
    let index = json!({
        "schemaVersion": 2,
        "mediaType": media_types::OCI_INDEX,
        "manifests": [{
            "mediaType": child.media_type(),
            "digest": child.digest(),
            "size": child.bytes().len(),
            "platform": { "os": "linux\u{1b}[2J\u{202e}", "architecture": "amd64\r" },
        }],
    });
    let index = index.to_string().into_bytes();
    let index = RawManifest::new(index, media_types::OCI_INDEX, None)?;
    runtime.block_on(client.put_manifest(&repository, Name::Tag(&hostile), &index))?;
    Ok(())
}
