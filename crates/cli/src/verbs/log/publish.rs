//! `liftlock log publish`, and what `tick` does where it is told to.

mod git;
mod source;
mod target;

use clap::Args;
use liftlock_ledger::SavedCheckpoint;
use liftlock_verbs::{Done, Failure};
use serde_json::{Value, json};

pub(crate) use target::Target;

use super::trust::{check, mismatch};
use crate::context::Context;
use source::Source;

/// Put a signed checkpoint where others can see it, if it continues the one that is there
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  liftlock log publish --to /mnt/audit/shop.checkpoint\n  liftlock log \
publish --to git:/srv/git/checkpoints.git#shop\n  liftlock log publish --to \
git:ssh://git@git.example.com/checkpoints.git#shop\n\nRun it on a schedule, or let `liftlock tick` do \
it: LIFTLOCK_PUBLISH names the place for both.\nA Git branch is Liftlock's own, and gets one \
commit a checkpoint. To a repository elsewhere it\nis pushed, with git's own configuration and \
credentials, and never by force; of a clone on this\nmachine, push it yourself.\n\nExit code: 0 published, or nothing new; 5 \
the ledger does not continue what was published."
)]
pub(crate) struct Arguments {
    /// A file, or `git:REPOSITORY[#BRANCH]` with a folder or an address
    #[arg(long, value_name = "PLACE", env = "LIFTLOCK_PUBLISH")]
    to: Target,
    /// Look whether it can be published, and publish nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) async fn run(arguments: &Arguments, context: &Context) -> Result<Done, Failure> {
    let published = publish(context, &arguments.to, arguments.dry_run).await?;
    Ok(Done::new(published.text, published.json))
}

/// What was published.
pub(crate) struct Published {
    pub(crate) text: String,
    pub(crate) json: Value,
}

/// How often it is tried again where somebody else published meanwhile.
const RACES_MAX: u32 = 20;

/// Publishes the ledger's checkpoint, recomputed, where it continues what is published already.
pub(crate) async fn publish(
    context: &Context,
    to: &Target,
    dry_run: bool,
) -> Result<Published, Failure> {
    for _ in 0..RACES_MAX {
        if let Some(published) = publish_once(context, to, dry_run).await? {
            return Ok(published);
        }
    }
    let message = format!("{to}: others published {RACES_MAX} times meanwhile; try again");
    Err(Failure::failed("publish", message))
}

/// Nothing where somebody else was faster.
async fn publish_once(
    context: &Context,
    to: &Target,
    dry_run: bool,
) -> Result<Option<Published>, Failure> {
    let server = context.server()?;
    let source = Source::open(server.as_ref(), context).await?;
    let there = to.read().await?;
    let earlier = there.text().map(|text| {
        let saved = text.parse::<SavedCheckpoint>();
        saved.map_err(|error| mismatch(format!("{to} does not hold a checkpoint: {error}")))
    });
    let earlier = earlier.transpose()?;
    if let Some(earlier) = &earlier {
        check(earlier, Some(source.key()), &format!("not published: {to}"))?;
    }
    let earlier = earlier.as_ref().map(SavedCheckpoint::checkpoint);
    let sealed = source.verified(earlier).await.map_err(|failure| Failure {
        message: format!("not published to {to}: {}", failure.message),
        ..failure
    })?;
    let now = sealed.checkpoint();
    let same = earlier.is_some_and(|earlier| earlier == now);
    let before = earlier.map(|earlier| earlier.size());
    let text = match (same, before) {
        (true, _) => format!("{to} has the checkpoint of {} entries already", now.size()),
        (false, None) if dry_run => format!("would publish {} entries to {to}", now.size()),
        (false, Some(before)) if dry_run => {
            format!(
                "would publish {} entries to {to}, after {before}",
                now.size()
            )
        }
        (false, None) => format!("published {} entries to {to}, as its first", now.size()),
        (false, Some(before)) => {
            format!(
                "published {} entries to {to}, which continue its {before}",
                now.size()
            )
        }
    };
    if !same && !dry_run && !to.write(&there, &sealed.to_string(), now.size()).await? {
        return Ok(None);
    }
    let json = json!({
        "to": to.to_string(),
        "size": now.size(),
        "root": now.root().to_string(),
        "before": before,
        "published": !same && !dry_run,
    });
    Ok(Some(Published { text, json }))
}
