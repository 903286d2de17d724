//! Regular files, read with a limit and written so that a crash leaves old or new.

use std::fs::{self, File};
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use super::LayoutError;
use super::temporary::TemporaryFile;

/// Opens a regular file; `None` where there is nothing. A link or device is refused.
pub(super) fn open_file(path: &Path) -> Result<Option<(File, u64)>, LayoutError> {
    let io = |error| LayoutError::io(path, error);
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => {}
        Ok(_) => return Err(LayoutError::not_a_layout(path, "it is not a regular file")),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io(error)),
    }
    match File::open(path) {
        Ok(file) => {
            let size = file.metadata().map_err(io)?.len();
            Ok(Some((file, size)))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io(error)),
    }
}

/// Reads a regular file of at most `limit` bytes; `None` where there is nothing.
pub(super) fn read_file(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, LayoutError> {
    let Some((file, size)) = open_file(path)? else {
        return Ok(None);
    };
    let mut bytes = Vec::with_capacity(usize::try_from(size.min(limit)).unwrap_or(0) + 1);
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| LayoutError::io(path, error))?;
    if bytes.len() as u64 > limit {
        let path = path.to_owned();
        return Err(LayoutError::Size { path, limit });
    }
    Ok(Some(bytes))
}

/// Writes a file beside its place, flushes it, and renames it into its place.
pub(super) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), LayoutError> {
    let mut file = TemporaryFile::beside(path)?;
    file.write(bytes)?;
    file.put_in_place()
}

/// Renames a flushed file into its place, and flushes the folder.
pub(super) fn rename(from: &Path, to: &Path) -> Result<(), LayoutError> {
    fs::rename(from, to).map_err(|error| LayoutError::io(to, error))?;
    sync_parent(to)
}

/// Flushes the folder that holds `path`, so that a new name survives a crash.
pub(super) fn sync_parent(path: &Path) -> Result<(), LayoutError> {
    let folder = folder_of(path);
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| LayoutError::io(folder, error))
}

/// The folder that holds `path`; for a bare name, the one that the process is in.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) => Path::new("."),
        None => path,
    }
}

/// Fails unless `path` is a folder, and not a link to one.
pub(super) fn expect_folder(path: &Path) -> Result<(), LayoutError> {
    let metadata = fs::symlink_metadata(path).map_err(|error| LayoutError::io(path, error))?;
    if metadata.is_dir() {
        Ok(())
    } else {
        Err(LayoutError::not_a_layout(path, "it is not a folder"))
    }
}

/// Makes a folder and those above it, so that they survive a crash; one that is there is kept.
pub(super) fn make_folder(path: &Path) -> Result<(), LayoutError> {
    let missing: Vec<&Path> = path
        .ancestors()
        .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists())
        .collect();
    fs::create_dir_all(path).map_err(|error| LayoutError::io(path, error))?;
    missing.into_iter().try_for_each(sync_parent)?;
    expect_folder(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_has_a_folder() {
        for (path, folder) in [
            ("a.tar", "."),
            ("x/a.tar", "x"),
            ("/a.tar", "/"),
            ("/", "/"),
        ] {
            assert_eq!(folder_of(Path::new(path)), Path::new(folder));
        }
    }
}
