//! Making a layout.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use super::files::{make_folder, open_file, read_file, sync_parent, write_file};
use super::index_file::IndexFile;
use super::lock::lock_file;
use super::{INDEX, INDEX_BYTES_MAX, Layout, LayoutError, MARKER};

const MARKER_CONTENT: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;

impl Layout {
    /// Opens the layout in `root`, or makes an empty one there. Missing folders are made; a
    /// folder that was left half made by a crash is completed.
    pub fn create(root: &Path) -> Result<Self, LayoutError> {
        for folder in [
            root.to_owned(),
            root.join("blobs"),
            root.join("blobs/sha256"),
        ] {
            make_folder(&folder)?;
        }
        let path = root.join(MARKER);
        // Another process may be making it too, and must not empty an index.json in use.
        let mut marker = lock_marker(&path)?;
        if read_file(&root.join(INDEX), INDEX_BYTES_MAX)?.is_none() {
            write_file(&root.join(INDEX), &IndexFile::default().to_bytes())?;
        }
        // Last: what it holds says that the rest is there.
        let empty = |file: &File| Ok(file.metadata()?.len() == 0);
        let written = empty(&marker).and_then(|empty| {
            if empty {
                marker.write_all(MARKER_CONTENT)?;
                marker.sync_all()?;
            }
            Ok(empty)
        });
        if written.map_err(|error| LayoutError::io(&path, error))? {
            sync_parent(&path)?;
        }
        drop(marker);
        Self::open(root)
    }
}

fn lock_marker(path: &Path) -> Result<File, LayoutError> {
    // Refuses what is there and is no regular file.
    open_file(path)?;
    let marker = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(|error| LayoutError::io(path, error))?;
    lock_file(&marker, path)?;
    Ok(marker)
}
