//! Files of an export: written whole or not at all, read within limits.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

/// The checkpoint's name in an export.
pub(crate) const CHECKPOINT: &str = "checkpoint";

/// The log's public key in an export. It is there to be compared with the one that is trusted.
pub(crate) const LOG_KEY: &str = "log-key";

/// The folder of payloads in an export.
pub(crate) const BLOBS: &str = "blobs";

/// The folder of tiles in an export.
pub(crate) const TILES: &str = "tile";

/// Reads a regular file of at most `limit` bytes; `None` where it is larger.
pub(crate) fn read(path: &Path, limit: usize) -> io::Result<Option<Vec<u8>>> {
    // Looked at before it is opened: opening a pipe would wait for ever.
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::new(
            ErrorKind::InvalidInput,
            "it is not a regular file",
        ));
    }
    let mut bytes = Vec::new();
    File::open(path)?
        .take(limit as u64 + 1)
        .read_to_end(&mut bytes)?;
    Ok((bytes.len() <= limit).then_some(bytes))
}

/// Puts `bytes` at `path`: after a crash there is the old file or the new one, never a part.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|n| n.to_str()))
    else {
        return Err(io::Error::new(
            ErrorKind::InvalidInput,
            "it has no folder or name",
        ));
    };
    fs::create_dir_all(folder)?;
    let part = folder.join(format!(".{name}.{}.part", std::process::id()));
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(&part)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    drop(file);
    if let Err(e) = written.and_then(|()| fs::rename(&part, path)) {
        // The first error counts; a part that stays is never read.
        _ = fs::remove_file(&part);
        return Err(e);
    }
    sync_folder(folder)
}

/// Whether a name in an export's folder is what an interrupted export left.
pub(crate) fn is_part(name: &str) -> bool {
    name.starts_with('.') && name.ends_with(".part")
}

/// A renamed file is only safe with its folder.
#[cfg(unix)]
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
pub(crate) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
