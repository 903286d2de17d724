//! What is known of a pipeline: from a state at hand, or from a server's ledger.

use std::sync::Arc;

use liftlock_core::{PipelineName, State};
use liftlock_ledger::Hash;
use liftlock_verbs::{Access, Failure};
use serde_json::{Value, json};

use crate::context::{Context, load_policy, warn_of_other};
use crate::remote::{self, RemoteLedger, Seen, Server};
use crate::verbs::log::{read_key, verified};

/// A pipeline's state, and the ledger that it was folded from, recomputed.
pub(super) struct Known {
    pub(super) state: Arc<State>,
    size: u64,
    root: Hash,
    seen: Seen,
}

impl Known {
    pub(super) async fn at_hand(log_key: Option<&str>, context: &Context) -> Result<Self, Failure> {
        if log_key.is_some() {
            let message = "--log-key is for a server, or goes with --key";
            return Err(Failure::usage(message)
                .hint("a state at hand has its key beside it: `liftlock log verify --log-key`"));
        }
        let session = context.open(Access::Read).await?;
        liftlock_verbs::adopted(&session.state)?;
        let ledger = verified(session.app.store(), None).await?;
        Ok(Self {
            state: Arc::clone(&session.state),
            size: ledger.size,
            root: ledger.root,
            seen: Seen::Whole,
        })
    }

    pub(super) async fn of_server(
        server: &Server,
        log_key: Option<&str>,
        context: &Context,
    ) -> Result<Self, Failure> {
        let key = log_key.map(read_key).transpose()?;
        let policy = load_policy(context)?;
        let pipeline = remote::pipeline(server, policy.as_ref(), context).await?;
        let ledger = RemoteLedger::known(server, key, context).await?;
        let (state, seen) = ledger.state_of(&pipeline).await?;
        if let Some(policy) = &policy {
            warn_of_other(context, policy, &state);
        }
        Ok(Self {
            state: Arc::new(state),
            size: ledger.checkpoint().size(),
            root: ledger.checkpoint().root(),
            seen,
        })
    }

    /// How far the ledger was verified.
    pub(super) fn text(&self, pipeline: &PipelineName) -> String {
        let (size, root) = (self.size, self.root);
        match self.seen {
            Seen::Whole => {
                format!("ledger: {size} entries, root {root}, recomputed and as recorded")
            }
            Seen::Own => format!(
                "ledger: {size} entries, root {root}, recomputed from their hashes; those of {pipeline} \
                 were compared with theirs\nthat no later entry of {pipeline} is held back is the \
                 server's word: the entries of all pipelines are for auditors"
            ),
        }
    }

    pub(super) fn json(&self) -> Value {
        let mut json = json!({ "size": self.size, "root": self.root.to_string() });
        if self.seen == Seen::Own {
            json["seen"] = json!("own");
        }
        json
    }
}
