//! `liftlock image tag`

mod bulk;
mod file;
mod one;

use std::path::PathBuf;

use clap::Args;
use liftlock_oci::{Digest, Tag};
use liftlock_registry::ImageName;
use liftlock_verbs::{Done, Failure};

use self::one::{Expected, How, Tagging};
use super::name::image;
use crate::context::Context;

/// Give an image more tags in its repository or layout, without moving a layer
#[derive(Debug, Args)]
#[command(
    override_usage = "liftlock image tag [OPTIONS] <IMAGE> <TAG>...\n       liftlock image tag [OPTIONS] --from-file <FILE>",
    after_help = "Examples:
  liftlock image tag registry.example.com/myapp:build-456 candidate
  liftlock image tag registry.example.com/myapp:build-456 1.4.2 1.4 1
  liftlock image tag registry.example.com/myapp:build-456 live --expect sha256:...
  liftlock image tag --from-file tags.txt

Tags are written, wherever they pointed before, and read back. One that cannot be written does not
keep the others: each is told of, and the exit code is 1. With --expect nothing is written unless
all of them point there. Each line of a file is IMAGE TAG [TAG...]; # begins a remark.
Nothing is written unless all lines make sense; an image that fails does not keep the others."
)]
pub(crate) struct Arguments {
    /// The image: a reference, or oci:PATH[:TAG][@DIGEST]
    #[arg(value_parser = image, required_unless_present = "from_file")]
    image: Option<ImageName>,
    /// The tags
    #[arg(value_name = "TAG", required_unless_present = "from_file")]
    tags: Vec<Tag>,
    /// The digest the tags must point at before, or `none`
    #[arg(long, value_name = "DIGEST")]
    expect: Option<String>,
    /// Read images and tags from a file, or from stdin with `-`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["image", "tags", "expect"])]
    from_file: Option<PathBuf>,
    /// Change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    let tagging = Tagging::new(context.registries());
    if let Some(path) = &arguments.from_file {
        return bulk::run(&tagging, path, arguments.dry_run, context.ui).await;
    }
    let Some(image) = arguments.image else {
        return Err(Failure::usage("an image is missing"));
    };
    let mut tags: Vec<Tag> = Vec::new();
    for tag in arguments.tags {
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    let how = How {
        expected: arguments.expect.as_deref().map(expected).transpose()?,
        dry_run: arguments.dry_run,
    };
    let tagged = tagging.tag(&image, &tags, &how).await?;
    tagged.refused().map_or_else(|| Ok(tagged.done()), Err)
}

fn expected(text: &str) -> Result<Expected, Failure> {
    if text == "none" {
        return Ok(None);
    }
    let digest = text.parse::<Digest>();
    let digest = digest.map_err(|error| Failure::usage(format!("--expect: {error}")))?;
    Ok(Some(digest))
}
