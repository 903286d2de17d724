//! `liftlock image copy`

mod bring;
mod folder;
mod opened;
mod outcome;
mod rehearse;
mod tar_file;
mod target;

use clap::Args;
use liftlock_oci::Platform;
use liftlock_registry::{Choice, Destination, ImageName, Place};
use liftlock_verbs::{Done, Failure};

use self::target::{Target, targets};
use super::name::{destination, image};
use super::place::Source;
use crate::context::Context;

/// Copy an image to other places, byte for byte, with its signatures and all that refers to it
///
/// A place is REPOSITORY[:TAG] of a registry, oci:FOLDER[:TAG], or oci:FILE.tar[:TAG]. Without a
/// tag it takes the tag that the source was named by, or none. Each layer is read once, whatever
/// the number of places, and never sent where it is already. Tags are written last, and read back.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  liftlock image copy build.example.com/myapp:1.4.2 prod.example.com/myapp
  liftlock image copy build.example.com/myapp:1.4.2 eu.example.com/myapp us.example.com/myapp:live
  liftlock image copy registry.example.com/myapp:1.4.2 oci:myapp.tar --platform linux/amd64
  liftlock image copy oci:myapp.tar:1.4.2 site.example.com/myapp

An interrupted copy carries on when it is run again. A tar file is written as a whole, gathered in
a folder FILE.tar.partial-... beside it; one that is there and holds something else is left alone
without --again. For several images in one file, copy them into a folder and pack that:
tar -cf FILE.tar -C FOLDER .")]
pub(crate) struct Arguments {
    /// The image: a reference, or oci:PATH[:TAG][@DIGEST]
    #[arg(value_name = "SRC", value_parser = image)]
    from: ImageName,
    /// Where copies shall be
    #[arg(value_name = "DST", value_parser = destination, required = true)]
    to: Vec<ImageName>,
    /// Only this platform: one gives its own manifest, several the index without the others
    #[arg(long, value_name = "OS/ARCH[/VARIANT]")]
    platform: Vec<Platform>,
    /// Leave signatures, attestations and other referrers behind
    #[arg(long)]
    no_referrers: bool,
    /// Take nothing for done that is there already; write a tar file anew
    #[arg(long)]
    again: bool,
    /// Leave a tag alone that holds something else
    #[arg(long)]
    once: bool,
    /// Change nothing, and show what would be sent
    #[arg(short = 'n', long)]
    dry_run: bool,
}

/// What was chosen.
#[derive(Debug)]
struct Options {
    choice: Choice,
    again: bool,
    once: bool,
}

impl Options {
    fn destination(&self, place: Place, target: &Target) -> Destination {
        Destination {
            place,
            tags: target.tags.clone(),
            once: self.once,
        }
    }
}

pub(super) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    let targets = targets(&arguments.to, &arguments.from)?;
    let registries = context.registries();
    let mut source = Source::open(&arguments.from, &registries)?;
    let mut platforms = arguments.platform;
    platforms.sort();
    platforms.dedup();
    let options = Options {
        choice: Choice {
            platforms,
            referrers: !arguments.no_referrers,
        },
        again: arguments.again,
        once: arguments.once,
    };
    if arguments.dry_run {
        return rehearse::run(&source, &targets, &options, &registries).await;
    }
    let opened = opened::open(&mut source, &targets, &options, &registries).await?;
    let brought = bring::bring(&source, opened, options, context.ui).await?;
    let from = source.to_string();
    for warning in brought.done.iter().flat_map(|to| outcome::kept(&from, to)) {
        context.ui.warn(&warning);
    }
    match brought.copied {
        Some(copied) if brought.failed.is_empty() => {
            Ok(outcome::done(&from, &copied, &brought.done))
        }
        _ => Err(outcome::failed(&brought)),
    }
}
