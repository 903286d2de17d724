//! The releases.

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::done::Done;
use crate::failure::Failure;
use crate::session::Session;
use crate::show;

/// List the releases, latest first
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[command(after_help = "Example:\n  liftlock release list --json")]
pub struct List {}

pub(crate) async fn run(_: List, session: &Session) -> Result<Done, Failure> {
    let releases: Vec<_> = session.state.releases_newest_first().collect();
    let json =
        json!({ "releases": releases.iter().map(|r| show::release::json(r)).collect::<Vec<_>>() });
    if releases.is_empty() {
        return Ok(Done::new("no releases yet", json));
    }
    let now = crate::clock::now();
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
