//! Images made in a layout folder, and what copies of them are compared with.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use liftlock_oci::{
    Descriptor, Digest, Index, Manifest, RawManifest, Repository, Tag, media_types,
};
use liftlock_registry::{
    Choice, Client, Copied, CopyError, CopyEvent, CopyReport, CopyRequest, Destination, Layout,
    Named, Place, copy,
};
use tempfile::TempDir;

/// Over the limit up to which a blob is sent without asking.
pub(crate) const LARGE: usize = 200 * 1024;

/// A layout folder with images.
pub(crate) struct Source {
    pub(crate) folder: TempDir,
    pub(crate) layout: Arc<Layout>,
}

impl Source {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let layout = Arc::new(Layout::create(&folder.path().join("source")).unwrap());
        Self { folder, layout }
    }

    pub(crate) fn place(&self) -> Place {
        Place::Layout {
            layout: Arc::clone(&self.layout),
            path: self.path("source"),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Another layout beside this one.
    pub(crate) fn other(&self, name: &str) -> Place {
        Place::Layout {
            layout: Arc::new(Layout::create(&self.path(name)).unwrap()),
            path: self.path(name),
        }
    }

    /// A manifest with layers of these sizes; `salt` makes it another one.
    pub(crate) fn image(&self, salt: &str, sizes: &[usize]) -> RawManifest {
        self.image_of(salt, sizes, media_types::OCI_MANIFEST)
    }

    pub(crate) fn image_of(&self, salt: &str, sizes: &[usize], media_type: &str) -> RawManifest {
        let layers = sizes.iter().enumerate().map(|(at, &size)| {
            let bytes = noise(&format!("{salt} {at}"), size);
            self.layout.put_blob(&bytes).unwrap();
            Descriptor::of(media_types::OCI_LAYER, &bytes)
        });
        let layers: Vec<_> = layers.collect();
        let config = format!(r#"{{"os":"linux","architecture":"amd64","author":"{salt}"}}"#);
        self.layout.put_blob(config.as_bytes()).unwrap();
        let config = Descriptor::of(media_types::OCI_CONFIG, config.as_bytes());
        let mut manifest = Manifest::new(config, layers);
        manifest.media_type = Some(media_type.to_owned());
        let bytes = serde_json::to_vec_pretty(&manifest).unwrap();
        RawManifest::new(bytes, media_type, None).unwrap()
    }

    /// An index over images of these platforms, two layers each, one of them shared.
    pub(crate) fn index(&self, salt: &str, platforms: &[&str], media_type: &str) -> RawManifest {
        let child_type = if media_type == media_types::DOCKER_INDEX {
            media_types::DOCKER_MANIFEST
        } else {
            media_types::OCI_MANIFEST
        };
        let children = platforms.iter().map(|platform| {
            let child = self.image_of(&format!("{salt} {platform}"), &[LARGE, 1000], child_type);
            self.layout.put_blob(child.bytes()).unwrap();
            let mut entry = child.descriptor();
            entry.platform = Some(platform.parse().unwrap());
            entry
        });
        let mut index = Index::new(children.collect());
        index.media_type = Some(media_type.to_owned());
        // Spaces that no serializer of ours would write: bytes must stay what they are.
        let bytes = serde_json::to_string_pretty(&index).unwrap() + "\n\n";
        RawManifest::new(bytes.into_bytes(), media_type, None).unwrap()
    }

    /// A manifest that refers to another one.
    pub(crate) fn referrer(&self, subject: &RawManifest, salt: &str) -> RawManifest {
        let bytes = noise(salt, 3000);
        self.layout.put_blob(&bytes).unwrap();
        self.layout.put_blob(b"{}").unwrap();
        let config = Descriptor::of(media_types::OCI_EMPTY, b"{}");
        let layer = Descriptor::of("application/spdx+json", &bytes);
        let mut manifest = Manifest::new(config, vec![layer]);
        manifest.artifact_type = Some("application/spdx+json".to_owned());
        manifest.subject = Some(subject.descriptor());
        let bytes = serde_json::to_vec(&manifest).unwrap();
        let raw = RawManifest::new(bytes, media_types::OCI_MANIFEST, None).unwrap();
        self.layout.put_manifest(&raw, None).unwrap();
        raw
    }

    /// What cosign keeps under `sha256-<hex>.sig`: a layer for each signature.
    pub(crate) fn signature(
        &self,
        subject: &RawManifest,
        signatures: &[&str],
    ) -> (RawManifest, Tag) {
        let manifest = self.image(&format!("signature {signatures:?}"), &[]);
        let layers = signatures.iter().map(|text| {
            self.layout.put_blob(text.as_bytes()).unwrap();
            Descriptor::of(
                "application/vnd.dev.cosign.simplesigning.v1+json",
                text.as_bytes(),
            )
        });
        let mut content: Manifest = serde_json::from_slice(manifest.bytes()).unwrap();
        content.layers = layers.collect();
        let bytes = serde_json::to_vec(&content).unwrap();
        let raw = RawManifest::new(bytes, media_types::OCI_MANIFEST, None).unwrap();
        let tag = cosign_tag(subject);
        self.layout.put_manifest(&raw, Some(&tag)).unwrap();
        (raw, tag)
    }

    pub(crate) fn tag(&self, manifest: &RawManifest, tag: &str) {
        let tag = tag.parse().unwrap();
        self.layout.put_manifest(manifest, Some(&tag)).unwrap();
    }
}

pub(crate) fn cosign_tag(subject: &RawManifest) -> Tag {
    let digest = subject.digest();
    format!("sha256-{}.sig", digest.hex()).parse().unwrap()
}

/// Bytes that do not repeat, the same each time.
pub(crate) fn noise(salt: &str, size: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(size + 32);
    let mut seed = Digest::of(salt.as_bytes());
    while bytes.len() < size {
        bytes.extend_from_slice(seed.as_bytes());
        seed = Digest::of(seed.as_bytes());
    }
    bytes.truncate(size);
    bytes
}

pub(crate) fn repository(client: Client, repository: Repository) -> Place {
    Place::Repository {
        client: Arc::new(client),
        repository,
    }
}

/// All of the image under `tag`, to one tag of each place.
pub(crate) fn request(from: Place, tag: &str, to: &[(&Place, &str)]) -> CopyRequest {
    let to = to.iter().map(|(place, tag)| Destination {
        place: (*place).clone(),
        tags: vec![tag.parse().unwrap()],
        once: false,
    });
    CopyRequest {
        from,
        image: Named::Tag(tag.parse().unwrap()),
        to: to.collect(),
        choice: Choice::default(),
        again: false,
    }
}

pub(crate) async fn run(request: &CopyRequest) -> Result<Copied, CopyError> {
    copy(request, &silent()).await
}

pub(crate) fn silent() -> CopyReport {
    Arc::new(|_| {})
}

/// A report that keeps what it is told.
pub(crate) fn kept() -> (CopyReport, Arc<Mutex<Vec<CopyEvent>>>) {
    let events = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&events);
    let report: CopyReport = Arc::new(move |event| into.lock().unwrap().push(event.clone()));
    (report, events)
}

/// Every byte of an image is where it should be.
pub(crate) async fn expect_whole(place: &Place, tag: &str, digest: Digest, blobs: usize) {
    let named = Named::Tag(tag.parse().unwrap());
    let choice = Choice::default();
    let verified = liftlock_registry::verify(place, &named, &choice, &silent())
        .await
        .unwrap();
    assert_eq!(verified.digest, digest, "{place}");
    assert!(verified.damaged.is_empty(), "{:?}", verified.damaged);
    assert_eq!(verified.blobs, blobs, "{place}");
}
