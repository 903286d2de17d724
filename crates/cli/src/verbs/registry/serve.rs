//! `liftlock registry serve`

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use liftlock_registry_server::faults::Fault;
use liftlock_registry_server::{RequestLine, ServeError, Server, ServerOptions};
use liftlock_verbs::{Done, Failure};
use serde_json::json;

use super::protection::Protection;
use super::{fault_help, interrupted};
use crate::context::Context;

const EXAMPLE: &str = "Example:\n  liftlock registry serve ./registry --listen 127.0.0.1:5000";

/// Serve a folder of OCI layouts as a registry, until Ctrl-C
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE, after_long_help = fault_help::after(EXAMPLE))]
pub(crate) struct Arguments {
    /// The folder; made where it is missing
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Where to listen; other than on loopback only with TLS and users
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:5000")]
    listen: SocketAddr,
    #[command(flatten)]
    protection: Protection,
    /// Find a blob in any repository for a mount that names none
    #[arg(long)]
    automatic_mount: bool,
    /// Make this go wrong, to test a client; may be repeated; --help lists the names
    #[arg(long = "fault", value_name = "NAME[=VALUE][,LIMIT]")]
    faults: Vec<Fault>,
}

pub(super) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    let ui = context.ui;
    if let Some(warning) = arguments.protection.warning(arguments.listen) {
        ui.warn(&warning);
    }
    let mut options = ServerOptions::new(arguments.folder.clone(), arguments.listen);
    options.automatic_mount = arguments.automatic_mount;
    options.faults.set(arguments.faults);
    arguments.protection.apply(&mut options);
    options.observer = Some(Arc::new(move |line| ui.note(&shown(line))));
    let server = Server::bind(options).await.map_err(failure)?;
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
    server.run(interrupted()).await.map_err(failure)?;
    Ok(Done::new(
        "ended",
        json!({ "address": address.to_string() }),
    ))
}

fn failure(error: ServeError) -> Failure {
    match error {
        ServeError::Exposed { .. } => Failure::usage(format!(
            "{error}; give --tls-cert, --tls-key and --htpasswd, or --insecure where something \
             else protects it"
        )),
        other => Failure::failed("serve", other.to_string()),
    }
}

/// One request, as the terminal shows it.
fn shown(line: &RequestLine) -> String {
    let request = format!("{} {} {}", line.status, line.method, line.target);
    let failure = line.failure.iter().map(|failure| format!(" ({failure})"));
    let faults = line.faults.iter().map(|fault| format!(" [{fault}]"));
    faults
        .chain(failure)
        .fold(request, |text, part| text + &part)
}
