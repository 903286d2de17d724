//! Bodies that are not what was promised, or not in time.

use std::io;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::http::header::CONTENT_LENGTH;
use axum::response::Response;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};

use crate::respond::set;

/// How often a slow body sends something.
const DRIP_INTERVAL: Duration = Duration::from_millis(50);

/// The body of a successful answer, with the headers of a whole one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyFault {
    /// The connection is closed in the middle of the body.
    Truncate {
        /// After so many bytes; after half of them where it is not given.
        after: Option<u64>,
    },
    /// One byte is another than it should be; the length stays.
    Corrupt {
        /// Which one, from 0 on; the one in the middle where it is not given.
        at: Option<u64>,
    },
    /// The body comes slowly.
    Drip {
        /// How slowly.
        bytes_per_second: u64,
    },
    /// The body stops for good, and the connection stays open.
    Stall {
        /// After so many bytes; after half of them where it is not given.
        after: Option<u64>,
    },
}

impl BodyFault {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Truncate { .. } => "truncate",
            Self::Corrupt { .. } => "corrupt",
            Self::Drip { .. } => "drip",
            Self::Stall { .. } => "stall",
        }
    }

    pub(crate) fn after(self, mut response: Response) -> Response {
        let length = response.body().size_hint().exact();
        let length = length.or_else(|| {
            let value = response.headers().get(CONTENT_LENGTH)?;
            value.to_str().ok()?.parse().ok()
        });
        let Some(length) = length.filter(|l| *l > 0 && response.status().is_success()) else {
            return response;
        };
        // A body that is not known as a whole would be sent in chunks without it.
        set(&mut response, CONTENT_LENGTH.as_str(), &length.to_string());
        response.map(|body| {
            let chunks = body.into_data_stream().map(|c| c.map_err(io::Error::other));
            match self {
                Self::Truncate { after } => cut(chunks, after.unwrap_or(length / 2), End::Closed),
                Self::Stall { after } => cut(chunks, after.unwrap_or(length / 2), End::Silent),
                Self::Corrupt { at } => corrupt(chunks, at.unwrap_or(length / 2).min(length - 1)),
                Self::Drip { bytes_per_second } => drip(chunks, bytes_per_second),
            }
        })
    }
}

#[derive(Debug, Clone, Copy)]
enum End {
    Closed,
    Silent,
}

/// Passes the first `left` bytes on.
fn cut<S>(chunks: S, left: u64, end: End) -> Body
where
    S: Stream<Item = io::Result<Bytes>> + Send + Unpin + 'static,
{
    let state = (chunks, left);
    Body::from_stream(stream::unfold(
        state,
        move |(mut chunks, left)| async move {
            if left == 0 {
                match end {
                    End::Silent => std::future::pending::<()>().await,
                    // The bytes before go out while this waits.
                    End::Closed => tokio::time::sleep(DRIP_INTERVAL).await,
                }
                let error = io::Error::other("a fault ends the body here");
                return Some((Err(error), (chunks, left)));
            }
            let mut chunk = match chunks.next().await? {
                Ok(chunk) => chunk,
                Err(error) => return Some((Err(error), (chunks, left))),
            };
            chunk.truncate(usize::try_from(left).unwrap_or(usize::MAX));
            let left = left - chunk.len() as u64;
            Some((Ok(chunk), (chunks, left)))
        },
    ))
}

fn corrupt<S>(chunks: S, at: u64) -> Body
where
    S: Stream<Item = io::Result<Bytes>> + Send + Unpin + 'static,
{
    let mut passed = 0;
    Body::from_stream(chunks.map(move |chunk| {
        let chunk = chunk?;
        let begin = passed;
        passed += chunk.len() as u64;
        let within = at
            .checked_sub(begin)
            .and_then(|at| usize::try_from(at).ok());
        let Some(within) = within.filter(|at| *at < chunk.len()) else {
            return Ok(chunk);
        };
        let mut bytes = chunk.to_vec();
        bytes[within] ^= 1;
        Ok::<_, io::Error>(Bytes::from(bytes))
    }))
}

fn drip<S>(chunks: S, bytes_per_second: u64) -> Body
where
    S: Stream<Item = io::Result<Bytes>> + Send + Unpin + 'static,
{
    let intervals = 1_000 / u64::try_from(DRIP_INTERVAL.as_millis()).unwrap_or(1_000);
    // A drop is one byte at least, and a slower rate waits longer for it.
    let size = (bytes_per_second / intervals).max(1);
    let micros = (size * 1_000_000).checked_div(bytes_per_second);
    let wait = Duration::from_micros(micros.unwrap_or(u64::MAX));
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let state = (chunks, Bytes::new());
    Body::from_stream(stream::unfold(
        state,
        move |(mut chunks, mut rest)| async move {
            while rest.is_empty() {
                match chunks.next().await? {
                    Ok(chunk) => rest = chunk,
                    Err(error) => return Some((Err(error), (chunks, rest))),
                }
            }
            tokio::time::sleep(wait).await;
            let drop = rest.split_to(size.min(rest.len()));
            Some((Ok(drop), (chunks, rest)))
        },
    ))
}
