//! Images to push.

use bytes::Bytes;
use liftlock_oci::{
    Descriptor, Digest, Index, Manifest, Platform, RawManifest, Repository, Tag, media_types,
};
use liftlock_registry::{Client, Name};

pub fn tag(text: &str) -> Tag {
    text.parse().unwrap()
}

/// Pushes a single image of a platform; `salt` makes its digest its own.
pub async fn push_image(
    client: &Client,
    repository: &Repository,
    platform: &str,
    salt: &str,
) -> RawManifest {
    let platform: Platform = platform.parse().unwrap();
    let config = serde_json::json!({
        "os": platform.os, "architecture": platform.architecture, "variant": platform.variant,
        "rootfs": { "type": "layers", "diff_ids": [] }, "author": salt,
    })
    .to_string();
    let layer = format!("layer of {platform} {salt}");
    let manifest = Manifest::new(
        Descriptor::of(media_types::OCI_CONFIG, config.as_bytes()),
        vec![Descriptor::of(media_types::OCI_LAYER, layer.as_bytes())],
    );
    for blob in [config, layer] {
        client
            .push_blob(repository, Bytes::from(blob), None)
            .await
            .unwrap();
    }
    let bytes = serde_json::to_vec(&manifest).unwrap();
    let raw = RawManifest::new(bytes, media_types::OCI_MANIFEST, None).unwrap();
    client
        .put_manifest(repository, Name::Digest(raw.digest()), &raw)
        .await
        .unwrap();
    raw
}

/// Pushes an index over amd64, arm64/v8 and a builder's attestation, without a tag.
pub async fn push_index(client: &Client, repository: &Repository, salt: &str) -> RawManifest {
    let mut manifests = Vec::new();
    for platform in ["linux/amd64", "linux/arm64/v8", "unknown/unknown"] {
        let mut child = push_image(client, repository, platform, salt)
            .await
            .descriptor();
        child.platform = Some(platform.parse().unwrap());
        manifests.push(child);
    }
    let bytes = serde_json::to_vec(&Index::new(manifests)).unwrap();
    let raw = RawManifest::new(bytes, media_types::OCI_INDEX, None).unwrap();
    client
        .put_manifest(repository, Name::Digest(raw.digest()), &raw)
        .await
        .unwrap();
    raw
}

pub async fn tag_now(client: &Client, repository: &Repository, tag: &Tag) -> Option<Digest> {
    client
        .manifest_digest(repository, Name::Tag(tag))
        .await
        .unwrap()
}
