//! `liftlock image list`

use clap::Args;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use liftlock_oci::{Digest, Tag};
use liftlock_registry::{Name, Place};
use liftlock_verbs::{Done, Failure, show::natural};
use serde_json::json;

use super::failure::place_failure;
use super::name::{Tagged, tagged};
use super::place::{layout, repository};
use crate::context::Context;

/// How many digests are asked for at once.
const ASKED_AT_ONCE: usize = 16;

/// The widest column of tags, in characters: cosign's are longer, and stand out.
const WIDTH_MAX: usize = 40;

/// List the tags of a repository or a layout, and the digests they point at
///
/// Tags are in the order in which people count: build-9 before build-10. Each digest costs the
/// registry one request; --names leaves them out.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  liftlock image list registry.example.com/myapp
  liftlock image list registry.example.com/myapp --names
  liftlock image list oci:myapp.tar")]
pub(crate) struct Arguments {
    /// The repository, or oci:PATH
    #[arg(value_name = "REPOSITORY", value_parser = tagged)]
    place: Tagged,
    /// Only the tags, without asking for each digest
    #[arg(long)]
    names: bool,
}

pub(crate) async fn run(arguments: &Arguments, context: &Context) -> Result<Done, Failure> {
    let place = match &arguments.place {
        Tagged::Repository(name) => repository(name, &context.registries())?,
        Tagged::Layout(name) => layout(name)?,
    };
    let mut tags = place.tags().await.map_err(place_failure)?;
    tags.sort_by(|a, b| natural::compare(a.as_str(), b.as_str()));
    let rows: Vec<(Tag, Option<Digest>)> = if arguments.names {
        tags.into_iter().map(|tag| (tag, None)).collect()
    } else {
        digests(&place, tags).await?
    };
    let width = rows.iter().map(|(tag, _)| tag.as_str().len()).max();
    let width = width.unwrap_or_default().min(WIDTH_MAX);
    let mut lines: Vec<String> = rows
        .iter()
        .map(|(tag, digest)| match digest {
            Some(digest) => format!("{:<width$}  {digest}", tag.as_str()),
            None if arguments.names => tag.to_string(),
            // Deleted since it was listed, or listed and never there.
            None => format!("{:<width$}  -", tag.as_str()),
        })
        .collect();
    if lines.is_empty() {
        lines.push(format!("{place} has no tags"));
    }
    let listed = rows
        .iter()
        .map(|(tag, digest)| json!({ "tag": tag, "digest": digest }));
    let listed: Vec<_> = listed.collect();
    Ok(Done::new(
        lines.join("\n"),
        json!({ "place": place.to_string(), "tags": listed }),
    ))
}

async fn digests(place: &Place, tags: Vec<Tag>) -> Result<Vec<(Tag, Option<Digest>)>, Failure> {
    let asked: Vec<_> = tags
        .into_iter()
        .map(|tag| async move {
            let digest = place.manifest_digest(Name::Tag(&tag)).await?;
            Ok((tag, digest))
        })
        .collect();
    let answers = stream::iter(asked).buffered(ASKED_AT_ONCE);
    answers.try_collect().await.map_err(place_failure)
}
