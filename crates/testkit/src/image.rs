//! Small images: real manifests, configurations and layers (OCI image specification 1.1).

use std::error::Error;

use liftlock_oci::{
    Descriptor, Digest, Image, Index, Manifest, Platform, RawManifest, Repository, Tag, media_types,
};
use liftlock_registry::{Client, Name};
use serde_json::json;

type Pushed<T> = Result<T, Box<dyn Error>>;

/// An index over two platforms, under a tag.
pub(crate) async fn push_index(
    client: &Client,
    repository: Repository,
    tag: Tag,
    content: &str,
) -> Pushed<Image> {
    let mut index = Index::new(Vec::new());
    let mut platforms = Vec::new();
    for architecture in ["amd64", "arm64"] {
        let manifest = platform_image(client, &repository, architecture, content).await?;
        let name = Name::Digest(manifest.digest());
        client.put_manifest(&repository, name, &manifest).await?;
        let mut child = manifest.descriptor();
        child.platform = Some(platform(architecture));
        index.manifests.push(child);
        platforms.push((platform(architecture), manifest.digest()));
    }
    let raw = raw(&index, media_types::OCI_INDEX)?;
    client
        .put_manifest(&repository, Name::Tag(&tag), &raw)
        .await?;
    Ok(image(&raw, platforms))
}

/// A manifest of one platform, under a tag.
pub(crate) async fn push_single(
    client: &Client,
    repository: Repository,
    tag: Tag,
    content: &str,
) -> Pushed<Image> {
    let manifest = platform_image(client, &repository, "amd64", content).await?;
    let name = Name::Tag(&tag);
    client.put_manifest(&repository, name, &manifest).await?;
    let platforms = vec![(platform("amd64"), manifest.digest())];
    Ok(image(&manifest, platforms))
}

/// Pushes layer and configuration, and makes their manifest.
async fn platform_image(
    client: &Client,
    repository: &Repository,
    architecture: &str,
    content: &str,
) -> Pushed<RawManifest> {
    let layer = layer(content)?;
    let config = json!({
        "architecture": architecture,
        "os": "linux",
        "config": {},
        "rootfs": { "type": "layers", "diff_ids": [Digest::of(&layer)] },
    });
    let config = config.to_string().into_bytes();
    let manifest = Manifest::new(
        Descriptor::of(media_types::OCI_CONFIG, &config),
        vec![Descriptor::of(media_types::OCI_LAYER, &layer)],
    );
    for blob in [layer, config] {
        client.push_blob(repository, blob.into(), None).await?;
    }
    raw(&manifest, media_types::OCI_MANIFEST)
}

/// A layer with one file; the same bytes each time.
fn layer(content: &str) -> Pushed<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(tar::EntryType::Regular);
    header.set_mode(0o644);
    header.set_size(content.len() as u64);
    header.set_mtime(0);
    archive.append_data(&mut header, "content", content.as_bytes())?;
    Ok(archive.into_inner()?)
}

fn raw(document: &impl serde::Serialize, media_type: &str) -> Pushed<RawManifest> {
    let bytes = serde_json::to_vec(document)?;
    Ok(RawManifest::new(bytes, media_type, None)?)
}

fn platform(architecture: &str) -> Platform {
    Platform {
        os: "linux".to_owned(),
        architecture: architecture.to_owned(),
        variant: None,
    }
}

fn image(raw: &RawManifest, platforms: Vec<(Platform, Digest)>) -> Image {
    Image {
        digest: raw.digest(),
        media_type: raw.media_type().to_owned(),
        platforms,
    }
}
