//! One read, many writes.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future;
use liftlock_oci::Descriptor;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::{SemaphorePermit, oneshot};

use crate::place::{BlobReader, OpenBlob, PlaceError};
use crate::upload::BlobWrite;

/// How many pieces a destination may be behind. The slowest one sets the pace of all, so that
/// memory does not grow with the size of a blob.
const PIECES_AHEAD: usize = 1;

/// How long a destination may take no bytes before it is given up.
const STALL_MAX: Duration = Duration::from_secs(120);

/// How long a destination may take to answer once it has all bytes: some move a large blob from
/// one storage to another first.
const ANSWER_MAX: Duration = Duration::from_secs(600);

/// Where the bytes come from.
pub(super) enum Pieces {
    Reader(Box<BlobReader>),
    Whole(Option<Bytes>),
}

impl From<BlobReader> for Pieces {
    fn from(reader: BlobReader) -> Self {
        Self::Reader(Box::new(reader))
    }
}

impl From<Bytes> for Pieces {
    fn from(bytes: Bytes) -> Self {
        Self::Whole(Some(bytes).filter(|bytes| !bytes.is_empty()))
    }
}

impl Pieces {
    async fn next(&mut self) -> Result<Option<Bytes>, PlaceError> {
        match self {
            Self::Reader(reader) => reader.next().await,
            Self::Whole(bytes) => Ok(bytes.take()),
        }
    }
}

type Ended = (usize, Result<BlobWrite, PlaceError>);

/// Sends a blob to all of `to` at once, and gives its place among those that are sent back when all
/// bytes are on their way. The error is the source's; then nothing was completed anywhere.
pub(super) async fn fan_out(
    blob: &Descriptor,
    mut pieces: Pieces,
    to: Vec<(usize, OpenBlob)>,
    (told, sending): (&(dyn Fn(usize) + Sync), Option<SemaphorePermit<'_>>),
) -> Result<Vec<Ended>, PlaceError> {
    let mut lines = Vec::new();
    let mut writers = Vec::new();
    for (at, open) in to {
        let (pieces, receiver) = channel(PIECES_AHEAD);
        let (stop, stopped) = oneshot::channel();
        lines.push(Some(Line { pieces, stop }));
        writers.push(receive((at, open), blob, receiver, stopped));
    }
    let mut pumped = Ok(());
    let pump = async {
        pumped = pump(&mut pieces, &mut lines, told).await;
        drop((pieces, sending));
        // The ends of the pieces are the ends of the bodies; the answers are still to come.
        let stops: Vec<_> = lines.into_iter().flatten().map(|line| line.stop).collect();
        tokio::time::sleep(ANSWER_MAX).await;
        for stop in stops {
            // One that has ended needs no stop.
            let _ = stop.send(());
        }
        std::future::pending::<()>().await;
    };
    let ended = tokio::select! {
        () = pump => Vec::new(),
        ended = future::join_all(writers) => ended,
    };
    pumped?;
    Ok(ended)
}

/// The way to one destination.
struct Line {
    pieces: Sender<io::Result<Bytes>>,
    /// Ends a writer that does not look at its pieces any more.
    stop: oneshot::Sender<()>,
}

async fn receive(
    (at, open): (usize, OpenBlob),
    blob: &Descriptor,
    receiver: Receiver<io::Result<Bytes>>,
    stopped: oneshot::Receiver<()>,
) -> Ended {
    let received = open.receive(blob, receiver);
    let stalled = async {
        if stopped.await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        result = received => (at, result.map(|()| BlobWrite::Uploaded)),
        () = stalled => {
            let message = "it took no bytes, or gave no answer, for minutes".to_owned();
            (at, Err(PlaceError::BrokenOff { what: blob.digest.to_string(), message }))
        }
    }
}

async fn pump(
    pieces: &mut Pieces,
    lines: &mut [Option<Line>],
    told: &(dyn Fn(usize) + Sync),
) -> Result<(), PlaceError> {
    loop {
        let piece = match pieces.next().await {
            Ok(Some(piece)) => piece,
            Ok(None) => return Ok(()),
            Err(error) => {
                break_off(lines, &error).await;
                return Err(error);
            }
        };
        told(piece.len());
        let sends = lines.iter_mut().map(|line| send(line, Ok(piece.clone())));
        future::join_all(sends).await;
        if lines.iter().all(Option::is_none) {
            return Ok(());
        }
    }
}

/// A destination that has ended, or takes no more, is sent nothing from then on.
async fn send(slot: &mut Option<Line>, piece: io::Result<Bytes>) {
    let Some(line) = slot else {
        return;
    };
    match tokio::time::timeout(STALL_MAX, line.pieces.send(piece)).await {
        Ok(Ok(())) => {}
        // It has ended by itself, and says why.
        Ok(Err(_)) => *slot = None,
        Err(_) => {
            if let Some(line) = slot.take() {
                // One that ended just now needs no stop.
                let _ = line.stop.send(());
            }
        }
    }
}

async fn break_off(lines: &mut [Option<Line>], error: &PlaceError) {
    let reason = error.to_string();
    for line in lines {
        send(line, Err(io::Error::other(reason.clone()))).await;
    }
}
