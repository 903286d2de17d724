//! `liftlock token create`

use clap::Args;
use liftlock_core::{Label, PersonName, PipelineName, Span};
use liftlock_verbs::{Done, Failure};
use reqwest::Method;
use serde_json::json;

use crate::context::Context;
use crate::verbs::login::server;

/// Make a token; it is shown once
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  liftlock token create ci --pipeline shop > token.txt\n  liftlock token create edge-1 --worker --label prod-host > token.txt\n\nWhoever \
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
    /// For an agent, which is worker:NAME and can do nothing but carry out what it is given
    #[arg(long, requires = "labels")]
    worker: bool,
    /// A label of the agent, of environments that it carries out; may be repeated
    #[arg(long = "label", value_name = "LABEL", requires = "worker")]
    labels: Vec<Label>,
}

pub(crate) async fn run(arguments: &Arguments, context: &Context) -> Result<Done, Failure> {
    let server = server(None, context)?;
    let mut asked = json!({ "name": arguments.name, "lasts": arguments.lasts.to_string() });
    if !arguments.pipelines.is_empty() {
        asked["pipelines"] = json!(arguments.pipelines);
    }
    if arguments.worker {
        asked["labels"] = json!(arguments.labels);
    }
    let answer = server.call(Method::POST, &["tokens"], Some(&asked)).await?;
    let secret = server.text(&answer, "secret")?.to_owned();
    let expires = server.text(&answer["token"], "expires")?;
    let name = &arguments.name;
    let kind = if arguments.worker { "worker" } else { "token" };
    context.ui.note(&format!(
        "{kind}:{name} until {expires}; it is not shown again:"
    ));
    Ok(Done::new(
        secret.clone(),
        json!({ "secret": secret, "token": answer["token"] }),
    ))
}
