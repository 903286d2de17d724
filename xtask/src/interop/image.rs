//! The application's image: an index of two platforms, in an OCI layout made by hand, so that
//! nothing of the product takes part in making what it is tried with.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::peers::busybox::ARCHITECTURES;
use crate::peers::folder::write;
use crate::peers::program::Program;
use crate::peers::skopeo;
use crate::peers::trouble::Trouble;

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// The tag in the layout.
const TAG: &str = "built";

/// An image in a layout on disk.
pub(super) struct Image {
    /// What it answers, and its label.
    pub(super) version: String,
    /// The index's digest.
    pub(super) digest: String,
    /// The config's digest of each of [`ARCHITECTURES`].
    pub(super) configs: Vec<String>,
    layout: PathBuf,
}

/// Whether the application is well: `/health` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Health {
    Good,
    Broken,
}

impl Image {
    /// Makes the image of a version in `place`.
    pub(super) fn make(
        place: &Path,
        version: &str,
        health: Health,
        busybox: &[PathBuf; 2],
    ) -> Result<Self, Trouble> {
        let layout = place.join(version);
        let blobs = layout.join("blobs/sha256");
        fs::create_dir_all(&blobs).map_err(Trouble::file(&blobs))?;
        let (mut children, mut configs) = (Vec::new(), Vec::new());
        let layers = Layers { blobs: &blobs };
        let site = layers.site(version, health)?;
        for (architecture, program) in ARCHITECTURES.iter().zip(busybox) {
            let program = layers.program(program)?;
            let config = config(version, architecture, &[&program, &site]);
            let config = put(&blobs, CONFIG, &config)?;
            configs.push(text(&config["digest"]));
            let manifest = json!({
                "schemaVersion": 2, "mediaType": MANIFEST, "config": config,
                "layers": [program.descriptor, site.descriptor],
            });
            let mut child = put(&blobs, MANIFEST, &manifest)?;
            child["platform"] = json!({ "os": "linux", "architecture": architecture });
            children.push(child);
        }
        let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": children });
        let mut top = put(&blobs, INDEX, &index)?;
        let digest = text(&top["digest"]);
        top["annotations"] = json!({ "org.opencontainers.image.ref.name": TAG });
        let list = json!({ "schemaVersion": 2, "manifests": [top] });
        write(&layout.join("index.json"), list.to_string())?;
        write(
            &layout.join("oci-layout"),
            r#"{"imageLayoutVersion":"1.0.0"}"#,
        )?;
        Ok(Self {
            version: version.to_owned(),
            digest,
            configs,
            layout,
        })
    }

    /// Pushes it under a tag, as a build would.
    pub(super) fn push(&self, reference: &str) -> Result<(), Trouble> {
        skopeo::copy(&self.source(), &format!("docker://{reference}"))
    }

    /// As skopeo names it.
    pub(super) fn source(&self) -> String {
        format!("oci:{}:{TAG}", self.layout.display())
    }
}

struct Layers<'a> {
    blobs: &'a Path,
}

struct Layer {
    descriptor: Value,
    /// The digest of the archive before it was compressed.
    unpacked: String,
}

impl Layers<'_> {
    fn program(&self, busybox: &Path) -> Result<Layer, Trouble> {
        self.layer("program", |tree| {
            let bin = tree.join("bin");
            fs::create_dir_all(&bin).map_err(Trouble::file(&bin))?;
            let to = bin.join("busybox");
            fs::copy(busybox, &to).map_err(Trouble::file(&to))?;
            let mode = fs::Permissions::from_mode(0o755);
            fs::set_permissions(&to, mode).map_err(Trouble::file(&to))?;
            symlink("busybox", bin.join("sh")).map_err(Trouble::file(&bin))
        })
    }

    fn site(&self, version: &str, health: Health) -> Result<Layer, Trouble> {
        self.layer("site", |tree| {
            let www = tree.join("www");
            fs::create_dir_all(&www).map_err(Trouble::file(&www))?;
            write(&www.join("index.html"), format!("shop {version}\n"))?;
            match health {
                Health::Good => write(&www.join("health"), format!("version {version}\n")),
                Health::Broken => Ok(()),
            }
        })
    }

    fn layer(
        &self,
        name: &str,
        fill: impl FnOnce(&Path) -> Result<(), Trouble>,
    ) -> Result<Layer, Trouble> {
        let tree = self.blobs.join(name);
        fs::create_dir_all(&tree).map_err(Trouble::file(&tree))?;
        fill(&tree)?;
        let archive = self.blobs.join(format!("{name}.tar"));
        let settings =
            "--sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=go+rX,go-w";
        let arguments = settings.split(' ').map(str::to_owned);
        let files = [
            "-C",
            &tree.to_string_lossy(),
            "-cf",
            &archive.to_string_lossy(),
            ".",
        ]
        .map(str::to_owned);
        Program::new("tar", arguments.chain(files)).must()?;
        let unpacked = skopeo::file_digest(&archive)?;
        Program::new("gzip", ["-n".as_ref(), archive.as_os_str()]).must()?;
        fs::remove_dir_all(&tree).map_err(Trouble::file(&tree))?;
        let packed = archive.with_extension("tar.gz");
        let descriptor = keep(self.blobs, LAYER, &packed)?;
        Ok(Layer {
            descriptor,
            unpacked,
        })
    }
}

fn config(version: &str, architecture: &str, layers: &[&Layer]) -> Value {
    let unpacked: Vec<_> = layers.iter().map(|layer| &layer.unpacked).collect();
    json!({
        "architecture": architecture,
        "os": "linux",
        "config": {
            "Entrypoint": ["/bin/busybox", "httpd", "-f", "-p", "8080", "-h", "/www"],
            "Env": ["PATH=/bin"],
            "ExposedPorts": { "8080/tcp": {} },
            "Labels": { "org.opencontainers.image.version": version },
            // As the first process it would not hear the usual one.
            "StopSignal": "SIGKILL",
        },
        "rootfs": { "type": "layers", "diff_ids": unpacked },
    })
}

fn put(blobs: &Path, media_type: &str, document: &Value) -> Result<Value, Trouble> {
    let file = blobs.join("document");
    write(&file, document.to_string())?;
    keep(blobs, media_type, &file)
}

/// Gives a file the name of its digest, and describes it.
fn keep(blobs: &Path, media_type: &str, file: &Path) -> Result<Value, Trouble> {
    let digest = skopeo::file_digest(file)?;
    let size = fs::metadata(file).map_err(Trouble::file(file))?.len();
    let hex = digest.trim_start_matches("sha256:");
    fs::rename(file, blobs.join(hex)).map_err(Trouble::file(file))?;
    Ok(json!({ "mediaType": media_type, "digest": digest, "size": size }))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
