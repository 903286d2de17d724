//! `liftlock login`

mod browser;
mod device;

use clap::Args;
use liftlock_verbs::{Done, Failure};
use serde_json::{Value, json};

use crate::context::Context;
use crate::remote::Server;
use crate::token::kept;

/// Log in at a server, by a browser and the organisation's own accounts
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  liftlock login https://liftlock.example.com\n  liftlock login \
https://liftlock.example.com --device     the browser is on another machine\n\nThe session is kept \
in ~/.config/liftlock/sessions.json, which only you can read. Jobs take a token instead: \
LIFTLOCK_TOKEN."
)]
pub(crate) struct Arguments {
    /// The server's address [default: that of --state]
    #[arg(value_name = "SERVER")]
    server: Option<String>,
    /// Show a code to type into a browser anywhere, instead of waiting for one on this machine
    #[arg(long)]
    device: bool,
}

pub(crate) async fn run(arguments: &Arguments, context: &Context) -> Result<Done, Failure> {
    let server = server(arguments.server.as_deref(), context)?;
    let done = match arguments.device {
        true => device::log_in(&server, context).await?,
        false => browser::log_in(&server, context).await?,
    };
    logged_in(&server, &done)
}

/// The server that is named, or that commands ask anyway.
pub(crate) fn server(named: Option<&str>, context: &Context) -> Result<Server, Failure> {
    match named {
        Some(address) => Server::new(address),
        None => context.server()?.ok_or_else(|| {
            Failure::usage("no server is named")
                .hint("name its address, here or with --state or LIFTLOCK_STATE")
        }),
    }
}

fn logged_in(server: &Server, answer: &Value) -> Result<Done, Failure> {
    let path = kept::keep(server.address(), server.text(answer, "token")?)?;
    let identity = server.text(answer, "identity")?;
    let expires = server.text(answer, "expires")?;
    let who = match answer["name"].as_str() {
        Some(name) => format!("{name} ({identity})"),
        None => identity.to_owned(),
    };
    let text = format!("logged in at {server} as {who}, until {expires}");
    let json = json!({
        "server": server.to_string(),
        "identity": identity,
        "name": answer["name"],
        "expires": expires,
        "kept_in": path.display().to_string(),
    });
    Ok(Done::new(text, json))
}
