mod foreign;

use liftlock_oci::{Digest, RawManifest, Tag, media_types};

use super::Layout;

fn manifest(text: &str) -> RawManifest {
    RawManifest::new(text.as_bytes().to_vec(), media_types::OCI_MANIFEST, None).unwrap()
}

fn tag(text: &str) -> Tag {
    text.parse().unwrap()
}

#[test]
fn tags_move_and_go_while_manifests_stay() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::create(&folder.path().join("a/b")).unwrap();
    let (one, two) = (manifest("{}"), manifest("{ }"));
    layout.put_manifest(&one, Some(&tag("x"))).unwrap();
    layout.put_manifest(&one, Some(&tag("y"))).unwrap();
    layout.put_manifest(&two, Some(&tag("x"))).unwrap();
    assert_eq!(layout.tag_digest(&tag("x")).unwrap(), Some(two.digest()));
    assert_eq!(layout.tag_digest(&tag("y")).unwrap(), Some(one.digest()));
    assert!(layout.remove_tag(&tag("y")).unwrap());
    assert!(!layout.remove_tag(&tag("y")).unwrap());
    assert_eq!(layout.manifest(one.digest()).unwrap(), Some(one.clone()));
    assert_eq!(layout.manifests().unwrap().len(), 2);
    let again = Layout::open(&folder.path().join("a/b")).unwrap();
    assert_eq!(again.tags().unwrap(), [tag("x")]);
    assert!(again.delete_manifest(two.digest()).unwrap());
    assert_eq!(again.manifest(two.digest()).unwrap(), None);
    assert_eq!(again.tag_digest(&tag("x")).unwrap(), None);
}

#[test]
fn children_of_a_foreign_layouts_index_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::create(folder.path()).unwrap();
    let child = manifest("{}");
    layout.put_blob(child.bytes()).unwrap();
    assert_eq!(layout.manifest(child.digest()).unwrap(), None);
    let text = format!(
        r#"{{"schemaVersion":2,"manifests":[{{"mediaType":"{}","digest":"{}","size":2}}]}}"#,
        media_types::OCI_MANIFEST,
        child.digest()
    );
    let index = RawManifest::new(text.into_bytes(), media_types::OCI_INDEX, None).unwrap();
    layout.put_manifest(&index, None).unwrap();
    assert_eq!(layout.manifest(child.digest()).unwrap(), Some(child));
}

#[test]
fn damage_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::create(folder.path()).unwrap();
    let one = manifest("{}");
    layout.put_manifest(&one, None).unwrap();
    let path = folder.path().join("blobs/sha256").join(one.digest().hex());
    std::fs::write(&path, "[]").unwrap();
    assert!(layout.manifest(one.digest()).is_err());
    std::fs::write(folder.path().join("index.json"), "{").unwrap();
    assert!(layout.tags().is_err());
}

#[test]
fn a_folder_that_is_no_layout_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Layout::open(folder.path()).is_err());
    Layout::create(folder.path()).unwrap();
    let marker = folder.path().join("oci-layout");
    std::fs::write(marker, r#"{"imageLayoutVersion":"2.0.0"}"#).unwrap();
    assert!(Layout::open(folder.path()).is_err());
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::create(folder.path()).unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "s").unwrap();
    let digest = Digest::of(b"s");
    let link = folder.path().join("blobs/sha256").join(digest.hex());
    std::os::unix::fs::symlink(&secret, link).unwrap();
    assert!(layout.open_blob(digest).is_err());
    let other = tempfile::tempdir().unwrap();
    std::fs::remove_dir_all(other.path()).unwrap();
    std::os::unix::fs::symlink(folder.path(), other.path()).unwrap();
    assert!(Layout::open(other.path()).is_err());
    std::fs::remove_file(other.path()).unwrap();
}

#[test]
fn blobs_are_shared_between_layouts() {
    let folder = tempfile::tempdir().unwrap();
    let a = Layout::create(&folder.path().join("a")).unwrap();
    let b = Layout::create(&folder.path().join("b")).unwrap();
    let digest = a.put_blob(b"layer").unwrap();
    assert!(b.link_blob(&a, digest).unwrap());
    assert!(b.link_blob(&a, digest).unwrap());
    assert!(!b.link_blob(&a, Digest::of(b"other")).unwrap());
    assert!(a.delete_blob(digest).unwrap());
    assert_eq!(b.blob_size(digest).unwrap(), Some(5));
}

#[test]
fn a_change_by_another_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::create(folder.path()).unwrap();
    let other = Layout::open(folder.path()).unwrap();
    let (one, two) = (manifest("{}"), manifest("{ }"));
    // Both are of one length, and change within one tick of the file system's clock.
    for _ in 0..20 {
        for image in [&one, &two] {
            other.put_manifest(image, Some(&tag("x"))).unwrap();
            let now = layout.tag_digest(&tag("x")).unwrap();
            assert_eq!(now, Some(image.digest()));
        }
    }
    assert!(layout.remove_tag(&tag("x")).unwrap());
    assert_eq!(other.tags().unwrap(), []);
}
