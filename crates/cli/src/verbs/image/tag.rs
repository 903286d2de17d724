//! `liftlock image tag`

use clap::Args;
use liftlock_engine::ports::{Registries, TagWrite};
use liftlock_oci::{Digest, Reference, Tag};
use serde_json::json;

use crate::context::Context;
use crate::done::{Done, Exit};
use crate::failure::Failure;
use crate::verbs::reference::definite;

/// Point a tag at an image of the same repository, without moving a layer
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  liftlock image tag registry.example.com/myapp:build-456 candidate\n\n\
The tag is read back. With --expect, it is only moved from there."
)]
pub(crate) struct Arguments {
    /// The image
    #[arg(value_parser = definite)]
    image: Reference,
    /// The tag
    tag: Tag,
    /// The digest the tag must point at before, or `none`
    #[arg(long, value_name = "DIGEST")]
    expect: Option<String>,
    /// Change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    let Arguments {
        image,
        tag,
        expect,
        dry_run,
    } = arguments;
    let registries = context.registries();
    let resolved = registries.resolve(&image).await?;
    let pinned = image.repository.pinned(resolved.image.digest);
    let place = format!("{}:{tag}", image.repository);
    let expected: Option<Digest> = match expect.as_deref() {
        None => registries.tag_digest(&image.repository, &tag).await?,
        Some("none") => None,
        Some(digest) => Some(
            digest
                .parse()
                .map_err(|e| Failure::usage(format!("--expect: {e}")))?,
        ),
    };
    let json = |result: &str| json!({ "tag": place, "digest": pinned.digest, "before": expected, "result": result, "dry_run": dry_run });
    if dry_run {
        return Ok(Done::new(
            format!("would point {place} at {}", pinned.digest),
            json("planned"),
        ));
    }
    match registries.write_tag(&pinned, &tag, expected).await? {
        TagWrite::Unchanged => Ok(Done::new(
            format!("{place} is at {} already", pinned.digest),
            json("unchanged"),
        )),
        TagWrite::Written => Ok(Done::new(
            format!("{place} -> {}", pinned.digest),
            json("written"),
        )),
        TagWrite::Moved { found } | TagWrite::Lost { found } => {
            let found = found.map_or_else(|| "nothing".to_owned(), |found| found.to_string());
            Err(Failure::new(
                Exit::Refused,
                "moved",
                format!("{place} points at {found}: someone else moved it, and it was left alone"),
            ))
        }
    }
}
