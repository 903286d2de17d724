//! `liftlock setup`

use clap::Args;
use liftlock_core::{Identity, PersonName};
use liftlock_verbs::{Done, Failure};
use reqwest::Method;
use serde_json::json;

use super::login::server;
use crate::context::Context;

/// Where the setup token is read: not an argument, for those are seen by others.
const VARIABLE: &str = "LIFTLOCK_SETUP_TOKEN";

/// Name the first administrator of a server, with the token it showed when it was started
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  liftlock setup \
https://liftlock.example.com --token root\n  liftlock setup https://liftlock.example.com --person \
oidc:248289761001\n\nThe setup token is read from the variable LIFTLOCK_SETUP_TOKEN.")]
pub(crate) struct Arguments {
    /// The server's address [default: that of --state]
    #[arg(value_name = "SERVER")]
    server: Option<String>,
    /// Make a token of this name, which is the administrator; it is shown once
    #[arg(long, value_name = "NAME", required_unless_present = "person")]
    token: Option<PersonName>,
    /// A person, by the provider's subject
    #[arg(long, value_name = "oidc:SUBJECT", conflicts_with = "token")]
    person: Option<Identity>,
}

pub(crate) async fn run(arguments: &Arguments, context: &Context) -> Result<Done, Failure> {
    let server = server(arguments.server.as_deref(), context)?;
    let setup = std::env::var(VARIABLE).map_err(|_| {
        Failure::usage(format!("{VARIABLE} is not set"))
            .hint("a server without an administrator shows the setup token when it is started")
    })?;
    let administrator = match (&arguments.token, &arguments.person) {
        (Some(name), _) => json!({ "token": name }),
        (None, Some(person)) => json!({ "person": person }),
        (None, None) => return Err(Failure::usage("expected --token or --person")),
    };
    let asked = json!({ "setup_token": setup.trim(), "administrator": administrator });
    let answer = server.call(Method::POST, &["setup"], Some(&asked)).await?;
    let who = server.text(&answer, "administrator")?;
    context
        .ui
        .note(&format!("{who} is the first administrator of {server}"));
    let text = match answer["created"]["secret"].as_str() {
        Some(secret) => {
            context.ui.note("the token is not shown again:");
            secret.to_owned()
        }
        None => format!("now `liftlock login {server}`"),
    };
    Ok(Done::new(
        text,
        json!({
            "server": server.to_string(),
            "administrator": who,
            "secret": answer["created"]["secret"],
            "token": answer["created"]["token"],
        }),
    ))
}
