//! The application's image: an index of two platforms, in an OCI layout made by hand, so that
//! nothing of the product takes part in making what it is tried with.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::peers::busybox::ARCHITECTURES;
use crate::peers::folder::write;
use crate::peers::layout::{INDEX, Layer, Layout, text};
use crate::peers::program::Program;
use crate::peers::skopeo;
use crate::peers::trouble::Trouble;

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
    layout: Layout,
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
        let layout = Layout::new(&place.join(version))?;
        let (mut children, mut configs) = (Vec::new(), Vec::new());
        let layers = Layers { layout: &layout };
        let site = layers.site(version, health)?;
        for (architecture, program) in ARCHITECTURES.iter().zip(busybox) {
            let program = layers.program(program)?;
            let image = layout.image(&config(version, architecture), &[&program, &site])?;
            configs.push(text(&image.config["digest"]));
            let mut child = image.manifest;
            child["platform"] = json!({ "os": "linux", "architecture": architecture });
            children.push(child);
        }
        let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": children });
        let top = layout.put(INDEX, &index)?;
        layout.list(&[(&top, TAG)])?;
        Ok(Self {
            version: version.to_owned(),
            digest: text(&top["digest"]),
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
        self.layout.source(TAG)
    }
}

struct Layers<'a> {
    layout: &'a Layout,
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
        let tree = self.layout.blobs.join(name);
        fs::create_dir_all(&tree).map_err(Trouble::file(&tree))?;
        fill(&tree)?;
        let archive = self.layout.blobs.join(format!("{name}.tar"));
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
        let descriptor = self.layout.keep(LAYER, &packed)?;
        Ok(Layer {
            descriptor,
            unpacked,
        })
    }
}

fn config(version: &str, architecture: &str) -> Value {
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
    })
}
