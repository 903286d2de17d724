//! `liftlock image list`

use clap::Args;
use liftlock_oci::Repository;
use liftlock_registry::Name;
use serde_json::json;

use crate::context::Context;
use crate::done::Done;
use crate::failure::Failure;

/// List a repository's tags and the digests they point at
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  liftlock image list registry.example.com/myapp")]
pub(crate) struct Arguments {
    /// The repository
    repository: Repository,
    /// Only the tags, without asking for each digest
    #[arg(long)]
    names: bool,
}

pub(crate) async fn run(arguments: &Arguments, context: &Context) -> Result<Done, Failure> {
    let repository = &arguments.repository;
    let client = context.registries().client(repository.host())?;
    let tags = client.tags(repository).await?;
    let mut lines = Vec::new();
    let mut listed = Vec::new();
    for tag in tags {
        let digest = if arguments.names {
            None
        } else {
            client.manifest_digest(repository, Name::Tag(&tag)).await?
        };
        lines.push(match digest {
            Some(digest) => format!("{:<24} {digest}", tag.as_str()),
            None => tag.to_string(),
        });
        listed.push(json!({ "tag": tag, "digest": digest }));
    }
    if lines.is_empty() {
        lines.push(format!("{repository} has no tags"));
    }
    Ok(Done::new(
        lines.join("\n"),
        json!({ "repository": repository, "tags": listed }),
    ))
}
