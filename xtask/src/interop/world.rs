//! What all scenarios share: the product, a docker daemon, a registry, and an application's images.

use std::path::PathBuf;

use super::build;
use super::busybox;
use super::docker::Docker;
use super::folder::Folder;
use super::image::{Health, Image};
use super::packages;
use super::program::Program;
use super::registry::Registry;
use super::report::Report;
use super::trouble::Trouble;

/// The peers. They end in this order when dropped, the folder last.
pub(super) struct World {
    pub(super) docker: Docker,
    pub(super) registry: Registry,
    /// Good.
    pub(super) v1_0: Image,
    /// Good.
    pub(super) v1_1: Image,
    /// Its `/health` answers 404.
    pub(super) v1_2: Image,
    pub(super) liftlock: PathBuf,
    pub(super) folder: Folder,
}

impl World {
    /// Builds and starts everything.
    pub(super) fn start(report: &mut Report<'_>) -> Result<Self, Trouble> {
        let built = build::liftlock(report)?;
        let programs = busybox::get(&built.kept, report)?;
        let folder = Folder::new()?;
        let images = folder.sub("images")?;
        let image = |version, health| Image::make(&images, version, health, &programs);
        report.note("starting dockerd and docker-registry");
        Ok(Self {
            v1_0: image("1.0.0", Health::Good)?,
            v1_1: image("1.1.0", Health::Good)?,
            v1_2: image("1.2.0", Health::Broken)?,
            registry: Registry::start(&folder)?,
            docker: Docker::start(&folder)?,
            liftlock: built.liftlock,
            folder,
        })
    }

    /// The product's command line, without a pipeline.
    pub(super) fn liftlock(&self, words: &[&str]) -> Result<Program, Trouble> {
        Ok(Program::new(&self.liftlock, words)
            .dir(self.folder.path())
            .environment(&variables(&self.folder)?))
    }

    /// Ends the daemon, and looks whether it ended well.
    pub(super) fn stop(self, report: &mut Report<'_>) -> Result<(), Trouble> {
        report.heading("end");
        self.docker.stop(report)
    }
}

/// What every program is given, and nothing of the caller's: above all no registry login and no
/// other docker.
pub(super) fn variables(folder: &Folder) -> Result<Vec<(String, String)>, Trouble> {
    let home = folder.sub("home")?;
    let socket = folder.path().join("docker").join("docker.sock");
    let all = [
        ("PATH", packages::path()),
        ("HOME", home.display().to_string()),
        ("DOCKER_HOST", format!("unix://{}", socket.display())),
        ("LANG", "C.UTF-8".to_owned()),
        // Progress and waiting are the same as in a pipeline.
        ("CI", "1".to_owned()),
    ];
    let all = all.map(|(name, value)| (name.to_owned(), value));
    Ok(all.to_vec())
}
