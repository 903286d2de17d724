//! A pipeline's state, folded here from entries whose hashes are in the server's ledger.

use liftlock_core::{PipelineName, State};
use liftlock_verbs::Failure;
use serde::Deserialize;

use super::own::Folding;
use super::{Own, RemoteLedger};

/// How much of the ledger was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Every entry.
    Whole,
    /// One pipeline's entries, and of the others their hashes.
    Own,
}

#[derive(Deserialize)]
struct Of<'a> {
    #[serde(borrow)]
    pipeline: std::borrow::Cow<'a, str>,
}

impl RemoteLedger<'_> {
    /// The state of a pipeline, and how much was seen: the whole ledger, where that may be read.
    pub(crate) async fn state_of(&self, pipeline: &PipelineName) -> Result<(State, Seen), Failure> {
        let mut folding = Folding::default();
        let read = self.read(None, |first, entries| {
            for (seq, entry) in (first..).zip(entries) {
                let of = serde_json::from_slice::<Of<'_>>(entry);
                if of.is_ok_and(|of| of.pipeline == pipeline.as_str()) {
                    folding.take(pipeline, seq, entry)?;
                }
            }
            Ok(())
        });
        match read.await {
            Ok(()) => Ok((folding.finish(), Seen::Whole)),
            Err(failure) if failure.code == "not-allowed" => {
                let own = self.entries_of(pipeline).await?;
                Ok((fold(pipeline, &own)?, Seen::Own))
            }
            Err(failure) => Err(failure),
        }
    }
}

/// The state that a pipeline's entries come to.
pub(crate) fn fold(pipeline: &PipelineName, own: &[Own]) -> Result<State, Failure> {
    let mut folding = Folding::default();
    for Own { seq, bytes } in own {
        folding.take(pipeline, *seq, bytes)?;
    }
    Ok(folding.finish())
}
