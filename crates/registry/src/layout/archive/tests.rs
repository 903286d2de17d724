mod hostile;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use liftlock_oci::{Descriptor, Digest, Index, Manifest, RawManifest, Tag, media_types};
use proptest::prelude::*;

use super::super::{Layout, LayoutError};
use super::{Archive, pack};

fn tag(text: &str) -> Tag {
    text.parse().unwrap()
}

fn manifest(layers: &[Vec<u8>]) -> RawManifest {
    let layers = layers
        .iter()
        .map(|layer| Descriptor::of(media_types::OCI_LAYER, layer))
        .collect();
    let config = Descriptor::of(media_types::OCI_CONFIG, b"{}");
    let bytes = serde_json::to_vec(&Manifest::new(config, layers)).unwrap();
    RawManifest::new(bytes, media_types::OCI_MANIFEST, None).unwrap()
}

fn blob(archive: &Archive, digest: Digest) -> Option<Vec<u8>> {
    let (mut reader, size) = archive.open_blob(digest).unwrap()?;
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes.len() as u64, size);
    Some(bytes)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn what_is_packed_is_there_again(
        images in prop::collection::btree_map("[a-z]{1,8}", prop::collection::vec(
            prop::collection::vec(any::<u8>(), 0..1500), 0..4), 0..5),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::create(&folder.path().join("layout")).unwrap();
        layout.put_blob(b"{}").unwrap();
        for (name, layers) in &images {
            for layer in layers {
                layout.put_blob(layer).unwrap();
            }
            layout.put_manifest(&manifest(layers), Some(&tag(name))).unwrap();
        }
        let target = folder.path().join("a.tar");
        pack(&layout, &target).unwrap();
        let archive = Archive::open(&target).unwrap();
        prop_assert_eq!(archive.tags().unwrap(), layout.tags().unwrap());
        prop_assert_eq!(archive.manifests().unwrap(), layout.manifests().unwrap());
        for (name, layers) in &images {
            let digest = archive.tag_digest(&tag(name)).unwrap().unwrap();
            prop_assert_eq!(archive.manifest(digest).unwrap(), Some(manifest(layers)));
            for layer in layers {
                let digest = Digest::of(layer);
                prop_assert!(blob(&archive, digest).as_ref() == Some(layer));
                archive.verify_blob(digest, layer.len() as u64).unwrap();
            }
        }
        let again = folder.path().join("b.tar");
        pack(&layout, &again).unwrap();
        prop_assert!(std::fs::read(&again).unwrap() == std::fs::read(&target).unwrap());
    }
}

#[test]
fn an_archive_answers_as_its_folder_does() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::create(&folder.path().join("layout")).unwrap();
    let (child, subject) = (manifest(&[vec![1]]), manifest(&[]));
    layout.put_blob(child.bytes()).unwrap();
    let index = Index::new(vec![child.descriptor()]);
    let bytes = serde_json::to_vec(&index).unwrap();
    let index = RawManifest::new(bytes, media_types::OCI_INDEX, None).unwrap();
    layout.put_manifest(&index, Some(&tag("1"))).unwrap();
    let mut referrer = Manifest::new(Descriptor::of(media_types::OCI_EMPTY, b"{}"), Vec::new());
    referrer.subject = Some(index.descriptor());
    referrer.annotations = BTreeMap::from([("a".to_owned(), "b".to_owned())]);
    let bytes = serde_json::to_vec(&referrer).unwrap();
    let referrer = RawManifest::new(bytes, media_types::OCI_MANIFEST, None).unwrap();
    layout.put_manifest(&referrer, None).unwrap();
    let target = folder.path().join("a.tar");
    pack(&layout, &target).unwrap();
    let archive = Archive::open(&target).unwrap();
    assert_eq!(archive.image(None, None).unwrap(), index.digest());
    let missing = archive.image(Some(&tag("2")), None).unwrap_err();
    assert!(missing.to_string().contains("a.tar has no image :2"));
    assert_eq!(archive.manifest(child.digest()).unwrap(), Some(child));
    assert_eq!(archive.manifest(subject.digest()).unwrap(), None);
    let referrers = archive.referrers(index.digest()).unwrap();
    assert_eq!(referrers, layout.referrers(index.digest()).unwrap());
    assert_eq!(referrers[0].annotations.len(), 1);
    let gone = archive.verify_blob(Digest::of(b"no"), 2).unwrap_err();
    assert!(matches!(gone, LayoutError::Missing { .. }));
}

#[test]
fn damage_is_not_packed_and_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::create(&folder.path().join("layout")).unwrap();
    let digest = layout.put_blob(b"layer").unwrap();
    let target = folder.path().join("a.tar");
    pack(&layout, &target).unwrap();
    let before = std::fs::read(&target).unwrap();
    let path = format!("layout/blobs/sha256/{}", digest.hex());
    for damage in ["Layer", "lay", "layer and more"] {
        std::fs::write(folder.path().join(&path), damage).unwrap();
        assert!(matches!(
            pack(&layout, &target),
            Err(LayoutError::Damaged { .. })
        ));
        assert!(layout.verify_blob(digest, 5).is_err());
    }
    assert!(std::fs::read(&target).unwrap() == before);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn a_leftover_of_packing_goes_with_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::create(&folder.path().join("layout")).unwrap();
    let left = folder.path().join("a.tar.1-0.tmp");
    let other = folder.path().join("b.tar.1-0.tmp");
    for path in [&left, &other] {
        std::fs::write(path, "half").unwrap();
    }
    pack(&layout, &folder.path().join("a.tar")).unwrap();
    assert!(!left.exists() && other.exists());
}

#[test]
fn an_archive_that_shrinks_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::create(&folder.path().join("layout")).unwrap();
    let layer = vec![7; 100_000];
    let digest = layout.put_blob(&layer).unwrap();
    let target = folder.path().join("a.tar");
    pack(&layout, &target).unwrap();
    let archive = Archive::open(&target).unwrap();
    shorten(&target, 50_000);
    let error = archive.verify_blob(digest, 100_000).unwrap_err();
    assert!(error.to_string().contains("shorter"), "{error}");
}

fn shorten(path: &Path, len: u64) {
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.set_len(len).unwrap();
}
