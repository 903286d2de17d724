//! A blob's bytes from a file, a piece at a time, beside the runtime.

use std::io::Read;

use bytes::Bytes;

use super::PlaceError;

/// How much is read at once, in bytes.
const CHUNK: usize = 256 * 1024;

/// A blob in a file that is read from its beginning.
pub(crate) struct FileChunks {
    what: String,
    // Away while a piece is read.
    reader: Option<Box<dyn Read + Send>>,
}

impl FileChunks {
    pub(crate) fn new(what: String, reader: Box<dyn Read + Send>) -> Self {
        Self {
            what,
            reader: Some(reader),
        }
    }

    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, PlaceError> {
        let Some(mut reader) = self.reader.take() else {
            return Ok(None);
        };
        let read = tokio::task::spawn_blocking(move || {
            let mut bytes = Vec::with_capacity(CHUNK);
            let result = reader.by_ref().take(CHUNK as u64).read_to_end(&mut bytes);
            (reader, result.map(|_| bytes))
        });
        let broken = |message: String| PlaceError::Damaged {
            what: self.what.clone(),
            message,
        };
        let (reader, bytes) = read.await.map_err(|error| broken(error.to_string()))?;
        let bytes = bytes.map_err(|error| broken(error.to_string()))?;
        if bytes.is_empty() {
            return Ok(None);
        }
        self.reader = Some(reader);
        Ok(Some(bytes.into()))
    }
}
