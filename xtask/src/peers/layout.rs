//! An OCI layout made by hand, so that nothing of the product takes part in making what it is
//! tried with.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::folder::write;
use super::noise::Noise;
use super::skopeo;
use super::trouble::Trouble;

pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";

/// What the parts of an image are called.
pub(crate) struct MediaTypes {
    pub(crate) index: &'static str,
    manifest: &'static str,
    config: &'static str,
    /// Of its layers; nothing where they keep what they have.
    layer: Option<&'static str>,
}

/// As the OCI image specification has it.
pub(crate) const OCI: MediaTypes = MediaTypes {
    index: INDEX,
    manifest: MANIFEST,
    config: CONFIG,
    layer: None,
};

/// Docker's "Image Manifest Version 2, Schema 2".
pub(crate) const DOCKER: MediaTypes = MediaTypes {
    index: "application/vnd.docker.distribution.manifest.list.v2+json",
    manifest: "application/vnd.docker.distribution.manifest.v2+json",
    config: "application/vnd.docker.container.image.v1+json",
    layer: Some("application/vnd.docker.image.rootfs.diff.tar"),
};

/// The unit of a tar archive, in bytes.
const BLOCK: usize = 512;

/// A layout in a folder.
pub(crate) struct Layout {
    /// Where it is.
    pub(crate) folder: PathBuf,
    /// Where its blobs are.
    pub(crate) blobs: PathBuf,
}

/// A layer in a layout.
pub(crate) struct Layer {
    pub(crate) descriptor: Value,
    /// The digest of the archive before it was compressed.
    pub(crate) unpacked: String,
}

/// Of an image for one platform.
pub(crate) struct Descriptors {
    pub(crate) manifest: Value,
    pub(crate) config: Value,
}

impl Layout {
    /// A new one.
    pub(crate) fn new(folder: &Path) -> Result<Self, Trouble> {
        let blobs = folder.join("blobs/sha256");
        fs::create_dir_all(&blobs).map_err(Trouble::file(&blobs))?;
        write(
            &folder.join("oci-layout"),
            r#"{"imageLayoutVersion":"1.0.0"}"#,
        )?;
        let folder = folder.to_owned();
        Ok(Self { folder, blobs })
    }

    /// Adds a document; its descriptor.
    pub(crate) fn put(&self, media_type: &str, document: &Value) -> Result<Value, Trouble> {
        let file = self.blobs.join("document");
        write(&file, document.to_string())?;
        self.keep(media_type, &file)
    }

    /// Gives a file the name of its digest; its descriptor.
    pub(crate) fn keep(&self, media_type: &str, file: &Path) -> Result<Value, Trouble> {
        let digest = skopeo::file_digest(file)?;
        let size = fs::metadata(file).map_err(Trouble::file(file))?.len();
        let hex = digest.trim_start_matches("sha256:");
        fs::rename(file, self.blobs.join(hex)).map_err(Trouble::file(file))?;
        Ok(json!({ "mediaType": media_type, "digest": digest, "size": size }))
    }

    /// Adds a layer with one file of `size` bytes that no program can make smaller; the same bytes
    /// for the same seed.
    pub(crate) fn noise(&self, seed: u64, size: u64) -> Result<Layer, Trouble> {
        let path = self.blobs.join("layer");
        archive(&path, seed, size).map_err(Trouble::file(&path))?;
        let descriptor = self.keep(LAYER, &path)?;
        let unpacked = text(&descriptor["digest"]);
        Ok(Layer {
            descriptor,
            unpacked,
        })
    }

    /// Adds an image for one platform.
    pub(crate) fn image(&self, config: &Value, layers: &[&Layer]) -> Result<Descriptors, Trouble> {
        self.image_as(&OCI, config, layers)
    }

    /// Adds an image for one platform, in either format.
    pub(crate) fn image_as(
        &self,
        types: &MediaTypes,
        config: &Value,
        layers: &[&Layer],
    ) -> Result<Descriptors, Trouble> {
        let mut config = config.clone();
        let unpacked: Vec<_> = layers.iter().map(|layer| &layer.unpacked).collect();
        config["rootfs"] = json!({ "type": "layers", "diff_ids": unpacked });
        let config = self.put(types.config, &config)?;
        let layers = layers.iter().map(|layer| {
            let mut descriptor = layer.descriptor.clone();
            if let Some(media_type) = types.layer {
                descriptor["mediaType"] = json!(media_type);
            }
            descriptor
        });
        let layers: Vec<_> = layers.collect();
        let manifest = json!({
            "schemaVersion": 2, "mediaType": types.manifest, "config": config, "layers": layers,
        });
        let manifest = self.put(types.manifest, &manifest)?;
        Ok(Descriptors { manifest, config })
    }

    /// Says what is in it: descriptors with the tags they have.
    pub(crate) fn list(&self, tagged: &[(&Value, &str)]) -> Result<(), Trouble> {
        let descriptors = tagged.iter().map(|(descriptor, tag)| {
            let mut descriptor = (*descriptor).clone();
            descriptor["annotations"] = json!({ "org.opencontainers.image.ref.name": tag });
            descriptor
        });
        let descriptors: Vec<_> = descriptors.collect();
        let list = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": descriptors });
        write(&self.folder.join("index.json"), list.to_string())
    }

    /// An image in it, as skopeo names it.
    pub(crate) fn source(&self, tag: &str) -> String {
        format!("oci:{}:{tag}", self.folder.display())
    }
}

/// The text in a JSON value; nothing where it is no text.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Writes a tar archive with one file of noise.
fn archive(path: &Path, seed: u64, size: u64) -> std::io::Result<()> {
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    file.write_all(&header(&format!("noise-{seed}"), size))?;
    Noise::new(seed).write(&mut file, size)?;
    let used = usize::try_from(size % BLOCK as u64).unwrap_or_default();
    let padding = (BLOCK - used) % BLOCK;
    // Two empty blocks are the end.
    file.write_all(&vec![0; padding + 2 * BLOCK])?;
    file.flush()
}

/// A file's header (POSIX.1-1988, ustar).
fn header(name: &str, size: u64) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let mut set = |at: usize, text: &str| {
        block[at..at + text.len()].copy_from_slice(text.as_bytes());
    };
    set(0, name);
    set(100, "0000644");
    set(108, "0000000");
    set(116, "0000000");
    set(124, &format!("{size:011o}"));
    set(136, "00000000000");
    set(148, "        ");
    set(156, "0");
    set(257, "ustar\u{0}00");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\u{0} ").as_bytes());
    block
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peers::program::Program;

    #[test]
    fn a_layer_is_an_archive_that_tar_reads() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path()).unwrap();
        let layer = layout.noise(7, 1000).unwrap();
        let hex = layer.unpacked.trim_start_matches("sha256:");
        let path = layout.blobs.join(hex);
        let words = ["-tvf".as_ref(), path.as_os_str()];
        let listed = Program::new("tar", words).must().unwrap();
        assert!(listed.contains(" 1000 1970-01-01"), "{listed}");
        assert!(listed.contains("noise-7"), "{listed}");
        assert_eq!(layer.descriptor["size"], 512 + 1024 + 1024);
    }
}
