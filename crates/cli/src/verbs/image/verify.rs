//! `liftlock image verify`

use clap::Args;
use liftlock_oci::Platform;
use liftlock_registry::{Choice, CopyError, ImageName, Verified, verify};
use liftlock_verbs::{
    Done, Exit, Failure,
    show::{bytes, count},
};
use serde_json::{Value, json};

use super::failure::copy_failure;
use super::name::image;
use super::place::Source;
use crate::context::Context;
use crate::output::{Doing, transfer};

/// How many damaged blobs are shown; a JSON document has all of them.
const DAMAGED_SHOWN_MAX: usize = 50;

/// Read every byte of an image, and compare it with its digest
///
/// Ends with 0 where all of it is there and whole, with 5 where something is damaged or missing,
/// and with 1 where it cannot be read.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  liftlock image verify registry.example.com/myapp:1.4.2
  liftlock image verify oci:myapp.tar --platform linux/amd64")]
pub(crate) struct Arguments {
    /// The image: a reference, or oci:PATH[:TAG][@DIGEST]
    #[arg(value_parser = image)]
    image: ImageName,
    /// Only this platform; may be repeated
    #[arg(long, value_name = "OS/ARCH[/VARIANT]")]
    platform: Vec<Platform>,
    /// Leave out signatures, attestations and other referrers
    #[arg(long)]
    no_referrers: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    let source = Source::open(&arguments.image, &context.registries())?;
    let choice = Choice {
        platforms: arguments.platform,
        referrers: !arguments.no_referrers,
    };
    let report = transfer(context.ui, Doing::Verify);
    let verified = verify(&source.place, &source.image, &choice, &report).await;
    drop(report);
    match verified {
        Ok(verified) => Ok(done(&source, &verified)),
        Err(error) => Err(failure(error)),
    }
}

fn done(source: &Source, verified: &Verified) -> Done {
    let place = &source.place;
    let what = format!("{place}@{}", verified.digest);
    let manifests = count(verified.manifests, "manifest");
    let blobs = count(verified.blobs, "blob");
    let mut all = format!("{manifests} and {blobs} ({})", bytes(verified.bytes));
    if verified.referrers > 0 {
        all.push_str(&format!(", with {}", count(verified.referrers, "referrer")));
    }
    if verified.foreign > 0 {
        let foreign = count(verified.foreign, "foreign layer");
        all.push_str(&format!("; {foreign} not read"));
    }
    let json = json!({
        "place": place.to_string(),
        "digest": verified.digest,
        "manifests": verified.manifests,
        "referrers": verified.referrers,
        "blobs": verified.blobs,
        "bytes": verified.bytes,
        "foreign": verified.foreign,
        "damaged": damaged(verified),
    });
    if verified.damaged.is_empty() {
        return Done::new(format!("{what} is whole: {all}"), json);
    }
    let mut lines = vec![format!(
        "{what} is damaged: {} of {blobs}",
        verified.damaged.len()
    )];
    let shown = verified.damaged.iter().take(DAMAGED_SHOWN_MAX);
    lines.extend(
        shown.map(|(blob, error)| format!("  {} ({}): {error}", blob.digest, bytes(blob.size))),
    );
    let more = verified.damaged.len().saturating_sub(DAMAGED_SHOWN_MAX);
    if more > 0 {
        lines.push(format!("  and {more} more"));
    }
    Done::new(lines.join("\n"), json).exit(Exit::Mismatch)
}

fn damaged(verified: &Verified) -> Vec<Value> {
    let damaged = verified.damaged.iter();
    damaged
        .map(|(blob, error)| {
            json!({
                "digest": blob.digest,
                "size": blob.size,
                "media_type": blob.media_type,
                "message": error.to_string(),
            })
        })
        .collect()
}

/// A manifest that is not what its digest says, or is missing though it is listed, is a mismatch
/// too.
fn failure(error: CopyError) -> Failure {
    let mismatch = match &error {
        CopyError::Shape { .. } => true,
        CopyError::Source { source, .. } => source.is_damage(),
        _ => false,
    };
    let mut failure = match error {
        CopyError::Shape { what, message } => {
            Failure::failed("shape", format!("{what} is not whole: {message}"))
        }
        error => copy_failure(error),
    };
    if mismatch {
        failure.exit = Exit::Mismatch;
        failure.hint = None;
    }
    failure
}
