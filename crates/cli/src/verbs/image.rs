//! `liftlock image ...`: the data plane alone.

mod attest;
mod attestations;
mod copy;
mod failure;
mod inspect;
mod list;
mod name;
mod place;
mod tag;
mod verify;

use clap::Subcommand;
use liftlock_verbs::{Done, Failure};

use crate::context::Context;

pub(super) use self::attest::resolve;
pub(super) use self::failure::{attestations_failure, copy_failure, layout_failure};
pub(super) use self::name::image;
pub(super) use self::place::{Source, repository};

/// Copy, tag and look at images, without a pipeline
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  liftlock image list registry.example.com/myapp
  liftlock image inspect registry.example.com/myapp:production
  liftlock image copy registry.example.com/myapp:1.4.2 mirror.example.com/myapp oci:myapp.tar

An image is REPOSITORY:TAG or REPOSITORY@DIGEST of a registry, or oci:PATH[:TAG][@DIGEST] of an OCI
image layout, a folder or a tar file.")]
pub(crate) enum Verb {
    Copy(copy::Arguments),
    Tag(tag::Arguments),
    Inspect(inspect::Arguments),
    List(list::Arguments),
    Verify(verify::Arguments),
    Attest(Box<attest::Arguments>),
    Attestations(attestations::Arguments),
}

impl Verb {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Copy(_) => "image copy",
            Self::Tag(_) => "image tag",
            Self::Inspect(_) => "image inspect",
            Self::List(_) => "image list",
            Self::Verify(_) => "image verify",
            Self::Attest(_) => "image attest",
            Self::Attestations(_) => "image attestations",
        }
    }
}

pub(crate) async fn run(verb: Verb, context: &Context) -> Result<Done, Failure> {
    match verb {
        Verb::Copy(arguments) => copy::run(arguments, context).await,
        Verb::Tag(arguments) => tag::run(arguments, context).await,
        Verb::Inspect(arguments) => inspect::run(arguments, context).await,
        Verb::List(arguments) => list::run(&arguments, context).await,
        Verb::Verify(arguments) => verify::run(arguments, context).await,
        Verb::Attest(arguments) => attest::run(*arguments, context).await,
        Verb::Attestations(arguments) => attestations::run(arguments, context).await,
    }
}
