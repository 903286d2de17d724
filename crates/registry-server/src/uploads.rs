//! Open uploads: their files, and how far they are.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::BuildHasher as _;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use liftlock_oci::Hasher;
use tokio::io::AsyncWriteExt as _;

use crate::api_error::ApiError;
use crate::limits::Limits;
use crate::request_body::{RequestBody, broken};
use crate::serve_error::ServeError;

/// The folder beside the repositories; its leading dot keeps it apart from any of them.
const FOLDER: &str = ".liftlock-uploads";

/// All open uploads.
pub(crate) struct Uploads {
    folder: PathBuf,
    max: usize,
    idle_max: Duration,
    sessions: Mutex<HashMap<String, Entry>>,
    random: [RandomState; 2],
    count: AtomicU64,
}

struct Entry {
    name: String,
    used: Instant,
    session: Arc<tokio::sync::Mutex<Session>>,
}

/// One upload. Its file goes when it does, unless the file was renamed into a layout.
pub(crate) struct Session {
    pub(crate) path: PathBuf,
    pub(crate) hasher: Hasher,
    /// Bytes taken so far.
    pub(crate) size: u64,
    file: tokio::fs::File,
}

impl Drop for Session {
    fn drop(&mut self) {
        // Nothing there: it was renamed into its layout.
        let _ = fs::remove_file(&self.path);
    }
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
            random: [RandomState::new(), RandomState::new()],
            count: AtomicU64::new(0),
        })
    }

    /// Opens an upload into the repository `name`, and returns its id.
    pub(crate) async fn begin(&self, name: &str) -> Result<String, ApiError> {
        let id = self.new_id();
        let path = self.folder.join(&id);
        let file = tokio::fs::File::create_new(&path)
            .await
            .map_err(ApiError::storage)?;
        let session = Session {
            path,
            hasher: Hasher::new(),
            size: 0,
            file,
        };
        let mut sessions = self.lock();
        sessions.retain(|_, entry| entry.used.elapsed() < self.idle_max);
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

    /// Ends an upload; its file goes with the last request that uses it.
    pub(crate) fn end(&self, id: &str) {
        self.lock().remove(id);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// 128 bits that the system's randomness went into.
    fn new_id(&self) -> String {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let [high, low] = &self.random;
        format!("{:016x}{:016x}", high.hash_one(count), low.hash_one(count))
    }
}

impl Session {
    /// Takes a body to the disk, hashing it as it passes. What arrived before a body breaks off
    /// is kept: the client may ask how far it got, and go on.
    pub(crate) async fn append(
        &mut self,
        mut body: RequestBody,
        limit: u64,
    ) -> Result<(), ApiError> {
        loop {
            let chunk = match body.next().await {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break,
                Err(_) => {
                    self.file.flush().await.map_err(ApiError::storage)?;
                    return Err(broken("BLOB_UPLOAD_INVALID"));
                }
            };
            if self.size + chunk.len() as u64 > limit {
                let message = format!("blobs may have {limit} bytes at most");
                let status = StatusCode::PAYLOAD_TOO_LARGE;
                return Err(ApiError::new(status, "SIZE_INVALID", message));
            }
            self.file
                .write_all(&chunk)
                .await
                .map_err(ApiError::storage)?;
            self.hasher.update(&chunk);
            self.size += chunk.len() as u64;
        }
        self.file.flush().await.map_err(ApiError::storage)
    }

    /// Flushes the file to the disk.
    pub(crate) async fn sync(&mut self) -> Result<(), ApiError> {
        self.file.sync_all().await.map_err(ApiError::storage)
    }
}
