//! One upload: its file, and what is known of it.

use std::fs;
use std::path::PathBuf;

use axum::http::StatusCode;
use bytes::Bytes;
use liftlock_oci::Digest;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::api_error::ApiError;
use crate::request_body::{RequestBody, broken};
use crate::upload_file::UploadFile;

/// How much of a body is written at once, in bytes: as much as costs nothing beside the writing,
/// and twice as much is in memory.
const BATCH: usize = 1024 * 1024;

/// An upload. Its file goes when it does, unless the file was renamed into a layout.
pub(crate) struct Session {
    pub(crate) path: PathBuf,
    /// Bytes taken so far.
    pub(crate) size: u64,
    /// `None` while it is written to, and after that failed.
    file: Option<UploadFile>,
}

/// A file that is written to in the background, or not just now.
enum Writing {
    Idle(UploadFile),
    Busy(JoinHandle<Result<UploadFile, ApiError>>),
}

impl Drop for Session {
    fn drop(&mut self) {
        // Nothing there: it was renamed into its layout.
        let _ = fs::remove_file(&self.path);
    }
}

impl Session {
    /// Makes the file.
    pub(crate) async fn create(path: PathBuf) -> Result<Self, ApiError> {
        let made = spawn_blocking(move || {
            let file = UploadFile::create(&path).map_err(ApiError::storage)?;
            Ok(Self {
                path,
                size: 0,
                file: Some(file),
            })
        });
        joined(made).await
    }

    /// Takes a body to the disk, hashing it as it passes; while one part is written, the next is
    /// received. What arrived before a body breaks off is kept: the client may ask how far it
    /// got, and go on.
    pub(crate) async fn append(&mut self, body: RequestBody, limit: u64) -> Result<(), ApiError> {
        let file = self.file.take().ok_or_else(failed_before)?;
        let (file, size, ended) = receive(body, file, self.size, limit).await?;
        self.file = Some(file);
        self.size = size;
        ended
    }

    /// Flushes the file to the disk, and returns the digest of what it holds.
    pub(crate) async fn finish(&mut self) -> Result<Digest, ApiError> {
        let file = self.file.take().ok_or_else(failed_before)?;
        joined(spawn_blocking(move || {
            file.finish().map_err(ApiError::storage)
        }))
        .await
    }
}

/// Writes a body after the `size` bytes that are there. The outer error is of the storage, and
/// leaves nothing to go on with.
async fn receive(
    mut body: RequestBody,
    file: UploadFile,
    mut size: u64,
    limit: u64,
) -> Result<(UploadFile, u64, Result<(), ApiError>), ApiError> {
    let mut writing = Writing::Idle(file);
    let (mut batch, mut batch_bytes) = (Vec::new(), 0);
    let ended = loop {
        let chunk = match body.next().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => break Ok(()),
            Err(_) => break Err(broken("BLOB_UPLOAD_INVALID")),
        };
        if size + chunk.len() as u64 > limit {
            body.discard().await;
            break Err(too_large(limit));
        }
        size += chunk.len() as u64;
        batch_bytes += chunk.len();
        batch.push(chunk);
        if batch_bytes >= BATCH {
            writing = writing.then(std::mem::take(&mut batch)).await?;
            batch_bytes = 0;
        }
    };
    let file = writing.then(batch).await?.done().await?;
    Ok((file, size, ended))
}

impl Writing {
    /// Waits for what is being written, and begins with the next.
    async fn then(self, batch: Vec<Bytes>) -> Result<Self, ApiError> {
        let mut file = self.done().await?;
        Ok(Self::Busy(spawn_blocking(move || {
            file.write(&batch).map_err(ApiError::storage)?;
            Ok(file)
        })))
    }

    async fn done(self) -> Result<UploadFile, ApiError> {
        match self {
            Self::Idle(file) => Ok(file),
            Self::Busy(task) => joined(task).await,
        }
    }
}

async fn joined<T>(task: JoinHandle<Result<T, ApiError>>) -> Result<T, ApiError> {
    task.await
        .unwrap_or_else(|error| Err(ApiError::internal(error)))
}

fn too_large(limit: u64) -> ApiError {
    let message = format!("blobs may have {limit} bytes at most");
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "SIZE_INVALID", message)
}

fn failed_before() -> ApiError {
    ApiError::not_found("BLOB_UPLOAD_UNKNOWN", "the upload failed before")
}
