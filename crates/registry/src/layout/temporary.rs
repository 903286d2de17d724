//! Files that are written beside their place and renamed into it.
//!
//! A temporary file is named after its place, with process and count, and its process holds the
//! system's lock on it for as long as it is open. So a leftover of a killed process is told from
//! a file at work without asking for processes or times: its lock is free. [`sweep`] removes
//! those. Where the file system has no locks, nothing is swept.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::LayoutError;
use super::files::rename;

/// How often a name that is taken is passed over for the next one.
const NAMES_MAX: usize = 10_000;

/// A file beside its place. It goes when it is dropped, unless it was put into its place.
#[derive(Debug)]
pub(crate) struct TemporaryFile {
    file: File,
    path: PathBuf,
    place: PathBuf,
    placed: bool,
}

impl TemporaryFile {
    /// Makes an empty file beside `place`, locked.
    pub(crate) fn beside(place: &Path) -> Result<Self, LayoutError> {
        for _ in 0..NAMES_MAX {
            let path = name_beside(place);
            let io = |error| LayoutError::io(&path, error);
            let file = match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => file,
                // Of a killed process whose number has come again, as it does in containers.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(io(error)),
            };
            match file.lock() {
                Err(error) if error.kind() != ErrorKind::Unsupported => return Err(io(error)),
                _ => {}
            }
            // Between making and locking it, another process may have taken it for a leftover.
            if fs::symlink_metadata(&path).is_ok() {
                return Ok(Self {
                    file,
                    path,
                    place: place.to_owned(),
                    placed: false,
                });
            }
        }
        let error = std::io::Error::from(ErrorKind::AlreadyExists);
        Err(LayoutError::io(place, error))
    }

    /// Where the file will be.
    pub(crate) fn place(&self) -> &Path {
        &self.place
    }

    /// Writes the next bytes.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), LayoutError> {
        self.file
            .write_all(bytes)
            .map_err(|error| LayoutError::io(&self.path, error))
    }

    /// Writes all that `source` has; between two files the system copies.
    pub(crate) fn fill(&mut self, source: &mut File) -> Result<(), LayoutError> {
        std::io::copy(source, &mut self.file)
            .map(|_| ())
            .map_err(|error| LayoutError::io(&self.path, error))
    }

    /// Flushes the file and renames it into its place.
    pub(crate) fn put_in_place(mut self) -> Result<(), LayoutError> {
        self.file
            .sync_all()
            .map_err(|error| LayoutError::io(&self.path, error))?;
        rename(&self.path, &self.place)?;
        self.placed = true;
        Ok(())
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        if !self.placed {
            // What cannot be removed is only litter, and swept later.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Removes the temporary files in `folder` that no process holds, of the places that `of` names.
/// What cannot be looked at or removed is left.
pub(crate) fn sweep(folder: &Path, of: impl Fn(&str) -> bool) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let ours = entry
            .file_name()
            .to_str()
            .and_then(place_name)
            .is_some_and(&of);
        if ours && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            remove_left_behind(&entry.path());
        }
    }
}

fn remove_left_behind(path: &Path) {
    // Some file systems lock only what is open for writing.
    let Ok(file) = OpenOptions::new().write(true).open(path) else {
        return;
    };
    if file.try_lock().is_ok() {
        let _ = fs::remove_file(path);
    }
}

/// A name that no other write uses: process and count.
fn name_beside(place: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let mut name = place.as_os_str().to_owned();
    name.push(format!(".{}-{count}.tmp", std::process::id()));
    PathBuf::from(name)
}

/// The name of the place that a temporary file's name was made for.
fn place_name(temporary: &str) -> Option<&str> {
    let (place, numbers) = temporary.strip_suffix(".tmp")?.rsplit_once('.')?;
    let (process, count) = numbers.split_once('-')?;
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    (number(process) && number(count)).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn only_what_nobody_holds_is_swept() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["x.1-0.tmp", "y.1-0.tmp", "x.tmp", "x.1-0", "x.a-0.tmp"] {
            fs::write(folder.path().join(name), "left").unwrap();
        }
        let held = TemporaryFile::beside(&folder.path().join("x")).unwrap();
        sweep(folder.path(), |place| place == "x");
        let name = held.path.file_name().unwrap().to_str().unwrap().to_owned();
        let mut expected = vec!["x.1-0", "x.a-0.tmp", "x.tmp", "y.1-0.tmp", &name];
        expected.sort_unstable();
        assert_eq!(names(folder.path()), expected);
        held.put_in_place().unwrap();
        assert!(folder.path().join("x").exists());
    }

    #[test]
    fn a_leftover_under_the_next_name_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("x");
        // Other tests count on in this process, so all names that can come next are taken.
        let next = name_beside(&place);
        let count = next.to_str().unwrap().rsplit_once('-').unwrap().1;
        let count: u64 = count.strip_suffix(".tmp").unwrap().parse().unwrap();
        for taken in count + 1..count + 50 {
            let name = format!("x.{}-{taken}.tmp", std::process::id());
            fs::write(folder.path().join(name), "").unwrap();
        }
        TemporaryFile::beside(&place)
            .unwrap()
            .put_in_place()
            .unwrap();
        assert!(place.exists());
    }

    #[test]
    fn a_dropped_file_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = TemporaryFile::beside(&folder.path().join("x")).unwrap();
        file.write(b"half").unwrap();
        drop(file);
        assert!(names(folder.path()).is_empty());
    }
}
