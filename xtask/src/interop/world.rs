//! What all scenarios share: the product, a docker daemon, a registry, and an application's images.

use std::path::PathBuf;

use super::docker::Docker;
use super::image::{Health, Image};
use super::report::Report;
use crate::peers::build;
use crate::peers::busybox;
use crate::peers::environment::variables;
use crate::peers::folder::Folder;
use crate::peers::go;
use crate::peers::program::Program;
use crate::peers::registry::Registry;
use crate::peers::software::{Access, Software};
use crate::peers::trouble::Trouble;
use crate::peers::versions;

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
        let built = build::liftlock("release", &mut |text| report.note(text))?;
        let programs = busybox::get(&built.kept, &mut |text| report.note(text))?;
        let folder = Folder::new()?;
        let images = folder.sub("images")?;
        let image = |version, health| Image::make(&images, version, health, &programs);
        report.note("starting dockerd and docker-registry");
        Ok(Self {
            v1_0: image("1.0.0", Health::Good)?,
            v1_1: image("1.1.0", Health::Good)?,
            v1_2: image("1.2.0", Health::Broken)?,
            registry: Registry::start(
                &folder,
                "registry",
                &Software::DockerRegistry,
                Access::Everybody,
            )?,
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

    /// The registries that can be had here, Debian's first.
    pub(super) fn software(&self, report: &mut Report<'_>) -> Result<Vec<Software>, Trouble> {
        let distribution = go::get(versions::DISTRIBUTION, &mut |text| report.note(text))?;
        let mut all = vec![
            Software::DockerRegistry,
            Software::Distribution(distribution),
            Software::Embedded(self.liftlock.clone()),
        ];
        match Software::zot() {
            Some(zot) => all.push(zot),
            None => report.skip("zot", "no program of that name is on this machine"),
        }
        Ok(all)
    }

    /// Ends the daemon, and looks whether it ended well.
    pub(super) fn stop(self, report: &mut Report<'_>) -> Result<(), Trouble> {
        report.heading("end");
        self.docker.stop(report)
    }
}
