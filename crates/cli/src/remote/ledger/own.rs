//! One pipeline's entries, for who may read no more of the ledger than that.

use liftlock_core::{Entry, PipelineName, State};
use liftlock_ledger::leaf_hash;
use liftlock_verbs::Failure;

use super::{RemoteLedger, changed};

/// How often a stream that ends early is gone on with.
const STREAMS_MAX: u32 = 20;

/// The most bytes of a pipeline's entries.
const BYTES_MAX: usize = 2 * 1024 * 1024 * 1024;

/// An entry, and its place in the ledger, where its hash is.
pub(crate) struct Own {
    pub(crate) seq: u64,
    pub(crate) bytes: Vec<u8>,
}

impl RemoteLedger<'_> {
    /// All entries of a pipeline up to the checkpoint, each of them compared with its hash in the
    /// tree. None is missing between two of them, as their numbers say; that the last is the last
    /// is the server's word.
    pub(crate) async fn entries_of(&self, pipeline: &PipelineName) -> Result<Vec<Own>, Failure> {
        let mut own: Vec<Own> = Vec::new();
        let (mut all, mut bytes) = (false, 0);
        for _ in 0..STREAMS_MAX {
            let range = (own.last().map(|last| last.seq), self.checkpoint().size());
            let read = self.server.events(pipeline, range, |sent| {
                bytes += sent.bytes.len();
                if bytes > BYTES_MAX {
                    let message = format!("{pipeline} has over {BYTES_MAX} bytes of entries");
                    return Err(Failure::failed("too-large", message));
                }
                own.push(Own {
                    seq: sent.seq,
                    bytes: sent.bytes,
                });
                Ok(())
            });
            all = read.await?;
            if all {
                break;
            }
        }
        if !all {
            let message = format!("{} did not send all entries of {pipeline}", self.server);
            return Err(Failure::failed("broken-off", message));
        }
        let mut left = own.iter().peekable();
        self.hashes(None, |seq, hash| match left.next_if(|own| own.seq == seq) {
            Some(own) if leaf_hash(&own.bytes) != hash => Err(changed(format!(
                "entry {seq} as the server sends it is not the one in its ledger"
            ))),
            _ => Ok(()),
        })
        .await?;
        match left.next() {
            None => Ok(own),
            Some(own) => Err(changed(format!("entry {} is not in the ledger", own.seq))),
        }
    }
}

/// The state that a pipeline's entries come to.
#[derive(Default)]
pub(crate) struct Folding(State);

impl Folding {
    /// The next of them.
    pub(crate) fn take(
        &mut self,
        pipeline: &PipelineName,
        seq: u64,
        bytes: &[u8],
    ) -> Result<Entry, Failure> {
        let entry = Entry::read(bytes)
            .map_err(|error| Failure::failed("entry", format!("entry {seq}: {error}")))?;
        if entry.pipeline != *pipeline {
            let other = &entry.pipeline;
            return Err(changed(format!(
                "entry {seq} is of {other}, not of {pipeline}"
            )));
        }
        let applied = self.0.apply(&entry);
        applied.map_err(|error| changed(format!("entry {seq}: {error}")))?;
        Ok(entry)
    }

    /// The state.
    pub(crate) fn finish(self) -> State {
        self.0
    }
}
