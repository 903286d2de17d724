//! Request bodies that are made while they are sent.

use std::io::{Error, ErrorKind};

use bytes::Bytes;
use futures_util::stream;
use reqwest::Body;
use tokio::sync::mpsc::Receiver;

/// A request body of exactly `len` bytes from a channel. An error in the channel, or its end
/// before that, breaks the request off, so that no registry takes what it got for a whole blob.
/// Bytes past `len` are never sent.
pub fn body(len: u64, chunks: Receiver<Result<Bytes, Error>>) -> Body {
    Body::wrap_stream(stream::unfold(Some((chunks, len)), |state| async move {
        let (mut chunks, left) = state?;
        match chunks.recv().await {
            None if left == 0 => None,
            None => {
                let message = format!("the source ended {left} bytes too early");
                Some((Err(Error::new(ErrorKind::UnexpectedEof, message)), None))
            }
            Some(Err(error)) => Some((Err(error), None)),
            Some(Ok(bytes)) => match left.checked_sub(bytes.len() as u64) {
                Some(left) => Some((Ok(bytes), Some((chunks, left)))),
                None => Some((
                    Err(Error::other("the source has more bytes than said")),
                    None,
                )),
            },
        }
    }))
}
