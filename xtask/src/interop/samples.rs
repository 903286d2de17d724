//! Images as they are found in the world, each in an OCI layout made by hand.

use serde_json::{Value, json};

use crate::peers::crane;
use crate::peers::folder::Folder;
use crate::peers::layout::{DOCKER, Layer, Layout, OCI, text};
use crate::peers::skopeo;
use crate::peers::trouble::Trouble;

/// The tag in each layout.
pub(super) const TAG: &str = "built";

/// The platforms of each image.
const PLATFORMS: [(&str, Option<&str>); 3] =
    [("amd64", None), ("arm64", None), ("arm", Some("v7"))];

/// A layer's size, in bytes. Not a round number: what rounds up or down shows.
const LAYER_BYTES: u64 = 1_500_001;

/// The layers of [`Sample::layered`].
pub(super) const LAYERS: usize = 5;

/// An image and what it is called here.
pub(super) struct Sample {
    pub(super) name: &'static str,
    pub(super) digest: String,
    /// The digests of the images in it; none where it is one itself.
    pub(super) platforms: Vec<String>,
    pub(super) format: Format,
    pub(super) layout: Layout,
}

/// Whose media types an image has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Oci,
    Docker,
}

impl Sample {
    /// An index over three platforms; the lowest layer is the same in all of them.
    pub(super) fn multi(folder: &Folder) -> Result<Self, Trouble> {
        Self::make(folder, "multi", 100, Format::Oci, false)
    }

    /// As buildx pushes it: each platform with a manifest of attestations beside it.
    pub(super) fn attested(folder: &Folder) -> Result<Self, Trouble> {
        Self::make(folder, "attested", 200, Format::Oci, true)
    }

    /// A manifest list in docker's own format.
    pub(super) fn docker(folder: &Folder) -> Result<Self, Trouble> {
        Self::make(folder, "docker", 300, Format::Docker, false)
    }

    /// For one platform, with one layer of this size.
    pub(super) fn single(
        folder: &Folder,
        name: &'static str,
        layer_bytes: u64,
    ) -> Result<Self, Trouble> {
        let layout = Layout::new(&folder.sub(&format!("sample-{name}"))?)?;
        let (small, large) = (layout.noise(1, 1000)?, layout.noise(2, layer_bytes)?);
        let image = layout.image(&config("amd64"), &[&small, &large])?;
        Self::listed(name, layout, &image.manifest, Vec::new())
    }

    /// For one platform, with [`LAYERS`] layers.
    pub(super) fn layered(folder: &Folder) -> Result<Self, Trouble> {
        let layout = Layout::new(&folder.sub("sample-layered")?)?;
        let layers = (0..LAYERS as u64).map(|layer| layout.noise(400 + layer, LAYER_BYTES));
        let layers = layers.collect::<Result<Vec<_>, _>>()?;
        let layers: Vec<_> = layers.iter().collect();
        let image = layout.image(&config("amd64"), &layers)?;
        Self::listed("layered", layout, &image.manifest, Vec::new())
    }

    fn make(
        folder: &Folder,
        name: &'static str,
        seed: u64,
        format: Format,
        attested: bool,
    ) -> Result<Self, Trouble> {
        let types = match format {
            Format::Oci => &OCI,
            Format::Docker => &DOCKER,
        };
        let layout = Layout::new(&folder.sub(&format!("sample-{name}"))?)?;
        let shared = layout.noise(seed, LAYER_BYTES)?;
        let (mut manifests, mut attestations) = (Vec::new(), Vec::new());
        for (at, (architecture, variant)) in (1..).zip(PLATFORMS) {
            let own = [0, 1].map(|layer| layout.noise(seed + 10 * at + layer, LAYER_BYTES));
            let [lower, upper] = own;
            let layers = [&shared, &lower?, &upper?];
            let image = layout.image_as(types, &config(architecture), &layers)?;
            let mut manifest = image.manifest;
            manifest["platform"] = json!({ "os": "linux", "architecture": architecture });
            if let Some(variant) = variant {
                manifest["platform"]["variant"] = json!(variant);
            }
            if attested {
                attestations.push(attestation(&layout, &manifest)?);
            }
            manifests.push(manifest);
        }
        let platforms = manifests.iter().map(|manifest| text(&manifest["digest"]));
        let platforms = platforms.collect();
        manifests.extend(attestations);
        let index = json!({
            "schemaVersion": 2, "mediaType": types.index, "manifests": manifests,
        });
        let top = layout.put(types.index, &index)?;
        let mut sample = Self::listed(name, layout, &top, platforms)?;
        sample.format = format;
        Ok(sample)
    }

    fn listed(
        name: &'static str,
        layout: Layout,
        top: &Value,
        platforms: Vec<String>,
    ) -> Result<Self, Trouble> {
        layout.list(&[(top, TAG)])?;
        let digest = text(&top["digest"]);
        Ok(Self {
            name,
            digest,
            platforms,
            format: Format::Oci,
            layout,
        })
    }

    /// Pushes it without the product.
    pub(super) fn push(&self, reference: &str) -> Result<(), Trouble> {
        match self.format {
            Format::Oci => skopeo::copy(&self.layout.source(TAG), &format!("docker://{reference}")),
            // Skopeo finds no image of this format in a layout.
            Format::Docker => crane::push(&self.layout.folder, reference),
        }
    }
}

fn config(architecture: &str) -> Value {
    json!({ "os": "linux", "architecture": architecture, "config": { "Env": ["PATH=/bin"] } })
}

/// What buildx adds for a manifest (BuildKit, "Image attestation storage").
fn attestation(layout: &Layout, of: &Value) -> Result<Value, Trouble> {
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v0.1",
        "predicateType": "https://slsa.dev/provenance/v0.2",
        "subject": [{ "name": "shop", "digest": { "sha256": of["digest"] } }],
        "predicate": { "buildType": "example" },
    });
    let mut descriptor = layout.put("application/vnd.in-toto+json", &statement)?;
    descriptor["annotations"] =
        json!({ "in-toto.io/predicate-type": "https://slsa.dev/provenance/v0.2" });
    let layer = Layer {
        unpacked: text(&descriptor["digest"]),
        descriptor,
    };
    let config = json!({ "os": "unknown", "architecture": "unknown", "config": {} });
    let mut manifest = layout.image(&config, &[&layer])?.manifest;
    manifest["platform"] = json!({ "os": "unknown", "architecture": "unknown" });
    manifest["annotations"] = json!({
        "vnd.docker.reference.type": "attestation-manifest",
        "vnd.docker.reference.digest": of["digest"],
    });
    Ok(manifest)
}
