//! `liftlock log key`

use clap::Args;
use liftlock_store::{LogKeyError, make_log_key, read_log_key};
use liftlock_verbs::{Access, Done, Failure};
use serde_json::json;

use crate::context::Context;
use crate::remote::{Server, key_of};

/// Print the key that the log's signatures are checked with; whoever audits keeps it
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  liftlock log key > log-key.txt\n  liftlock log key --name \
example.org/shop\n\nThe private half is `log.key` beside the state, made with it: keep it with the \
state's backups,\nand from everyone else. Without --name the log is named after its key."
)]
pub(crate) struct Arguments {
    /// Make the key with this name, a URL without its scheme; for a log that has none yet
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Only say what would be done
    #[arg(short = 'n', long, requires = "name")]
    dry_run: bool,
}

pub(crate) async fn run(arguments: &Arguments, context: &Context) -> Result<Done, Failure> {
    if let Some(server) = context.server()? {
        return of_server(arguments, &server, context).await;
    }
    let Some(name) = &arguments.name else {
        let (store, _) = context.open_store(Access::Read).await?;
        let key = read_log_key(store.path())?.ok_or_else(super::no_key)?;
        return Ok(done(key.verifier()));
    };
    if arguments.dry_run {
        let (path, _) = context.state_path()?;
        let text = match read_log_key(&path)? {
            Some(key) => format!("the log has the name {} already", key.verifier().name()),
            None => format!("would make a key for the log, named {name}"),
        };
        return Ok(Done::new(text.clone(), json!({ "would": text })));
    }
    let (store, _) = context.open_store(Access::Write).await?;
    let (key, _) = make_log_key(store.path(), Some(name))?;
    Ok(done(key.verifier()))
}

/// A server's log has its key since the server was first started.
async fn of_server(
    arguments: &Arguments,
    server: &Server,
    context: &Context,
) -> Result<Done, Failure> {
    let key = key_of(server).await?;
    let found = key.name().to_owned();
    match arguments.name.as_ref() {
        None => context
            .ui
            .note("it is the server's word: compare it with what whoever runs it has told you"),
        Some(_) if arguments.dry_run => {
            let text = format!("the log has the name {found} already");
            return Ok(Done::new(text.clone(), json!({ "would": text })));
        }
        Some(name) if *name != found => return Err(LogKeyError::Named { found }.into()),
        Some(_) => {}
    }
    Ok(done(&key))
}

fn done(key: &liftlock_ledger::VerifierKey) -> Done {
    let json = json!({ "name": key.name(), "key": key.to_string() });
    Done::new(format!("{key}\n"), json)
}
