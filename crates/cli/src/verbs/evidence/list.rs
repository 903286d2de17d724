//! `liftlock evidence list`

use clap::Args;
use liftlock_core::Subject;
use serde_json::json;

use super::{line, value};
use crate::context::{Access, Context};
use crate::done::Done;
use crate::failure::Failure;
use crate::verbs::choice::Choice;

/// List the evidence that counts for a release, or once did
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  liftlock evidence list 1.4.2")]
pub(crate) struct Arguments {
    /// A release, or a reference to an image that it pins
    release: Choice,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    let session = context.open(Access::Read).await?;
    let name = arguments.release.find(&session, context).await?;
    let release = session.state.release(&name)?;
    let set = release.content.set_digest();
    let holds = |image: &liftlock_oci::Digest, platform: &Option<liftlock_oci::Digest>| {
        release.content.images.values().any(|held| {
            held.image.digest == *image
                || held
                    .image
                    .platforms
                    .iter()
                    .any(|(_, manifest)| Some(*manifest) == *platform)
        })
    };
    let about: Vec<_> = session
        .state
        .evidence
        .iter()
        .filter(|evidence| match &evidence.content.subject {
            Subject::Release { set: covered } => *covered == set,
            Subject::Image { image, platform } => holds(image, platform),
        })
        .collect();
    let json = json!({ "evidence": about.iter().map(|e| value(e)).collect::<Vec<_>>() });
    if about.is_empty() {
        return Ok(Done::new(format!("no evidence for {name} yet"), json));
    }
    Ok(Done::new(
        about.iter().map(|e| line(e)).collect::<Vec<_>>().join("\n"),
        json,
    ))
}
