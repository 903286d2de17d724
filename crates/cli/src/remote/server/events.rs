//! A pipeline's entries out of a server's ledger, as server-sent events (WHATWG HTML).

use futures_util::StreamExt;
use liftlock_core::PipelineName;
use liftlock_verbs::Failure;

use super::{LINE_BYTES_MAX, Server};

/// An entry with its place in the ledger, as it was sent: not yet believed.
pub(in crate::remote) struct Sent {
    pub(in crate::remote) seq: u64,
    pub(in crate::remote) bytes: Vec<u8>,
}

/// What is read of an event so far.
#[derive(Default)]
struct Event {
    kind: String,
    id: Option<u64>,
    data: String,
}

impl Server {
    /// The entries of a pipeline after the place `after`, up to the place `until`, each given to
    /// `take`; `false` where the server ended before it had sent all.
    pub(in crate::remote) async fn events(
        &self,
        pipeline: &PipelineName,
        (after, until): (Option<u64>, u64),
        mut take: impl FnMut(Sent) -> Result<(), Failure>,
    ) -> Result<bool, Failure> {
        let mut url = self.url(&["pipelines", pipeline.as_str(), "events"])?;
        let after = after.map_or_else(|| "start".to_owned(), |after| after.to_string());
        url.query_pairs_mut()
            .append_pair("after", &after)
            .append_pair("until", &until.to_string());
        let mut stream = self.send(self.client.get(url)).await?.bytes_stream();
        let (mut kept, mut event) = (Vec::new(), Event::default());
        while let Some(bytes) = stream.next().await {
            let Ok(bytes) = bytes else { return Ok(false) };
            kept.extend_from_slice(&bytes);
            let mut begin = 0;
            while let Some(length) = kept[begin..].iter().position(|byte| *byte == b'\n') {
                let line = str::from_utf8(&kept[begin..begin + length]);
                let line = line.map_err(|_| self.unlike())?;
                begin += length + 1;
                if !line.is_empty() {
                    event.line(line);
                    continue;
                }
                let ended = std::mem::take(&mut event);
                match (ended.kind.as_str(), ended.id) {
                    ("reached", _) => return Ok(true),
                    (_, Some(seq)) => take(Sent {
                        seq,
                        bytes: ended.data.into_bytes(),
                    })?,
                    (_, None) => {}
                }
            }
            kept.drain(..begin);
            if kept.len() > LINE_BYTES_MAX {
                return Err(self.unlike());
            }
        }
        Ok(false)
    }
}

impl Event {
    fn line(&mut self, line: &str) {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.kind),
            "id" => self.id = value.parse().ok(),
            "data" => value.clone_into(&mut self.data),
            _ => {}
        }
    }
}
