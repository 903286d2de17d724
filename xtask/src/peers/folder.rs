//! The folder that everything of a run is in.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::program::Program;
use super::trouble::Trouble;

/// A folder that is removed, with what is mounted in it, when this is dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// A new one, for this user alone.
    pub(crate) fn new() -> Result<Self, Trouble> {
        let made = Program::new("mktemp", ["-d", "-t", "liftlock-interop-XXXXXX"]).must()?;
        Ok(Self(PathBuf::from(made.trim_end())))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// A new folder in it.
    pub(crate) fn sub(&self, name: &str) -> Result<PathBuf, Trouble> {
        let path = self.0.join(name);
        fs::create_dir_all(&path).map_err(Trouble::file(&path))?;
        Ok(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
        for point in mounted_in(&mounts, &self.0) {
            // Where it stays mounted, removing the folder stops there.
            Command::new("umount").arg(point).status().ok();
        }
        fs::remove_dir_all(&self.0).ok();
    }
}

/// What is mounted in `folder`, the innermost first.
fn mounted_in(mounts: &str, folder: &Path) -> Vec<PathBuf> {
    let points = mounts.lines().filter_map(|line| line.split(' ').nth(1));
    let mut within: Vec<_> = points
        .map(PathBuf::from)
        .filter(|point| point.starts_with(folder))
        .collect();
    within.reverse();
    within
}

/// Writes a text.
pub(crate) fn write(path: &Path, text: impl AsRef<[u8]>) -> Result<(), Trouble> {
    fs::write(path, text).map_err(Trouble::file(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_are_undone_from_the_inside() {
        let mounts = "proc /proc proc rw 0 0\nnsfs /t/a/ns nsfs rw 0 0\n\
                      overlay /t/a/ns/b overlay rw 0 0\nnsfs /t/ab nsfs rw 0 0\n";
        let points = mounted_in(mounts, Path::new("/t/a"));
        assert_eq!(points, [Path::new("/t/a/ns/b"), Path::new("/t/a/ns")]);
    }
}
