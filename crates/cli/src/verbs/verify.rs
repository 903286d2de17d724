//! `liftlock verify`

mod known;
mod offline;
mod proven;

use std::path::PathBuf;

use clap::Args;
use liftlock_core::policy::IdentityMode;
use liftlock_core::{EnvironmentName, Release, ReleaseName, State};
use liftlock_engine::ports::Registries;
use liftlock_oci::{Digest, Reference};
use liftlock_registry::ImageName;
use liftlock_verbs::{Done, Exit, Failure, adopted, show::time::instant};
use serde_json::json;

use super::image::image;
use super::log::read_key;
use crate::context::Context;
use known::Known;

/// Was exactly this digest promoted there, and does it still stand? Checks the ledger, too
///
/// With --key it is told from the statements beside the image alone, without state or pipeline
/// file: against a registry, or a copy of the image in an OCI layout. Of a server the ledger is
/// read, and all of it is computed again here: its word is not taken.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  liftlock verify registry.example.com/myapp:production \
--environment production\n  liftlock verify oci:myapp.tar --environment production --key \
production.pub\n  liftlock verify oci:myapp.tar --environment production --key production.pub --log-key \
log-key.txt\n  liftlock verify registry.example.com/myapp:production --environment production \
--log-key log-key.txt\n\nExit code: 0 yes; 3 no, or withdrawn since; 5 the ledger or a statement was \
changed."
)]
pub(crate) struct Arguments {
    /// The image; a tag is resolved now. With --key also oci:PATH[:TAG][@DIGEST]
    #[arg(value_parser = image)]
    image: ImageName,
    /// The environment
    #[arg(long, value_name = "ENV")]
    environment: EnvironmentName,
    /// The environment's public key, or one it had before; may be repeated
    #[arg(long, value_name = "FILE")]
    key: Vec<PathBuf>,
    /// The log's key, or the file it is in. With --key a proof beside the image must then show
    /// that the promotion is in the ledger; with a server, this key must have signed its checkpoint
    #[arg(long, value_name = "KEY")]
    log_key: Option<String>,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Done, Failure> {
    if !arguments.key.is_empty() {
        let Arguments {
            image,
            environment,
            key,
            log_key,
        } = &arguments;
        let log_key = log_key.as_deref().map(read_key).transpose()?;
        return offline::run(image, environment, key, log_key.as_ref(), context).await;
    }
    let ImageName::Registry(image) = &arguments.image else {
        return Err(Failure::usage(
            "an image in a layout is verified with --key FILE",
        ));
    };
    let known = match context.server()? {
        Some(server) => Known::of_server(&server, arguments.log_key.as_deref(), context).await?,
        None => Known::at_hand(arguments.log_key.as_deref(), context).await?,
    };
    let (state, name) = (&*known.state, &arguments.environment);
    let policy = adopted(state)?;
    policy.require(name)?;
    let digest = digest(context, image).await?;
    let (exit, answer) = match standing(state, name, digest) {
        None => (
            Exit::Refused,
            format!("{digest} was never promoted to {name}"),
        ),
        Some((release, promotion)) => match against(state, name, &release.content.name) {
            Some(why) => (
                Exit::Refused,
                format!(
                    "{digest} ({}) was in {name}, and {why}",
                    release.content.name
                ),
            ),
            None => (
                Exit::Done,
                format!(
                    "{digest} is {}, verified in {name} by {promotion}",
                    release.content.name
                ),
            ),
        },
    };
    let mut text = format!("{answer}\n{}", known.text(&policy.pipeline));
    if policy.identity == IdentityMode::Claimed {
        text.push_str("\nidentities are claimed: who approved is not proven");
    }
    let json = json!({
        "image": arguments.image.to_string(),
        "digest": digest,
        "environment": name,
        "verified": exit == Exit::Done,
        "answer": answer,
        "identity": policy.identity,
        "ledger": known.json(),
    });
    Ok(Done::new(text, json).exit(exit))
}

async fn digest(context: &Context, image: &Reference) -> Result<Digest, Failure> {
    if let Some(digest) = image.digest {
        return Ok(digest);
    }
    let Some(tag) = &image.tag else {
        return Err(Failure::usage(format!(
            "{image} has neither a tag nor a digest"
        )));
    };
    let found = context
        .registries()
        .tag_digest(&image.repository, tag)
        .await?;
    found.ok_or_else(|| Failure::failed("not-found", format!("{image} is not in the registry")))
}

/// Why a release that was verified there does not stand any more.
fn against(state: &State, name: &EnvironmentName, release: &ReleaseName) -> Option<String> {
    if let Some(withdrawn) = state.environment(name).withdrawn.get(release) {
        let at = instant(withdrawn.at);
        return Some(format!("was withdrawn at {at}: {}", withdrawn.reason));
    }
    let verdict = state.evidence_against(name, release)?;
    Some(format!(
        "no longer stands: {}: {}",
        verdict.gate, verdict.reason
    ))
}

/// The last release that was verified there and holds this digest, itself or as a platform.
fn standing<'a>(
    state: &'a State,
    environment: &EnvironmentName,
    digest: Digest,
) -> Option<(&'a Release, String)> {
    let holding = state.releases_holding(digest);
    let names = holding.map(|release| &release.content.name);
    let last = state.environment(environment).verified.last_of(names)?;
    let release = state.releases.get(&last.release)?;
    Some((release, last.promotion.to_string()))
}
