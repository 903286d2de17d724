//! The peers, from Debian's packages.

use std::path::Path;

use super::program::Program;
use super::report::Report;
use super::trouble::Trouble;

/// Where daemons are; not in every user's PATH.
const SYSTEM: &str = "/usr/sbin:/sbin";

/// Programs and the packages that have them.
const PROGRAMS: [(&str, &str); 5] = [
    ("docker", "docker.io"),
    ("dockerd", "docker.io"),
    ("docker-registry", "docker-registry"),
    ("skopeo", "skopeo"),
    ("docker-compose", "docker-compose"),
];

/// Installs the packages whose program is missing, and says which.
pub(super) fn install_missing(report: &mut Report<'_>) -> Result<(), Trouble> {
    if Program::new("id", ["-u"]).must()?.trim() != "0" {
        return Err(Trouble::NotRoot);
    }
    let missing = PROGRAMS.iter().filter(|(program, _)| !is_there(program));
    let mut packages: Vec<_> = missing.map(|(_, package)| *package).collect();
    packages.dedup();
    if packages.is_empty() {
        return Ok(());
    }
    report.note(&format!("installing {}", packages.join(", ")));
    Program::new("apt-get", ["update", "-qq"]).must()?;
    let options = ["install", "-y", "-qq", "--no-install-recommends"];
    Program::new("apt-get", options.iter().chain(&packages))
        .env("DEBIAN_FRONTEND", "noninteractive")
        .within(std::time::Duration::from_secs(600))
        .must()?;
    Ok(())
}

/// PATH, with the folders of daemons.
pub(super) fn path() -> String {
    let own = std::env::var("PATH").unwrap_or_default();
    format!("{own}:{SYSTEM}")
}

fn is_there(program: &str) -> bool {
    if program == "docker-compose" && plugin() {
        return true;
    }
    path()
        .split(':')
        .any(|folder| Path::new(folder).join(program).is_file())
}

/// Whether docker brings compose along.
fn plugin() -> bool {
    let asked = Program::new("docker", ["compose", "version"]).run();
    asked.is_ok_and(|outcome| outcome.code == Some(0))
}
