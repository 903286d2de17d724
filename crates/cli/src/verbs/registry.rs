//! `liftlock registry`

mod fault_help;
mod protection;
mod serve;

use clap::Subcommand;
use liftlock_verbs::{Done, Failure};

use crate::context::Context;

/// The embedded registry
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  liftlock registry serve ./registry")]
pub(crate) enum Verb {
    Serve(serve::Arguments),
}

pub(crate) async fn run(verb: Verb, context: &Context) -> Result<Done, Failure> {
    match verb {
        Verb::Serve(arguments) => serve::run(arguments, context).await,
    }
}

/// Until Ctrl-C, or until the system asks this process to end.
pub(crate) async fn interrupted() {
    let ctrl_c = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                () = ctrl_c => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    ctrl_c.await;
}
