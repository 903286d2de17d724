//! `liftlock logout`

use clap::Args;
use liftlock_verbs::{Done, Exit, Failure};
use reqwest::Method;
use serde_json::json;

use super::login::server;
use crate::context::Context;
use crate::token::kept;

/// End the session at a server, and forget it here
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  liftlock logout https://liftlock.example.com\n  liftlock logout \
https://liftlock.example.com --everywhere     on every machine and in every browser"
)]
pub(crate) struct Arguments {
    /// The server's address [default: that of --state]
    #[arg(value_name = "SERVER")]
    server: Option<String>,
    /// End every session of yours there
    #[arg(long)]
    everywhere: bool,
}

pub(crate) async fn run(arguments: &Arguments, context: &Context) -> Result<Done, Failure> {
    let server = server(arguments.server.as_deref(), context)?;
    let asked = json!({ "everywhere": arguments.everywhere });
    let ended = server.call(Method::POST, &["logout"], Some(&asked)).await;
    // Forgotten here whatever the server says, unless it cannot be asked: it would go on there.
    let ended = match ended {
        Ok(_) => true,
        Err(failure) if failure.exit == Exit::Refused => false,
        Err(failure) => return Err(failure),
    };
    let forgotten = kept::forget(server.address())?;
    let text = match (ended, forgotten) {
        (true, _) => format!("logged out at {server}"),
        (false, true) => format!("the session at {server} had ended; it is forgotten here"),
        (false, false) => format!("there is no session at {server}"),
    };
    let server = server.to_string();
    Ok(Done::new(
        text,
        json!({ "server": server, "ended": ended, "forgotten": forgotten }),
    ))
}
