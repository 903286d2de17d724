//! From a file to a body.

use std::fs::File;
use std::io::{self, Read as _};

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use tokio::task::{JoinHandle, spawn_blocking};

/// How much of a blob is read at once, in bytes: large enough that handing it between threads
/// costs nothing beside the reading.
const CHUNK: u64 = 512 * 1024;

/// A file that is being read.
struct Reading {
    file: File,
    left: u64,
}

type Read = io::Result<(Bytes, Reading)>;

/// The next `length` bytes of a file. While one piece is sent, the next is read; no more than
/// that is in memory, however large the blob is.
pub(crate) fn stream(file: File, length: u64) -> Body {
    let first = Reading { file, left: length }.next();
    Body::from_stream(stream::unfold(first, |reading| async move {
        let read = match reading?.await {
            Ok(read) => read,
            Err(stopped) => Err(stopped.into()),
        };
        match read {
            Ok((bytes, rest)) => Some((Ok(bytes), rest.next())),
            Err(error) => Some((Err(error), None)),
        }
    }))
}

impl Reading {
    /// Begins to read the next piece; `None` at the end.
    fn next(self) -> Option<JoinHandle<Read>> {
        (self.left > 0).then(|| spawn_blocking(move || self.read()))
    }

    fn read(mut self) -> Read {
        let length = usize::try_from(self.left.min(CHUNK)).map_err(io::Error::other)?;
        let mut bytes = Vec::with_capacity(length);
        (&self.file).take(length as u64).read_to_end(&mut bytes)?;
        if bytes.len() < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= length as u64;
        Ok((bytes.into(), self))
    }
}
