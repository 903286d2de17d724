//! Layouts as other tools write them.

use std::collections::BTreeMap;
use std::path::Path;

use liftlock_oci::{Descriptor, Digest, Index, Manifest, RawManifest, Tag, media_types};

use super::super::{Layout, LayoutError};

/// A layout's `index.json` with these entries: digest, media type, and annotations.
fn list(root: &Path, entries: &[(&RawManifest, &[(&str, &str)])]) {
    let mut index = Index::new(Vec::new());
    for (raw, annotations) in entries {
        let mut entry = raw.descriptor();
        let owned = |(k, v): &(&str, &str)| ((*k).to_owned(), (*v).to_owned());
        entry.annotations = annotations.iter().map(owned).collect();
        index.manifests.push(entry);
    }
    let bytes = serde_json::to_vec(&index).unwrap();
    std::fs::write(root.join("index.json"), bytes).unwrap();
}

fn raw(value: &impl serde::Serialize, media_type: &str) -> RawManifest {
    RawManifest::new(serde_json::to_vec(value).unwrap(), media_type, None).unwrap()
}

fn image(salt: &str) -> Manifest {
    let mut image = Manifest::new(Descriptor::of(media_types::OCI_CONFIG, b"{}"), Vec::new());
    image.annotations = BTreeMap::from([("salt".to_owned(), salt.to_owned())]);
    image
}

fn manifest(salt: &str) -> RawManifest {
    raw(&image(salt), media_types::OCI_MANIFEST)
}

fn index(children: &[&RawManifest]) -> RawManifest {
    let children = children.iter().map(|child| child.descriptor()).collect();
    raw(&Index::new(children), media_types::OCI_INDEX)
}

fn tag(text: &str) -> Tag {
    text.parse().unwrap()
}

const NAME: &str = "org.opencontainers.image.ref.name";
const FULL: &str = "io.containerd.image.name";

#[test]
fn manifests_are_found_listed_or_not_at_any_depth() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::create(folder.path()).unwrap();
    let mut silent = image("silent");
    silent.media_type = None;
    let silent = raw(&silent, media_types::OCI_MANIFEST);
    let leaf = manifest("leaf");
    let inner = index(&[&leaf, &silent]);
    let outer = index(&[&inner]);
    let alone = manifest("alone");
    let mut shy = image("shy");
    shy.media_type = None;
    let shy = raw(&shy, media_types::OCI_MANIFEST);
    for raw in [&leaf, &silent, &inner, &outer, &alone, &shy] {
        layout.put_blob(raw.bytes()).unwrap();
    }
    list(folder.path(), &[(&outer, &[])]);
    for (raw, listed) in [
        (&leaf, true),
        (&silent, true),
        (&inner, true),
        (&outer, true),
        (&alone, false),
        (&shy, false),
    ] {
        let digest = raw.digest();
        assert_eq!(layout.manifest(digest).unwrap().as_ref(), Some(raw));
        let found = layout.listed_manifest(digest).unwrap();
        assert_eq!(found.as_ref(), listed.then_some(raw));
    }
}

#[test]
fn a_blob_that_is_no_manifest_is_not_taken_for_one() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::create(folder.path()).unwrap();
    for bytes in [
        &b"layer"[..],
        br#"{"os":"linux","architecture":"amd64","config":{},"rootfs":{}}"#,
        br#"{"manifests":[],"config":{},"layers":[]}"#,
        br#"{"mediaType":"application/x","manifests":[]}"#,
    ] {
        let digest = layout.put_blob(bytes).unwrap();
        assert_eq!(layout.manifest(digest).unwrap(), None);
    }
}

#[test]
fn the_only_image_needs_no_name() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::create(folder.path()).unwrap();
    let empty = layout.image(None, None).unwrap_err();
    assert!(matches!(empty, LayoutError::Empty { .. }));
    let (child, other) = (manifest("child"), manifest("other"));
    let top = index(&[&child]);
    let mut signature = image("signature");
    signature.subject = Some(top.descriptor());
    let signature = raw(&signature, media_types::OCI_MANIFEST);
    for raw in [&child, &other, &top, &signature] {
        layout.put_blob(raw.bytes()).unwrap();
    }
    let cosign = format!("sha256-{}.sig", top.digest().hex());
    list(
        folder.path(),
        &[
            (&child, &[]),
            (&top, &[(NAME, "a")]),
            (&top, &[(NAME, "b")]),
            (&signature, &[]),
            (&other, &[(NAME, &cosign)]),
        ],
    );
    assert_eq!(layout.image(None, None).unwrap(), top.digest());
    list(folder.path(), &[(&top, &[(NAME, "a")]), (&other, &[])]);
    let message = layout.image(None, None).unwrap_err().to_string();
    for part in ["\"a\"".to_owned(), other.digest().to_string()] {
        assert!(message.contains(&part), "{message}");
    }
    let found = layout.image(None, Some(child.digest())).unwrap();
    assert_eq!(found, child.digest());
    let missing = layout.image(Some(&tag("c")), None).unwrap_err();
    assert!(missing.to_string().contains(":c"), "{missing}");
    assert!(layout.image(None, Some(Digest::of(b"no"))).is_err());
}

#[test]
fn a_tag_is_found_in_a_whole_reference() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::create(folder.path()).unwrap();
    let (one, two) = (manifest("one"), manifest("two"));
    layout.put_blob(one.bytes()).unwrap();
    layout.put_blob(two.bytes()).unwrap();
    let whole = "registry.example.com:5000/app:1.0";
    list(
        folder.path(),
        &[(&one, &[(NAME, whole)]), (&two, &[(NAME, "2")])],
    );
    assert_eq!(layout.tags().unwrap(), [tag("1.0"), tag("2")]);
    assert_eq!(layout.tag_digest(&tag("1.0")).unwrap(), Some(one.digest()));
    assert_eq!(layout.tag_digest(&tag("0")).unwrap(), None);
    // The same tag of two images, as `docker save a:1 b:1` writes it.
    let both: [(&RawManifest, &[(&str, &str)]); 2] = [
        (&one, &[(NAME, "1"), (FULL, "docker.io/library/a:1")]),
        (&two, &[(NAME, "1"), (FULL, "docker.io/library/b:1")]),
    ];
    list(folder.path(), &both);
    let error = layout.tag_digest(&tag("1")).unwrap_err().to_string();
    for name in ["library/a:1", "library/b:1"] {
        assert!(error.contains(name), "{error}");
    }
    // A tag that moves leaves nothing ambiguous behind.
    layout.put_manifest(&two, Some(&tag("1"))).unwrap();
    assert_eq!(layout.tag_digest(&tag("1")).unwrap(), Some(two.digest()));
    assert!(layout.remove_tag(&tag("1")).unwrap());
    assert_eq!(layout.tag_digest(&tag("1")).unwrap(), None);
    assert_eq!(layout.manifests().unwrap().len(), 2);
}

#[test]
fn a_name_that_only_containerd_reads_is_one_too() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::create(folder.path()).unwrap();
    let (one, two) = (manifest("one"), manifest("two"));
    layout.put_blob(one.bytes()).unwrap();
    list(
        folder.path(),
        &[(&one, &[(FULL, "docker.io/library/app:1")])],
    );
    assert_eq!(layout.tag_digest(&tag("1")).unwrap(), Some(one.digest()));
    // A second tag does not hide the first.
    layout.put_manifest(&one, Some(&tag("2"))).unwrap();
    assert_eq!(layout.tags().unwrap(), [tag("1"), tag("2")]);
    // A tag that moves takes the whole name along, or docker load would give it to both.
    layout.put_manifest(&two, Some(&tag("1"))).unwrap();
    let index = std::fs::read_to_string(folder.path().join("index.json")).unwrap();
    assert!(!index.contains("docker.io/library/app:1"), "{index}");
}

#[test]
fn signatures_that_cosign_saved_belong_to_the_image_beside_them() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::create(folder.path()).unwrap();
    let (one, other) = (manifest("one"), manifest("other"));
    let (signature, attestation) = (manifest("signature"), manifest("attestation"));
    for raw in [&one, &other, &signature, &attestation] {
        layout.put_blob(raw.bytes()).unwrap();
    }
    let parts: [(&RawManifest, &[(&str, &str)]); 3] = [
        (&one, &[("kind", "dev.cosignproject.cosign/image")]),
        (&signature, &[("kind", "dev.cosignproject.cosign/sigs")]),
        (&attestation, &[("kind", "dev.cosignproject.cosign/atts")]),
    ];
    list(folder.path(), &parts);
    assert_eq!(layout.image(None, None).unwrap(), one.digest());
    for (end, raw) in [("sig", &signature), ("att", &attestation)] {
        let name = tag(&format!("sha256-{}.{end}", one.digest().hex()));
        assert_eq!(layout.tag_digest(&name).unwrap(), Some(raw.digest()));
    }
    // With a second image, nothing says whose they are.
    let second: (&RawManifest, &[(&str, &str)]) = (&other, parts[0].1);
    list(folder.path(), &[parts[0], second, parts[1]]);
    assert_eq!(layout.tags().unwrap(), []);
    assert!(layout.image(None, None).is_err());
}

#[test]
fn a_list_that_is_null_is_empty() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::create(folder.path()).unwrap();
    let one = manifest("one");
    layout.put_blob(one.bytes()).unwrap();
    let path = folder.path().join("index.json");
    std::fs::write(path, r#"{"schemaVersion":2,"manifests":null}"#).unwrap();
    assert_eq!(layout.tags().unwrap(), []);
    let named = layout.image(None, Some(one.digest())).unwrap();
    assert_eq!(layout.manifest(named).unwrap(), Some(one));
}

#[test]
fn referrers_are_those_listed_and_those_of_the_fallback_tag() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::create(folder.path()).unwrap();
    let subject = manifest("subject");
    let mut kinds = Vec::new();
    for kind in ["a/a", "b/b", "c/c"] {
        let mut referrer = image(kind);
        referrer.artifact_type = Some(kind.to_owned());
        referrer.subject = Some(subject.descriptor());
        kinds.push(raw(&referrer, media_types::OCI_MANIFEST));
    }
    assert_eq!(layout.referrers(subject.digest()).unwrap(), []);
    layout.put_manifest(&subject, Some(&tag("x"))).unwrap();
    // One is listed, one in the fallback list, one in that list and not there.
    layout.put_manifest(&kinds[0], None).unwrap();
    layout.put_blob(kinds[1].bytes()).unwrap();
    let children = kinds.iter().map(|raw| raw.referrer_descriptor().unwrap());
    let fallback = raw(&Index::new(children.collect()), media_types::OCI_INDEX);
    let name = tag(&format!("sha256-{}", subject.digest().hex()));
    layout.put_manifest(&fallback, Some(&name)).unwrap();
    let found = layout.referrers(subject.digest()).unwrap();
    let types: Vec<_> = found.iter().map(|d| d.artifact_type.as_deref()).collect();
    assert_eq!(types, [Some("a/a"), Some("b/b")]);
    assert!(layout.delete_manifest(kinds[0].digest()).unwrap());
    assert_eq!(layout.referrers(subject.digest()).unwrap().len(), 1);
}

#[test]
fn writers_side_by_side_lose_no_tag() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    std::thread::scope(|scope| {
        for writer in 0..4 {
            // Each opens the layout itself, as another process does.
            scope.spawn(move || {
                let layout = Layout::create(root).unwrap();
                for count in 0..10 {
                    let name = format!("{writer}-{count}");
                    let one = manifest(&name);
                    layout.put_manifest(&one, Some(&tag(&name))).unwrap();
                }
            });
        }
    });
    assert_eq!(
        Layout::open(folder.path()).unwrap().tags().unwrap().len(),
        40
    );
}
