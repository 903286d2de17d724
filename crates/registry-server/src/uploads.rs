//! Open uploads, by their ids.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aws_lc_rs::rand;
use axum::http::StatusCode;

use crate::api_error::ApiError;
use crate::limits::Limits;
use crate::serve_error::ServeError;
use crate::session::Session;

/// The folder beside the repositories; its leading dot keeps it apart from any of them.
const FOLDER: &str = ".liftlock-uploads";

/// All open uploads.
pub(crate) struct Uploads {
    folder: PathBuf,
    max: usize,
    idle_max: Duration,
    sessions: Mutex<HashMap<String, Entry>>,
}

struct Entry {
    name: String,
    used: Instant,
    session: Arc<tokio::sync::Mutex<Session>>,
}

impl Uploads {
    /// Empties the folder of what an earlier process left.
    pub(crate) fn open(root: &Path, limits: &Limits) -> Result<Self, ServeError> {
        let folder = root.join(FOLDER);
        let remade = match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => fs::create_dir(&folder),
        };
        remade.map_err(|source| ServeError::Folder {
            path: folder.clone(),
            source,
        })?;
        Ok(Self {
            folder,
            max: limits.uploads_max,
            idle_max: limits.upload_idle_max,
            sessions: Mutex::default(),
        })
    }

    /// Opens an upload into the repository `name`, and returns its id.
    pub(crate) async fn begin(&self, name: &str) -> Result<String, ApiError> {
        let id = new_id()?;
        let session = Session::create(self.folder.join(&id)).await?;
        let mut sessions = self.lock();
        sessions.retain(|_, entry| entry.is_used() || entry.used.elapsed() < self.idle_max);
        if sessions.len() >= self.max {
            let message = format!("{} uploads are open; try again later", self.max);
            let status = StatusCode::TOO_MANY_REQUESTS;
            return Err(ApiError::new(status, "TOOMANYREQUESTS", message));
        }
        let entry = Entry {
            name: name.to_owned(),
            used: Instant::now(),
            session: Arc::new(tokio::sync::Mutex::new(session)),
        };
        sessions.insert(id.clone(), entry);
        Ok(id)
    }

    /// The upload `id` into the repository `name`.
    pub(crate) fn find(
        &self,
        name: &str,
        id: &str,
    ) -> Result<Arc<tokio::sync::Mutex<Session>>, ApiError> {
        let mut sessions = self.lock();
        match sessions.get_mut(id).filter(|entry| entry.name == name) {
            Some(entry) => {
                entry.used = Instant::now();
                Ok(Arc::clone(&entry.session))
            }
            None => Err(ApiError::not_found("BLOB_UPLOAD_UNKNOWN", "no such upload")),
        }
    }

    /// Counts an upload as used until now.
    pub(crate) fn touch(&self, id: &str) {
        if let Some(entry) = self.lock().get_mut(id) {
            entry.used = Instant::now();
        }
    }

    /// Ends an upload; its file goes with the last request that uses it.
    pub(crate) fn end(&self, id: &str) {
        self.lock().remove(id);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    /// Whether a request works on it.
    fn is_used(&self) -> bool {
        Arc::strong_count(&self.session) > 1
    }
}

/// 128 random bits: nobody guesses another's upload.
fn new_id() -> Result<String, ApiError> {
    let mut id = [0; 16];
    rand::fill(&mut id).map_err(ApiError::internal)?;
    Ok(format!("{:032x}", u128::from_be_bytes(id)))
}
