//! Uploads that no one takes any more.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use reqwest::Body;
use tokio::time::Instant;

/// How long a registry may take to answer after the last byte: some move a large blob to its
/// place before they do.
const FINISH_MAX: Duration = Duration::from_secs(15 * 60);

/// How far an upload is.
#[derive(Debug, Clone, Copy)]
enum Stage {
    /// The source has no bytes yet. Whoever reads it knows for how long that may be.
    AtSource,
    /// The registry took bytes, or the connection, and was offered no more since.
    Taken(Instant),
    /// All bytes are sent.
    Sent(Instant),
}

/// A request body, and where it is.
pub(crate) struct WatchedBody {
    inner: Body,
    left: u64,
    stage: Arc<Mutex<Stage>>,
}

/// What ends an upload that no one takes.
#[derive(Debug)]
pub(crate) struct Watch(Arc<Mutex<Stage>>);

/// Watches a body of `length` bytes.
pub(crate) fn watch(body: Body, length: u64) -> (WatchedBody, Watch) {
    let stage = Arc::new(Mutex::new(Stage::Taken(Instant::now())));
    let body = WatchedBody {
        inner: body,
        left: length,
        stage: Arc::clone(&stage),
    };
    (body, Watch(stage))
}

impl Watch {
    /// Ends when the registry took no byte for `silence_max`, or gave no answer for 15 minutes
    /// after the last one; and returns how long that was.
    pub(crate) async fn stalled(&self, silence_max: Duration) -> Duration {
        loop {
            let stage = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let (since, most) = match stage {
                Stage::AtSource => (Instant::now(), silence_max),
                Stage::Taken(since) => (since, silence_max),
                Stage::Sent(since) => (since, FINISH_MAX.max(silence_max)),
            };
            if since.elapsed() >= most {
                return most;
            }
            tokio::time::sleep_until(since + most).await;
        }
    }
}

impl http_body::Body for WatchedBody {
    type Data = Bytes;
    type Error = reqwest::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, reqwest::Error>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(context);
        let sent = match &polled {
            Poll::Ready(Some(Ok(frame))) => frame.data_ref().map_or(0, Bytes::len),
            Poll::Ready(_) | Poll::Pending => 0,
        };
        self.left = self.left.saturating_sub(sent as u64);
        let stage = match &polled {
            Poll::Pending => Stage::AtSource,
            Poll::Ready(Some(_)) if self.left > 0 => Stage::Taken(Instant::now()),
            Poll::Ready(_) => Stage::Sent(Instant::now()),
        };
        *self.stage.lock().unwrap_or_else(PoisonError::into_inner) = stage;
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use http_body::Body as _;

    use super::*;

    async fn next(body: &mut WatchedBody) {
        let frame = std::future::poll_fn(|context| Pin::new(&mut *body).poll_frame(context));
        frame.await.unwrap().unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_byte_gives_the_registry_time_to_answer() {
        let silence_max = Duration::from_secs(60);
        let (sender, receiver) = tokio::sync::mpsc::channel(2);
        let (mut body, watch) = watch(crate::upload::body(4, receiver), 4);
        let part = || Ok(Bytes::from_static(b"ab"));
        sender.send(part()).await.unwrap();
        next(&mut body).await;
        assert_eq!(watch.stalled(silence_max).await, silence_max);
        sender.send(part()).await.unwrap();
        next(&mut body).await;
        assert_eq!(watch.stalled(silence_max).await, FINISH_MAX);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_source_is_not_the_registrys_silence() {
        let (sender, receiver) = tokio::sync::mpsc::channel(1);
        let (mut body, watch) = watch(crate::upload::body(4, receiver), 4);
        let feed = async {
            tokio::time::sleep(Duration::from_secs(600)).await;
            sender.send(Ok(Bytes::from_static(b"ab"))).await.unwrap();
            std::future::pending::<()>().await;
        };
        let began = Instant::now();
        tokio::select! {
            () = feed => {}
            () = next(&mut body) => {}
            _ = watch.stalled(Duration::from_secs(60)) => panic!("it waited for the source"),
        }
        assert_eq!(began.elapsed(), Duration::from_secs(600));
    }
}
