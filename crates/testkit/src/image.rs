//! Small images: real manifests, configurations and layers (OCI image specification 1.1).

use std::collections::BTreeMap;
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

/// An artifact that refers to an image, and the same content under cosign's tag for signatures.
pub(crate) async fn push_signature(
    client: &Client,
    repository: &Repository,
    image: &Image,
    content: &str,
) -> Pushed<Digest> {
    let blob = content.as_bytes().to_vec();
    let empty = b"{}".to_vec();
    let mut manifest = Manifest {
        schema_version: 2,
        media_type: Some(media_types::OCI_MANIFEST.to_owned()),
        artifact_type: Some("application/vnd.example.signature".to_owned()),
        config: Descriptor::of("application/vnd.oci.empty.v1+json", &empty),
        layers: vec![Descriptor::of("application/octet-stream", &blob)],
        subject: None,
        annotations: BTreeMap::new(),
    };
    for blob in [blob, empty] {
        client.push_blob(repository, blob.into(), None).await?;
    }
    let tag: Tag = format!("sha256-{}.sig", image.digest.hex()).parse()?;
    let tagged = raw(&manifest, media_types::OCI_MANIFEST)?;
    let name = Name::Tag(&tag);
    client.put_manifest(repository, name, &tagged).await?;
    let subject = client.manifest(repository, Name::Digest(image.digest));
    manifest.subject = Some(subject.await?.descriptor());
    let referrer = raw(&manifest, media_types::OCI_MANIFEST)?;
    client.put_referrer(repository, &referrer).await?;
    Ok(referrer.digest())
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
