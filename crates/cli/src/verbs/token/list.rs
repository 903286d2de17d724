//! `liftlock token list`

use clap::Args;
use comfy_table::{ContentArrangement, Table, presets};
use liftlock_verbs::{Done, Failure};
use serde_json::{Value, json};

use crate::context::Context;
use crate::verbs::login::server;

/// The most pages that are asked for; a server has a thousand tokens at most that count.
const PAGES_MAX: usize = 200;

/// Show the tokens, without their secrets
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  liftlock token list --state https://liftlock.example.com")]
pub(crate) struct Arguments {}

pub(crate) async fn run(_: &Arguments, context: &Context) -> Result<Done, Failure> {
    let server = server(None, context)?;
    let mut tokens: Vec<Value> = Vec::new();
    let mut after: Option<String> = None;
    for _ in 0..PAGES_MAX {
        let page = server
            .get_with(&["tokens"], ("after", after.as_deref()))
            .await?;
        tokens.extend(page["tokens"].as_array().cloned().unwrap_or_default());
        after = page["next"].as_str().map(str::to_owned);
        if after.is_none() {
            break;
        }
    }
    tokens.sort_by_key(|token| (text(token, "name"), text(token, "created")));
    Ok(Done::new(table(&tokens), json!({ "tokens": tokens })))
}

fn table(tokens: &[Value]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.set_header([
        "NAME",
        "ID",
        "PIPELINES",
        "LABELS",
        "MADE BY",
        "EXPIRES",
        "LAST USED",
        "",
    ]);
    for token in tokens {
        let pipelines = match token["scope"]["pipelines"].as_array() {
            None => "all".to_owned(),
            Some(names) => {
                let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
                names.join(", ")
            }
        };
        let labels = token["labels"].as_array().into_iter().flatten();
        let labels: Vec<&str> = labels.filter_map(Value::as_str).collect();
        let labels = match labels.as_slice() {
            [] => "-".to_owned(),
            labels => labels.join(", "),
        };
        let revoked = if token["revoked"].is_string() {
            "revoked"
        } else {
            ""
        };
        let cell = |name| text(token, name);
        let (name, id) = (cell("name"), cell("id"));
        let (by, expires, used) = (cell("created_by"), cell("expires"), cell("used"));
        table.add_row([
            name,
            id,
            pipelines,
            labels,
            by,
            expires,
            used,
            revoked.to_owned(),
        ]);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let lines = table.lines().map(|line| line.trim_end().to_owned());
    lines.collect::<Vec<_>>().join("\n")
}

fn text(token: &Value, name: &str) -> String {
    token[name].as_str().unwrap_or("-").to_owned()
}
