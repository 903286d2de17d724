//! `liftlock log publish`, and what `tick` does where it is told to.

mod git;
mod target;

use clap::Args;
use liftlock_ledger::{SavedCheckpoint, Seal};
use liftlock_store::DatabaseStore;
use liftlock_verbs::{Access, Done, Failure};
use serde_json::{Value, json};

pub(crate) use target::Target;

use super::trust::{check, mismatch};
use super::verified;
use crate::context::{Context, own_key};

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
    let (store, _) = context.open_store(Access::Read).await?;
    let published = publish(&store, &arguments.to, arguments.dry_run).await?;
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
    store: &DatabaseStore,
    to: &Target,
    dry_run: bool,
) -> Result<Published, Failure> {
    for _ in 0..RACES_MAX {
        if let Some(published) = publish_once(store, to, dry_run).await? {
            return Ok(published);
        }
    }
    let message = format!("{to}: others published {RACES_MAX} times meanwhile; try again");
    Err(Failure::failed("publish", message))
}

/// Nothing where somebody else was faster.
async fn publish_once(
    store: &DatabaseStore,
    to: &Target,
    dry_run: bool,
) -> Result<Option<Published>, Failure> {
    let key = own_key(store)?.ok_or_else(super::no_key)?;
    let there = to.read().await?;
    let earlier = there.text().map(|text| {
        let saved = text.parse::<SavedCheckpoint>();
        saved.map_err(|error| mismatch(format!("{to} does not hold a checkpoint: {error}")))
    });
    let earlier = earlier.transpose()?;
    if let Some(earlier) = &earlier {
        check(
            earlier,
            Some(key.verifier()),
            &format!("not published: {to}"),
        )?;
    }
    let earlier = earlier.as_ref().map(SavedCheckpoint::checkpoint);
    let now = verified(store, earlier).await.map_err(|failure| Failure {
        message: format!("not published to {to}: {}", failure.message),
        ..failure
    })?;
    let seal = Seal::Signed(&key);
    let sealed = seal
        .seal(now.size, now.root)
        .map_err(|error| Failure::failed("checkpoint", error.to_string()))?;
    let same = earlier.is_some_and(|earlier| earlier == sealed.checkpoint());
    let before = earlier.map(|earlier| earlier.size());
    let text = match (same, before) {
        (true, _) => format!("{to} has the checkpoint of {} entries already", now.size),
        (false, None) if dry_run => format!("would publish {} entries to {to}", now.size),
        (false, Some(before)) if dry_run => {
            format!("would publish {} entries to {to}, after {before}", now.size)
        }
        (false, None) => format!("published {} entries to {to}, as its first", now.size),
        (false, Some(before)) => {
            format!(
                "published {} entries to {to}, which continue its {before}",
                now.size
            )
        }
    };
    if !same && !dry_run && !to.write(&there, &sealed.to_string(), now.size).await? {
        return Ok(None);
    }
    let json = json!({
        "to": to.to_string(),
        "size": now.size,
        "root": now.root.to_string(),
        "before": before,
        "published": !same && !dry_run,
    });
    Ok(Some(Published { text, json }))
}
