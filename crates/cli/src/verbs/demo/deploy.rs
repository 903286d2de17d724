//! The deployer of `try`: what a `deploy: { command: [...] }` of a user would do, small enough to
//! read. It fetches the image by digest, verifies every byte, and unpacks it into a folder.

use std::io::Read;
use std::path::{Component, Path, PathBuf};

use clap::Args;
use liftlock_oci::{Content, Manifest, Reference};
use liftlock_registry::{Client, HttpRegistries, Name};
use liftlock_verbs::{Done, Failure};
use serde_json::json;

use crate::registries::registry_options;

/// Unpack the image that LIFTLOCK_IMAGE_APP names into a folder
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The folder
    folder: PathBuf,
}

/// The largest layer of the sample, in bytes.
const LAYER_BYTES_MAX: usize = 1024 * 1024;

pub(crate) async fn run(arguments: &Arguments) -> Result<Done, Failure> {
    let image = std::env::var("LIFTLOCK_IMAGE_APP")
        .map_err(|_| Failure::usage("LIFTLOCK_IMAGE_APP is not set; Liftlock sets it"))?;
    let reference: Reference = image
        .parse()
        .map_err(|error: liftlock_oci::ReferenceError| Failure::usage(error.to_string()))?;
    let Some(digest) = reference.digest else {
        return Err(Failure::usage(format!("{image} is not pinned by digest")));
    };
    let registries = HttpRegistries::new(registry_options());
    let client = registries.client(reference.repository.host())?;
    let manifest = platform_manifest(&client, &reference, Name::Digest(digest)).await?;
    let broken = |error: std::io::Error| {
        Failure::failed(
            "deploy",
            format!("{} cannot be written: {error}", arguments.folder.display()),
        )
    };
    std::fs::create_dir_all(&arguments.folder).map_err(broken)?;
    for layer in &manifest.layers {
        let bytes = client
            .blob(&reference.repository, layer.digest, LAYER_BYTES_MAX)
            .await?;
        unpack(&bytes, &arguments.folder).map_err(broken)?;
    }
    let text = format!("unpacked {image} into {}", arguments.folder.display());
    Ok(Done::new(text, json!({ "image": image })))
}

/// The manifest for this machine, or the first one where there is none for it.
async fn platform_manifest(
    client: &Client,
    reference: &Reference,
    name: Name<'_>,
) -> Result<Manifest, Failure> {
    let unreadable = |message: String| Failure::failed("content", message);
    let raw = client.manifest(&reference.repository, name).await?;
    let index = match raw.parse().map_err(|error| unreadable(error.to_string()))? {
        Content::Manifest(manifest) => return Ok(manifest),
        Content::Index(index) => index,
    };
    let architecture = if cfg!(target_arch = "aarch64") {
        "arm64"
    } else {
        "amd64"
    };
    let mine = index.manifests.iter().find(|child| {
        child
            .platform
            .as_ref()
            .is_some_and(|platform| platform.architecture == architecture)
    });
    let Some(child) = mine.or(index.manifests.first()) else {
        return Err(unreadable(format!("{reference} is an index of nothing")));
    };
    let raw = client
        .manifest(&reference.repository, Name::Digest(child.digest))
        .await?;
    match raw.parse().map_err(|error| unreadable(error.to_string()))? {
        Content::Manifest(manifest) => Ok(manifest),
        Content::Index(_) => Err(unreadable(format!("{reference} is an index of indexes"))),
    }
}

/// Unpacks regular files only, and none that would leave the folder. Each is written beside its
/// place and moved there, because the program in it may be running.
fn unpack(layer: &[u8], folder: &Path) -> std::io::Result<()> {
    for entry in tar::Archive::new(layer).entries()? {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        let inside = path
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        if !inside || entry.header().entry_type() != tar::EntryType::Regular {
            continue;
        }
        let target = folder.join(&path);
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent)?;
        }
        let mut content = Vec::new();
        entry.read_to_end(&mut content)?;
        let fresh = target.with_extension("new");
        std::fs::write(&fresh, content)?;
        set_mode(&fresh, entry.header().mode()?)?;
        std::fs::rename(&fresh, &target)?;
    }
    Ok(())
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode & 0o755))
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> std::io::Result<()> {
    Ok(())
}
