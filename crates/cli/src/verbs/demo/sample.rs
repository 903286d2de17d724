//! The sample image: an index of two platforms, with real layers and a config that runs.

use liftlock_oci::{
    Descriptor, Digest, Index, Manifest, Platform, RawManifest, Repository, media_types,
};
use liftlock_registry::{Client, HttpRegistries, Name};
use liftlock_verbs::Failure;
use serde_json::json;

use super::Place;
use super::elf::{Machine, program};

/// What the sample application says; the check looks for it.
pub(super) const GREETING: &str = "hello from liftlock's sample, version 1.0.0\n";

/// The sample image in its repository.
pub(super) struct Sample {
    pub(super) repository: Repository,
    pub(super) digest: Digest,
    pub(super) platforms: Vec<(Platform, Digest)>,
}

/// Builds the image and pushes it as any client would.
pub(super) async fn push(registries: &HttpRegistries, place: &Place) -> Result<Sample, Failure> {
    let name = format!("{}/hello", place.registry);
    let repository: Repository = name
        .parse()
        .map_err(|e: liftlock_oci::ReferenceError| Failure::usage(e.to_string()))?;
    let client = registries.client(repository.host())?;
    let mut platforms = Vec::new();
    let mut manifests = Vec::new();
    for (machine, architecture) in [(Machine::Amd64, "amd64"), (Machine::Arm64, "arm64")] {
        let manifest = platform_image(&client, &repository, machine, architecture).await?;
        let platform = Platform {
            os: "linux".into(),
            architecture: architecture.into(),
            variant: None,
        };
        let mut child = manifest.descriptor();
        child.platform = Some(platform.clone());
        platforms.push((platform, child.digest));
        manifests.push(child);
    }
    let index = raw(&Index::new(manifests), media_types::OCI_INDEX)?;
    let tag = "build-1"
        .parse()
        .map_err(|e: liftlock_oci::TagError| Failure::usage(e.to_string()))?;
    client
        .put_manifest(&repository, Name::Tag(&tag), &index)
        .await?;
    Ok(Sample {
        repository,
        digest: index.digest(),
        platforms,
    })
}

async fn platform_image(
    client: &Client,
    repository: &Repository,
    machine: Machine,
    architecture: &str,
) -> Result<RawManifest, Failure> {
    let about = layer("etc/hello-release", b"VERSION=1.0.0\n", 0o644)?;
    let binary = layer("bin/hello", &program(machine, GREETING), 0o755)?;
    let layers = [about, binary];
    let config = json!({
        "architecture": architecture,
        "os": "linux",
        "config": { "Entrypoint": ["/bin/hello"], "Labels": { "org.opencontainers.image.version": "1.0.0" } },
        "rootfs": { "type": "layers", "diff_ids": layers.iter().map(|l| Digest::of(l)).collect::<Vec<_>>() },
        "history": layers.iter().map(|_| json!({ "created_by": "liftlock try" })).collect::<Vec<_>>(),
    });
    let config = config.to_string().into_bytes();
    let manifest = Manifest::new(
        Descriptor::of(media_types::OCI_CONFIG, &config),
        layers
            .iter()
            .map(|l| Descriptor::of(media_types::OCI_LAYER, l))
            .collect(),
    );
    for blob in layers.into_iter().chain([config]) {
        client.push_blob(repository, blob.into(), None).await?;
    }
    let manifest = raw(&manifest, media_types::OCI_MANIFEST)?;
    client
        .put_manifest(repository, Name::Digest(manifest.digest()), &manifest)
        .await?;
    Ok(manifest)
}

fn raw(document: &impl serde::Serialize, media_type: &str) -> Result<RawManifest, Failure> {
    let broken = |message: String| Failure::failed("sample", message);
    let bytes = serde_json::to_vec(document).map_err(|e| broken(e.to_string()))?;
    RawManifest::new(bytes, media_type, None).map_err(|e| broken(e.to_string()))
}

/// A layer with one file in its folder; the same bytes each time, so that digests are the same.
fn layer(path: &str, content: &[u8], mode: u32) -> Result<Vec<u8>, Failure> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut append = |path: &str, kind: tar::EntryType, mode: u32, content: &[u8]| {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_size(content.len() as u64);
        header.set_mtime(0);
        archive.append_data(&mut header, path, content)
    };
    let folder = path.split('/').next().unwrap_or_default();
    append(&format!("{folder}/"), tar::EntryType::Directory, 0o755, &[])
        .and_then(|()| append(path, tar::EntryType::Regular, mode, content))
        .and_then(|()| archive.into_inner())
        .map_err(|error| Failure::failed("sample", error.to_string()))
}
