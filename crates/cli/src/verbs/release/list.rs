//! `liftlock release list`

use clap::Args;
use serde_json::json;

use crate::context::{Access, Context};
use crate::done::Done;
use crate::failure::Failure;
use crate::show;

/// List the releases, latest first
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  liftlock release list --json")]
pub(crate) struct Arguments {}

pub(crate) async fn run(context: &Context) -> Result<Done, Failure> {
    let session = context.open(Access::Read).await?;
    let releases: Vec<_> = session.state.releases_newest_first().collect();
    let json =
        json!({ "releases": releases.iter().map(|r| show::release::json(r)).collect::<Vec<_>>() });
    if releases.is_empty() {
        return Ok(Done::new("no releases yet", json));
    }
    let now = crate::system::now();
    let lines = releases.iter().map(|release| {
        let pinned = release.content.pinned();
        let digests: Vec<_> = pinned
            .iter()
            .map(|(key, p)| format!("{key} {}", p.digest.short()))
            .collect();
        format!(
            "{:<24} {:<10} {}",
            release.content.name,
            show::time::ago(release.created_at, now),
            digests.join("  ")
        )
    });
    Ok(Done::new(lines.collect::<Vec<_>>().join("\n"), json))
}
