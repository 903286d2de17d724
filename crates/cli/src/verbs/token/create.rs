//! `liftlock token create`

use clap::Args;
use liftlock_core::{PersonName, PipelineName, Span};
use liftlock_verbs::{Done, Failure};
use reqwest::Method;
use serde_json::json;

use crate::context::Context;
use crate::verbs::login::server;

/// Make a token; it is shown once
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  liftlock token create ci --pipeline shop > token.txt\n\nWhoever \
presents it is token:ci. Only its hash is kept by the server."
)]
pub(crate) struct Arguments {
    /// Its name: whoever presents it is token:NAME. Another of the same name can replace it
    #[arg(value_name = "NAME")]
    name: PersonName,
    /// How long it counts, at most 365d
    #[arg(long, value_name = "TIME", default_value = "90d")]
    lasts: Span,
    /// For this pipeline alone; may be repeated [default: all]
    #[arg(long = "pipeline", value_name = "PIPELINE")]
    pipelines: Vec<PipelineName>,
}

pub(crate) async fn run(arguments: &Arguments, context: &Context) -> Result<Done, Failure> {
    let server = server(None, context)?;
    let mut asked = json!({ "name": arguments.name, "lasts": arguments.lasts.to_string() });
    if !arguments.pipelines.is_empty() {
        asked["pipelines"] = json!(arguments.pipelines);
    }
    let answer = server.call(Method::POST, &["tokens"], Some(&asked)).await?;
    let secret = server.text(&answer, "secret")?.to_owned();
    let expires = server.text(&answer["token"], "expires")?;
    let name = &arguments.name;
    context.ui.note(&format!(
        "token:{name} until {expires}; it is not shown again:"
    ));
    Ok(Done::new(
        secret.clone(),
        json!({ "secret": secret, "token": answer["token"] }),
    ))
}
