//! The pipeline as it is before anything is brought: of a state at hand, or of a server.

use liftlock_core::{Command, State};
use liftlock_engine::ports::Store as _;
use liftlock_store::{APPEND_ENTRIES_MAX, DatabaseStore, OpenMode};
use liftlock_verbs::{App, Failure, asked};

use crate::context::{Context, Opened, Scratch, load_policy};
use crate::output::report;
use crate::remote::{self, RemoteLedger, Server};

/// A pipeline that is looked at.
pub(super) enum Looked {
    AtHand(Box<Opened>),
    /// A copy of a server's, in which it is decided here what would come of it; the server decides
    /// again.
    Copy(Box<Copy>),
}

pub(super) struct Copy {
    app: App,
    state: std::sync::Arc<State>,
    _scratch: Scratch,
}

impl Looked {
    pub(super) async fn of_server(server: &Server, context: &Context) -> Result<Self, Failure> {
        let policy = load_policy(context)?;
        let pipeline = remote::pipeline(server, policy.as_ref(), context).await?;
        let ledger = RemoteLedger::unchecked(server).await?;
        let own = match ledger.entries_of(&pipeline).await {
            // The first command that changes something adopts the file.
            Err(failure) if is_missing(&failure) && policy.is_some() => Vec::new(),
            own => own?,
        };
        let scratch = Scratch::new()?;
        let path = scratch.path().join("state.db");
        let store = DatabaseStore::open(&path, OpenMode::Create).await?;
        let entries: Vec<Vec<u8>> = own.into_iter().map(|own| own.bytes).collect();
        let mut version = 0;
        for some in entries.chunks(APPEND_ENTRIES_MAX) {
            let appended = store.append(pipeline.as_str(), version, some, None);
            let appended = appended.await.map(drop);
            appended.map_err(|error| Failure::failed("state", error.to_string()))?;
            version += some.len() as u64;
        }
        // Nothing is signed in a copy, and its own keys are nobody's.
        let alone = Context {
            state: None,
            ..context.clone()
        };
        let actor = server.asks_as(context).await?;
        let app = alone
            .site(store, None)?
            .app(pipeline, actor, report(context.ui));
        let mut state = asked::state(&app).await?;
        if let Some(policy) = policy.filter(|_| state.adopted.is_none()) {
            let policy = Box::new(policy);
            state = asked::record(&app, &Command::Adopt { policy }).await?.state;
        }
        Ok(Self::Copy(Box::new(Copy {
            app,
            state,
            _scratch: scratch,
        })))
    }

    pub(super) fn state(&self) -> &State {
        match self {
            Self::AtHand(opened) => &opened.state,
            Self::Copy(copy) => &copy.state,
        }
    }

    /// Whether a command would record something.
    pub(super) async fn would_be_new(&self, command: &Command) -> Result<bool, Failure> {
        let app = match self {
            Self::AtHand(opened) => &opened.app,
            Self::Copy(copy) => &copy.app,
        };
        Ok(!app.would(command).await?.events.is_empty())
    }
}

fn is_missing(failure: &Failure) -> bool {
    ["no-pipeline", "not-found"].contains(&&*failure.code)
}
