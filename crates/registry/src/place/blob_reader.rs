//! A blob's bytes as they pass: counted, hashed, and the last piece held back until both are right.

use bytes::Bytes;
use liftlock_oci::{Descriptor, Digest, Hasher};

use super::PlaceError;
use super::file_chunks::FileChunks;
use crate::http_blob::HttpBlob;

/// Streams a blob. Whoever passes the pieces on never passes on the whole of a blob whose bytes
/// are not those of its digest: the last piece comes only once digest and size were verified.
pub struct BlobReader {
    what: String,
    digest: Digest,
    size: u64,
    bytes: Source,
    hasher: Hasher,
    seen: u64,
    held: Option<Bytes>,
    ended: bool,
}

pub(super) enum Source {
    Http(Box<HttpBlob>),
    File(FileChunks),
}

impl BlobReader {
    pub(super) fn new(what: String, blob: &Descriptor, bytes: Source) -> Self {
        Self {
            what,
            digest: blob.digest,
            size: blob.size,
            bytes,
            hasher: Hasher::new(),
            seen: 0,
            held: None,
            ended: false,
        }
    }

    /// The next bytes; `None` after the last. An error is final: the blob must be read anew.
    pub async fn next(&mut self) -> Result<Option<Bytes>, PlaceError> {
        while !self.ended {
            let chunk = match &mut self.bytes {
                Source::Http(body) => body.chunk().await?,
                Source::File(file) => file.chunk().await?,
            };
            let Some(chunk) = chunk else {
                self.verify()?;
                self.ended = true;
                break;
            };
            self.seen += chunk.len() as u64;
            if self.seen > self.size {
                let message = format!("it has more than the {} bytes it should have", self.size);
                return Err(self.damaged(message));
            }
            self.hasher.update(&chunk);
            if let Some(before) = self.held.replace(chunk) {
                return Ok(Some(before));
            }
        }
        Ok(self.held.take())
    }

    /// The whole blob in memory, verified; for blobs whose size is known to be small.
    pub async fn into_bytes(mut self) -> Result<Bytes, PlaceError> {
        let mut bytes = Vec::new();
        while let Some(chunk) = self.next().await? {
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes.into())
    }

    fn verify(&mut self) -> Result<(), PlaceError> {
        if self.seen != self.size {
            let message = format!("it has {} bytes, not {}", self.seen, self.size);
            return Err(self.damaged(message));
        }
        let actual = std::mem::take(&mut self.hasher).finish();
        if actual == self.digest {
            return Ok(());
        }
        Err(self.damaged(format!("its bytes have {actual}")))
    }

    fn damaged(&self, message: String) -> PlaceError {
        PlaceError::Damaged {
            what: self.what.clone(),
            message,
        }
    }
}
