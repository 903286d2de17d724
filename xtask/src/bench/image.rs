//! Images of noise: nothing that compresses, and the same bytes each time.

use std::fs;

use serde_json::json;

use super::scene::Scene;
use crate::peers::layout::{Layout, text};
use crate::peers::registry::Registry;
use crate::peers::skopeo;
use crate::peers::trouble::Trouble;

/// An image in a registry, under the tag `built`.
pub(super) struct Image {
    pub(super) repository: String,
    pub(super) digest: String,
}

/// How large an image is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) layers: u64,
    pub(super) layer_bytes: u64,
}

/// Five layers of a megabyte: what moves is requests rather than bytes.
pub(super) const SMALL: Size = Size {
    layers: 5,
    layer_bytes: 1_000_000,
};

const TAG: &str = "built";

impl Image {
    /// Makes one and pushes it to a repository called `shop`.
    pub(super) fn push(scene: &Scene<'_>, to: &Registry, size: Size) -> Result<Self, Trouble> {
        let place = scene.folder.path().join("layout");
        let layout = Layout::new(&place)?;
        let mut layers = Vec::new();
        for seed in 0..size.layers {
            layers.push(layout.noise(seed, size.layer_bytes)?);
        }
        let layers: Vec<_> = layers.iter().collect();
        let config = json!({ "os": "linux", "architecture": "amd64", "config": {} });
        let manifest = layout.image(&config, &layers)?.manifest;
        layout.list(&[(&manifest, TAG)])?;
        let image = Self {
            repository: format!("{}/shop", to.host),
            digest: text(&manifest["digest"]),
        };
        skopeo::copy(
            &layout.source(TAG),
            &format!("docker://{}", image.reference()),
        )?;
        fs::remove_dir_all(&place).map_err(Trouble::file(&place))?;
        Ok(image)
    }

    /// Its tag in its repository.
    pub(super) fn reference(&self) -> String {
        format!("{}:{TAG}", self.repository)
    }

    /// The tag alone.
    pub(super) fn tag(&self) -> &'static str {
        TAG
    }
}
