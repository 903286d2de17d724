//! The peers, from Debian's packages.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Note;
use super::program::Program;
use super::trouble::Trouble;

/// Where daemons are; not in every user's PATH.
const SYSTEM: &str = "/usr/sbin:/sbin";

/// How long downloading and unpacking them may take.
const INSTALLED_WITHIN: Duration = Duration::from_secs(900);

/// What `interop` needs.
pub(crate) const INTEROP: [&str; 14] = [
    "docker",
    "dockerd",
    "docker-registry",
    "skopeo",
    "docker-compose",
    "git",
    "prometheus",
    "prometheus-alertmanager",
    "faketime",
    "curl",
    "openssl",
    "sshd",
    "lighttpd",
    "pg_ctlcluster",
];
/// What `bench` needs.
pub(crate) const BENCH: [&str; 5] = ["docker-registry", "skopeo", "curl", "openssl", "wrk"];

/// Programs, and the package that has each: the first one that this Debian knows.
const PROGRAMS: [(&str, &[&str]); 15] = [
    // A package of its own from Debian 13 on.
    ("docker", &["docker-cli", "docker.io"]),
    ("dockerd", &["docker.io"]),
    ("docker-registry", &["docker-registry"]),
    ("skopeo", &["skopeo"]),
    ("docker-compose", &["docker-compose"]),
    ("git", &["git"]),
    ("prometheus", &["prometheus"]),
    ("prometheus-alertmanager", &["prometheus-alertmanager"]),
    ("faketime", &["faketime"]),
    ("curl", &["curl"]),
    ("openssl", &["openssl"]),
    ("wrk", &["wrk"]),
    ("sshd", &["openssh-server"]),
    // It brings lighttpd along.
    ("lighttpd", &["lighttpd-mod-openssl"]),
    ("pg_ctlcluster", &["postgresql"]),
];

/// Fails where this is not root.
pub(crate) fn as_root() -> Result<(), Trouble> {
    match Program::new("id", ["-u"]).must()?.trim() {
        "0" => Ok(()),
        _ => Err(Trouble::NotRoot),
    }
}

/// Installs the packages of those programs that are missing, and says which.
pub(crate) fn install_missing(wanted: &[&str], note: &mut Note<'_>) -> Result<(), Trouble> {
    let missing = PROGRAMS
        .iter()
        .filter(|(program, _)| wanted.contains(program));
    let missing = missing.filter(|(program, _)| !is_there(program));
    let missing: Vec<_> = missing.map(|(_, packages)| *packages).collect();
    if missing.is_empty() {
        return Ok(());
    }
    as_root()?;
    Program::new("apt-get", ["update", "-qq"]).must()?;
    let packages = missing
        .into_iter()
        .filter_map(|candidates| candidates.iter().copied().find(|package| is_known(package)));
    let packages: BTreeSet<_> = packages.collect();
    let names: Vec<_> = packages.iter().copied().collect();
    note(&format!("installing {}", names.join(", ")));
    let options = ["install", "-y", "-qq", "--no-install-recommends"];
    Program::new("apt-get", options.into_iter().chain(names))
        .env("DEBIAN_FRONTEND", "noninteractive")
        .within(INSTALLED_WITHIN)
        .must()?;
    let mut programs = PROGRAMS.iter().map(|(program, _)| *program);
    match programs.find(|program| wanted.contains(program) && !is_there(program)) {
        Some(program) => Err(Trouble::Missing(program)),
        None => Ok(()),
    }
}

/// Whether apt could install it.
fn is_known(package: &str) -> bool {
    let asked = Program::new("apt-cache", ["show", "--no-all-versions", package]).run();
    asked.is_ok_and(|outcome| outcome.code == Some(0))
}

/// PATH, with the folders of daemons.
pub(crate) fn path() -> String {
    let own = std::env::var("PATH").unwrap_or_default();
    format!("{own}:{SYSTEM}")
}

fn is_there(program: &str) -> bool {
    if program == "docker-compose" && plugin() {
        return true;
    }
    find(program).is_some()
}

/// Where a program is, if it is.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = path();
    let mut places = path
        .split(':')
        .map(|folder| Path::new(folder).join(program));
    places.find(|place| place.is_file())
}

/// Whether docker brings compose along.
fn plugin() -> bool {
    let asked = Program::new("docker", ["compose", "version"]).run();
    asked.is_ok_and(|outcome| outcome.code == Some(0))
}
