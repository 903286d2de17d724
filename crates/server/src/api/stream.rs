//! An answer as it comes about: JSON documents, each in a line (`application/x-ndjson`). What is
//! said on the way comes first, and how it ended last.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use liftlock_engine::Report;
use liftlock_verbs::{Exit, Failure, Notice, Voice};
use serde_json::{Value, json};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;

use super::answer::{Ended, document};

/// How many lines wait for a client; more of them are not told.
const LINES_MAX: usize = 1024;

/// How often a line is sent where there is nothing to tell, so that a connection is not taken for
/// dead.
const QUIET_MAX: Duration = Duration::from_secs(10);

/// Where what is said on the way goes.
pub(super) struct Lines {
    color: bool,
    to: Sender<Value>,
}

impl Lines {
    pub(super) fn new(color: bool) -> (Self, Receiver<Value>) {
        let (to, heard) = channel(LINES_MAX);
        (Self { color, to }, heard)
    }

    /// Tells that the client's pipeline file is not what is in force; the client knows how.
    pub(super) fn policy_differs(&self) -> PolicyDiffers {
        PolicyDiffers(self.to.clone())
    }

    /// Whether it is still listened to, at least until then.
    pub(super) fn attended(&self, until: Instant) -> Attended {
        Attended(self.to.clone(), until)
    }

    /// As what the engine and the verbs tell to. A client that is slow, or gone, hears less; the
    /// work does not wait for it.
    pub(super) fn into_report_and_voice(self) -> (Report, Voice) {
        let to = self.to.clone();
        let report: Report = Arc::new(move |progress| {
            let _ = to.try_send(json!({ "progress": progress }));
        });
        let to = self.to;
        let tell = move |notice| {
            let line = match notice {
                Notice::Note(text) => json!({ "note": text }),
                Notice::Warning(text) => json!({ "warning": text }),
            };
            let _ = to.try_send(line);
        };
        (report, Voice::new(self.color, Arc::new(tell)))
    }
}

/// Whether a client waits.
pub(super) struct Attended(Sender<Value>, Instant);

impl Attended {
    pub(super) fn waits(&self) -> bool {
        !self.0.is_closed() || Instant::now() < self.1
    }
}

/// Says so when it is.
pub(super) struct PolicyDiffers(Sender<Value>);

impl PolicyDiffers {
    pub(super) fn tell(self) {
        let _ = self.0.try_send(json!({ "policy": "differs" }));
    }
}

/// The answer that tells all of it.
pub(super) fn stream(
    name: &'static str,
    working: JoinHandle<Ended>,
    heard: Receiver<Value>,
) -> Response {
    let (to, from) = channel::<Bytes>(16);
    tokio::spawn(tell(name, working, heard, to));
    let lines = unfold(from, |mut from| async move {
        let line = from.recv().await?;
        Some((Ok::<_, Infallible>(line), from))
    });
    let headers = [
        (CONTENT_TYPE, "application/x-ndjson"),
        (CACHE_CONTROL, "no-store"),
    ];
    (headers, Body::from_stream(lines)).into_response()
}

/// Ends with the work, or with the client.
async fn tell(
    name: &'static str,
    mut working: JoinHandle<Ended>,
    mut heard: Receiver<Value>,
    to: Sender<Bytes>,
) {
    let ended = loop {
        let line = tokio::select! {
            biased;
            Some(line) = heard.recv() => bytes(&line),
            ended = &mut working => break ended,
            () = tokio::time::sleep(QUIET_MAX) => Bytes::from_static(b"\n"),
        };
        if to.send(line).await.is_err() {
            return;
        }
    };
    while let Ok(line) = heard.try_recv() {
        let _ = to.send(bytes(&line)).await;
    }
    let ended = ended.unwrap_or_else(|error| {
        tracing::error!(%error, "a request failed");
        let message = "the server failed; its log says why";
        Err(Failure::new(Exit::Failed, "internal", message))
    });
    let mut last = document(name, &ended);
    if let Ok(done) = &ended {
        last["text"] = json!(done.text);
        last["one_line"] = json!(done.one_line);
    }
    let _ = to.send(bytes(&last)).await;
}

fn bytes(line: &Value) -> Bytes {
    Bytes::from(format!("{line}\n"))
}
