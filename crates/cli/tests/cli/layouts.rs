//! A layout folder with an image of two platforms, signed and with a bill of materials; and what
//! a command left as it was.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use liftlock_oci::{
    Descriptor, Digest, Image, Index, Manifest, Platform, RawManifest, media_types,
};
use liftlock_registry::Layout;
use serde_json::json;

use crate::scenario::Scenario;

/// The media type of signatures under cosign's tags.
const SIGNATURE: &str = "application/vnd.dev.cosign.simplesigning.v1+json";

/// Writes the layout `app` with the image `app:1.0`; transcripts show its digests.
pub(crate) fn write_app(s: &mut Scenario) -> Image {
    let folder = s.world.folder().join("app");
    let image = write(&folder, "one").expect("a layout");
    s.know(&image);
    image
}

fn write(folder: &Path, content: &str) -> Result<Image, Box<dyn Error>> {
    let layout = Layout::create(folder)?;
    let mut platforms = Vec::new();
    let mut index = Index::new(Vec::new());
    for architecture in ["amd64", "arm64"] {
        let platform: Platform = format!("linux/{architecture}").parse()?;
        let config = json!({
            "os": "linux",
            "architecture": architecture,
            "created": "2024-01-31T12:00:00Z",
            "config": {
                "Entrypoint": ["/app"],
                "Cmd": ["serve", "--port 80"],
                "Env": ["SECRET=not to be shown"],
                "Labels": { "org.example.team": "shop" },
            },
        });
        let layers = [content.to_owned(), format!("{content} {architecture}")];
        let manifest = manifest(&layout, media_types::OCI_CONFIG, &config, &layers, None)?;
        layout.put_blob(manifest.bytes())?;
        let mut child = manifest.descriptor();
        child.platform = Some(platform.clone());
        index.manifests.push(child);
        platforms.push((platform, manifest.digest()));
    }
    let index = raw(&index, media_types::OCI_INDEX)?;
    layout.put_manifest(&index, Some(&"1.0".parse()?))?;
    let bill = ["a bill of materials".to_owned()];
    let bill = manifest(
        &layout,
        "application/spdx+json",
        &json!({}),
        &bill,
        Some(&index),
    )?;
    layout.put_manifest(&bill, None)?;
    let signature = manifest(
        &layout,
        SIGNATURE,
        &json!({ "a": 1 }),
        &["signed".to_owned()],
        None,
    )?;
    let tag = format!("sha256-{}.sig", index.digest().hex());
    layout.put_manifest(&signature, Some(&tag.parse()?))?;
    Ok(Image {
        digest: index.digest(),
        media_type: media_types::OCI_INDEX.to_owned(),
        platforms,
    })
}

fn manifest(
    layout: &Layout,
    kind: &str,
    config: &serde_json::Value,
    layers: &[String],
    subject: Option<&RawManifest>,
) -> Result<RawManifest, Box<dyn Error>> {
    let config = config.to_string().into_bytes();
    layout.put_blob(&config)?;
    let mut descriptors = Vec::new();
    for layer in layers {
        layout.put_blob(layer.as_bytes())?;
        descriptors.push(Descriptor::of(media_types::OCI_LAYER, layer.as_bytes()));
    }
    let mut manifest = Manifest::new(Descriptor::of(kind, &config), descriptors);
    manifest.subject = subject.map(RawManifest::descriptor);
    raw(&manifest, media_types::OCI_MANIFEST)
}

fn raw(document: &impl serde::Serialize, media_type: &str) -> Result<RawManifest, Box<dyn Error>> {
    let bytes = serde_json::to_vec(document)?;
    Ok(RawManifest::new(bytes, media_type, None)?)
}

/// The command must be refused with one clear error, and change no file of the working folder or
/// of the registry.
pub(crate) fn untouched(s: &mut Scenario, code: i32, words: &[&str]) {
    let look = |s: &Scenario| (files(&s.world.folder()), files(&registry(s)));
    let before = look(s);
    s.refused(code, words);
    assert_eq!(look(s), before, "{words:?} changed something");
}

/// The folder in which the registry keeps its repositories.
pub(crate) fn registry(s: &Scenario) -> std::path::PathBuf {
    s.world.folder().join("../registry")
}

/// Every file and folder, with the digest of what is in it.
pub(crate) fn files(root: &Path) -> BTreeMap<String, Option<Digest>> {
    let mut found = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.strip_prefix(root).expect("a path below").display();
            if path.is_dir() {
                found.insert(name.to_string(), None);
                open.push(path);
            } else {
                let bytes = fs::read(&path).expect("a file");
                found.insert(name.to_string(), Some(Digest::of(&bytes)));
            }
        }
    }
    found
}

/// Puts another signature under the tag, into the layout of a registry's repository.
pub(crate) fn sign_differently(repository: &Path, tag: &str) -> Digest {
    let sign = || -> Result<Digest, Box<dyn Error>> {
        let layout = Layout::open(repository)?;
        let signed = ["signed by others".to_owned()];
        let signature = manifest(&layout, SIGNATURE, &json!({ "a": 2 }), &signed, None)?;
        layout.put_manifest(&signature, Some(&tag.parse()?))?;
        Ok(signature.digest())
    };
    sign().expect("a signature")
}
