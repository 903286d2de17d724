//! Repositories as layout folders under the root.

use std::collections::HashMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use liftlock_registry::Layout;

use crate::api_error::ApiError;
use crate::route::repository_name;

/// The repositories' layouts, opened when first named.
pub(crate) struct Storage {
    root: PathBuf,
    open: Mutex<HashMap<String, Arc<Layout>>>,
}

impl Storage {
    pub(crate) fn new(root: PathBuf) -> Self {
        Self {
            root,
            open: Mutex::default(),
        }
    }

    /// The repository's layout, where there is one. `name` is a valid repository name.
    pub(crate) fn find(&self, name: &str) -> Result<Arc<Layout>, ApiError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(layout) = open.get(name) {
            return Ok(Arc::clone(layout));
        }
        let unknown = || ApiError::not_found("NAME_UNKNOWN", "no such repository");
        let folder = self.folder(name)?.ok_or_else(unknown)?;
        // Folders on the way to a repository are no repositories.
        if !folder.join("oci-layout").exists() {
            return Err(unknown());
        }
        let layout = Arc::new(Layout::open(&folder)?);
        open.insert(name.to_owned(), Arc::clone(&layout));
        Ok(layout)
    }

    /// The repository's layout, made where it is missing.
    pub(crate) fn find_or_create(&self, name: &str) -> Result<Arc<Layout>, ApiError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(layout) = open.get(name) {
            return Ok(Arc::clone(layout));
        }
        let folder = match self.folder(name)? {
            Some(folder) => folder,
            None => self.root.join(name),
        };
        let layout = Arc::new(Layout::create(&folder)?);
        open.insert(name.to_owned(), Arc::clone(&layout));
        Ok(layout)
    }

    /// The names of all repositories.
    pub(crate) fn names(&self) -> Result<Vec<String>, ApiError> {
        let mut names = Vec::new();
        let mut folders = vec![self.root.clone()];
        while let Some(folder) = folders.pop() {
            let entries = fs::read_dir(&folder).map_err(ApiError::storage)?;
            for entry in entries {
                let entry = entry.map_err(ApiError::storage)?;
                let is_folder = entry.file_type().map_err(ApiError::storage)?.is_dir();
                if is_folder && entry.file_name() != "blobs" {
                    folders.push(entry.path());
                }
            }
            let name = folder.strip_prefix(&self.root).ok().and_then(Path::to_str);
            if let Some(name) = name.and_then(|name| repository_name(name).ok())
                && folder.join("oci-layout").exists()
            {
                names.push(name);
            }
        }
        Ok(names)
    }

    /// The folder of a name, where it exists; a link on the way is refused.
    fn folder(&self, name: &str) -> Result<Option<PathBuf>, ApiError> {
        let mut folder = self.root.clone();
        for part in name.split('/') {
            folder.push(part);
            if !is_folder(&folder)? {
                return Ok(None);
            }
        }
        Ok(Some(folder))
    }
}

fn is_folder(path: &Path) -> Result<bool, ApiError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => Ok(true),
        Ok(_) => {
            let path = path.display();
            Err(ApiError::internal(format!("{path} is not a folder")))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(ApiError::internal(format!("{}: {error}", path.display()))),
    }
}
