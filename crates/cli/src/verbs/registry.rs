//! `liftlock registry serve`

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Subcommand};
use liftlock_registry_server::{Server, ServerOptions};
use serde_json::json;

use crate::context::Context;
use crate::done::Done;
use crate::failure::Failure;

/// The embedded registry
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  liftlock registry serve ./registry")]
pub(crate) enum Verb {
    Serve(Arguments),
}

/// Serve a folder of OCI layouts as a registry, until Ctrl-C; without authentication
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  liftlock registry serve ./registry --listen 127.0.0.1:5000")]
pub(crate) struct Arguments {
    /// The folder; made where it is missing
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:5000")]
    listen: SocketAddr,
}

pub(crate) async fn run(verb: Verb, context: &Context) -> Result<Done, Failure> {
    let Verb::Serve(arguments) = verb;
    if !arguments.listen.ip().is_loopback() {
        return Err(Failure::usage(format!(
            "{} is not a loopback address, and this registry has neither authentication nor TLS in this version",
            arguments.listen
        )));
    }
    let mut options = ServerOptions::new(arguments.folder.clone(), arguments.listen);
    let ui = context.ui;
    options.observer = Some(Arc::new(move |line| {
        ui.note(&format!("{} {} {}", line.status, line.method, line.target));
    }));
    let failed =
        |error: liftlock_registry_server::ServeError| Failure::failed("serve", error.to_string());
    let server = Server::bind(options).await.map_err(failed)?;
    let address = server.address();
    let serving = format!(
        "serving {} at {address}; Ctrl-C ends it",
        arguments.folder.display()
    );
    if ui.json {
        // The one document comes at the end, and whoever chose port 0 needs the address now.
        ui.note(&serving);
    } else {
        ui.say(&serving);
    }
    server.run(interrupted()).await.map_err(failed)?;
    Ok(Done::new(
        "ended",
        json!({ "address": address.to_string() }),
    ))
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
