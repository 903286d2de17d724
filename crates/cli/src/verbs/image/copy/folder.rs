//! A layout folder that a copy goes to.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use liftlock_registry::{Layout, LayoutError};

/// The file that makes a folder a layout (OCI image specification, "oci-layout file").
const MARKER: &str = "oci-layout";

/// What a layout's folder has in it.
const NAMES: [&str; 3] = [MARKER, "index.json", "blobs"];

/// Why a folder is not written to.
#[derive(Debug, thiserror::Error)]
pub(super) enum FolderError {
    #[error(transparent)]
    Layout(#[from] LayoutError),
    #[error(
        "{path} is no OCI image layout, and has {name:?} in it; name a new folder, or an empty one"
    )]
    Other { path: PathBuf, name: String },
}

/// An open layout folder. One that was made for the copy and got nothing goes again.
#[derive(Debug)]
pub(super) struct Folder {
    pub(super) layout: Arc<Layout>,
    root: PathBuf,
    /// Whether there was no layout before.
    is_new: bool,
    /// The folders that were missing, the innermost first.
    made: Vec<PathBuf>,
}

impl Folder {
    /// Opens the layout in `root`, or makes one where there is nothing.
    pub(super) fn open(root: &Path) -> Result<Self, FolderError> {
        expect_room(root)?;
        let missing = |path: &&Path| !path.as_os_str().is_empty() && !path.exists();
        let made = root.ancestors().take_while(missing);
        Ok(Self {
            is_new: !root.join(MARKER).exists(),
            made: made.map(Path::to_owned).collect(),
            layout: Arc::new(Layout::create(root)?),
            root: root.to_owned(),
        })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let blobs = self.root.join("blobs/sha256");
        // Only an empty folder can be removed: after the first blob this ends here.
        if !self.is_new || fs::remove_dir(&blobs).is_err() {
            return;
        }
        let _ = fs::remove_dir(self.root.join("blobs"));
        for name in [MARKER, "index.json"] {
            let _ = fs::remove_file(self.root.join(name));
        }
        for folder in &self.made {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// The layout in `root`; `None` where one would be made.
pub(super) fn look(root: &Path) -> Result<Option<Layout>, FolderError> {
    expect_room(root)?;
    if root.join(MARKER).exists() {
        return Ok(Some(Layout::open(root)?));
    }
    Ok(None)
}

/// Fails where the folder has something that no layout has.
fn expect_room(root: &Path) -> Result<(), FolderError> {
    let io = |source| LayoutError::Io {
        path: root.to_owned(),
        source,
    };
    let entries = match fs::read_dir(root) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(io(error).into()),
    };
    if root.join(MARKER).exists() {
        return Ok(());
    }
    for entry in entries {
        let name = entry.map_err(io)?.file_name();
        let name = name.to_string_lossy();
        let known = NAMES.iter().any(|known| {
            let rest = name.strip_prefix(known);
            rest.is_some_and(|rest| rest.is_empty() || rest.ends_with(".tmp"))
        });
        if !known {
            return Err(FolderError::Other {
                path: root.to_owned(),
                name: name.into_owned(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_got_nothing_goes_again() {
        let base = tempfile::tempdir().unwrap();
        let deep = base.path().join("a/b/c");
        drop(Folder::open(&deep).unwrap());
        assert_eq!(fs::read_dir(base.path()).unwrap().count(), 0);
        let folder = Folder::open(&deep).unwrap();
        let digest = folder.layout.put_blob(b"layer").unwrap();
        drop(folder);
        assert_eq!(
            Layout::open(&deep).unwrap().blob_size(digest).unwrap(),
            Some(5)
        );
    }

    #[test]
    fn an_empty_folder_is_empty_again() {
        let base = tempfile::tempdir().unwrap();
        drop(Folder::open(base.path()).unwrap());
        assert_eq!(fs::read_dir(base.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_layout_that_was_there_stays() {
        let base = tempfile::tempdir().unwrap();
        Layout::create(base.path()).unwrap();
        drop(Folder::open(base.path()).unwrap());
        assert!(Layout::open(base.path()).is_ok());
    }

    #[test]
    fn a_folder_of_other_things_is_left_alone() {
        let base = tempfile::tempdir().unwrap();
        fs::write(base.path().join("notes"), "x").unwrap();
        let error = Folder::open(base.path()).unwrap_err().to_string();
        assert!(error.contains("\"notes\""), "{error}");
        assert_eq!(fs::read_dir(base.path()).unwrap().count(), 1);
    }

    #[test]
    fn one_that_a_crash_left_half_made_is_completed() {
        let base = tempfile::tempdir().unwrap();
        fs::create_dir_all(base.path().join("blobs/sha256")).unwrap();
        fs::write(base.path().join("index.json.1-0.tmp"), "").unwrap();
        assert!(Folder::open(base.path()).is_ok());
    }
}
