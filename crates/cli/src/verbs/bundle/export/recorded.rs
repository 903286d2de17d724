//! What the ledger says about a release, proven: of a state at hand, or of a server.

use std::sync::Arc;

use liftlock_air_gap::{About, Document, Export};
use liftlock_core::{Entry, Policy, ReleaseName, State};
use liftlock_ledger::{Checkpoint, Continuation, ProofFile};
use liftlock_store::{DatabaseStore, ENTRIES_PAGE_MAX};
use liftlock_verbs::{Access, Failure, adopted};

use super::{Arguments, images};
use crate::context::{Context, load_policy, own_key, warn_of_other};
use crate::remote::{self, Own, Proving, RemoteLedger, Server, fold};
use crate::verbs::log::{no_key, prove_failure};

/// A pipeline's state, and the entries about a release with their proofs.
pub(super) struct Recorded {
    pub(super) state: Arc<State>,
    entries: Vec<ProofFile>,
    continued: Vec<Continuation>,
}

impl Recorded {
    pub(super) async fn at_hand(
        arguments: &Arguments,
        earlier: &[Checkpoint],
        context: &Context,
    ) -> Result<Self, Failure> {
        let session = context.open(Access::Read).await?;
        let (state, store) = (Arc::clone(&session.state), session.app.store());
        state.release(&arguments.release)?;
        let policy = adopted(&state)?;
        let key = own_key(store)?.ok_or_else(no_key)?;
        let places = places_of(store, policy, &arguments.release).await?;
        let proven = store.prove_all(&places, earlier, &key).await;
        let proven = proven.map_err(prove_failure)?;
        Ok(Self {
            state,
            entries: proven.entries,
            continued: proven.continued,
        })
    }

    /// The state is folded and the proofs are made here, from the pipeline's entries and the
    /// ledger's hashes.
    pub(super) async fn of_server(
        server: &Server,
        arguments: &Arguments,
        earlier: &[Checkpoint],
        context: &Context,
    ) -> Result<Self, Failure> {
        let policy = load_policy(context)?;
        let pipeline = remote::pipeline(server, policy.as_ref(), context).await?;
        let ledger = RemoteLedger::unchecked(server).await?;
        let own = ledger.entries_of(&pipeline).await?;
        let state = fold(&pipeline, &own)?;
        if let Some(policy) = &policy {
            warn_of_other(context, policy, &state);
        }
        state.release(&arguments.release)?;
        let mut about = About::new(arguments.release.clone());
        for Own { seq, bytes } in &own {
            about.take(*seq, &read(*seq, bytes)?);
        }
        let (mut proving, mut entries) = (Proving::of(&ledger), Vec::new());
        for place in about.places() {
            if let Ok(at) = own.binary_search_by_key(&place, |own| own.seq) {
                entries.push(proving.entry(&own[at]).await?);
            }
        }
        let mut continued = Vec::new();
        for earlier in earlier {
            continued.push(proving.continued(earlier).await?);
        }
        Ok(Self {
            state: Arc::new(state),
            entries,
            continued,
        })
    }

    pub(super) fn request(
        self,
        arguments: &Arguments,
        context: &Context,
    ) -> Result<Export, Failure> {
        let (policy, release) = (
            adopted(&self.state)?,
            self.state.release(&arguments.release)?,
        );
        Ok(Export {
            document: Document::of(policy.pipeline.clone(), &release.content),
            images: images(release, policy, &context.registries())?,
            entries: self.entries,
            continued: self.continued,
        })
    }
}

/// Where in the ledger the entries about the release are.
async fn places_of(
    store: &DatabaseStore,
    policy: &Policy,
    release: &ReleaseName,
) -> Result<Vec<u64>, Failure> {
    let mut about = About::new(release.clone());
    let mut next = 0;
    loop {
        let page = store.entries(next, ENTRIES_PAGE_MAX).await?;
        let Some(last) = page.last() else { break };
        next = last.seq + 1;
        for kept in page.iter().filter(|e| e.stream == policy.pipeline.as_str()) {
            about.take(kept.seq, &read(kept.seq, &kept.bytes)?);
        }
    }
    Ok(about.places().collect())
}

fn read(seq: u64, bytes: &[u8]) -> Result<Entry, Failure> {
    Entry::read(bytes).map_err(|error| Failure::failed("entry", format!("entry {seq}: {error}")))
}
