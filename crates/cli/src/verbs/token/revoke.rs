//! `liftlock token revoke`

use clap::Args;
use liftlock_verbs::{Done, Failure};
use reqwest::Method;
use serde_json::{Value, json};

use crate::context::Context;
use crate::verbs::login::server;

/// Revoke a token by its id, or all of a name
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  liftlock token revoke ci --state https://liftlock.example.com")]
pub(crate) struct Arguments {
    /// Its id or its name, as `token list` shows them
    #[arg(value_name = "TOKEN")]
    which: String,
}

pub(crate) async fn run(arguments: &Arguments, context: &Context) -> Result<Done, Failure> {
    let server = server(None, context)?;
    let which = arguments.which.as_str();
    let answer = server
        .call(Method::DELETE, &["tokens", which], None)
        .await?;
    let revoked = answer["tokens"].as_array().cloned().unwrap_or_default();
    let lines: Vec<String> = revoked.iter().map(line).collect();
    Ok(Done::new(lines.join("\n"), json!({ "tokens": revoked })))
}

fn line(token: &Value) -> String {
    let text = |name: &str| token[name].as_str().unwrap_or_default().to_owned();
    format!("revoked token:{} ({})", text("name"), text("id"))
}
