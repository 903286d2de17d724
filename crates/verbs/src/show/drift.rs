//! What was recorded, what tags say, and what runs, side by side.

use liftlock_core::decide::repair_command;
use liftlock_core::event::Event;
use liftlock_core::state::Drifted;
use liftlock_core::{EnvironmentName, State};
use liftlock_engine::Look;
use liftlock_oci::Digest;
use serde_json::{Value, json};

use super::time;

/// Three truths, image by image.
pub fn text(state: &State, environment: &EnvironmentName, look: &Look) -> Vec<String> {
    let (release, promotion) = (&look.release, look.promotion);
    let since = since(state, environment);
    let standing = match (look.drifts.is_empty(), since) {
        (true, _) if look.unseen.is_empty() => "is as recorded".to_owned(),
        (true, _) => "is as recorded, as far as it was looked at".to_owned(),
        (false, Some(since)) => format!("has drifted since {}", time::instant(since)),
        (false, None) => "is not as recorded".to_owned(),
    };
    let mut lines = vec![format!("{environment}: {release} ({promotion}) {standing}")];
    let pinned = state.releases.get(release).map(|r| r.content.pinned());
    for (key, image) in pinned.unwrap_or_default() {
        let digest = image.digest;
        lines.push(format!("  {key}"));
        lines.push(line("recorded", release, digest.to_string(), true));
        let here = look
            .recorded
            .iter()
            .filter(|(.., wanted)| *wanted == digest);
        for (repository, tag, _) in here {
            let place = (repository.clone(), tag.clone());
            let found = look.observed.tags.get(&place).copied().flatten();
            let said = found.map_or_else(|| "no such tag".to_owned(), |d| d.to_string());
            let what = format!("{repository}:{tag}");
            lines.push(line("tag", what, said, found == Some(digest)));
        }
        if let Some(running) = look.observed.running.get(&key) {
            let same = !running.is_empty() && running.iter().all(|found| *found == digest);
            let found: Vec<_> = running.iter().map(Digest::to_string).collect();
            let said = match found.is_empty() {
                true => "nothing".to_owned(),
                false => found.join(", "),
            };
            lines.push(line("runs", "", said, same));
        }
    }
    lines.extend(look.drifts.iter().map(|drift| format!("  drift: {drift}")));
    let unseen = look.unseen.iter();
    lines.extend(unseen.map(|what| format!("  not looked at: {what}")));
    lines
}

fn line(truth: &str, what: impl ToString, said: String, same: bool) -> String {
    let mark = if same { ' ' } else { '!' };
    let what = what.to_string();
    let space = if what.is_empty() { "" } else { "  " };
    format!("  {mark} {truth:<8}  {what}{space}{said}")
}

fn since(state: &State, environment: &EnvironmentName) -> Option<liftlock_core::Time> {
    let drift = state.environment(environment).drift.as_ref();
    drift.map(|drift| drift.since)
}

/// The same for programs.
pub fn json(state: &State, environment: &EnvironmentName, look: &Look) -> Value {
    let pinned = state.releases.get(&look.release);
    let pinned = pinned.map(|release| release.content.pinned());
    let images = pinned.unwrap_or_default().into_iter();
    let images: serde_json::Map<String, Value> = images
        .map(|(key, image)| (key.to_string(), json!(image.digest)))
        .collect();
    let tags = look.recorded.iter().map(|(repository, tag, recorded)| {
        let found = look.observed.tags.get(&(repository.clone(), tag.clone()));
        json!({
            "repository": repository,
            "tag": tag,
            "recorded": recorded,
            "found": found.copied().flatten(),
        })
    });
    json!({
        "environment": environment,
        "release": look.release,
        "promotion": look.promotion,
        "recorded": images,
        "tags": tags.collect::<Vec<_>>(),
        "running": look.observed.running,
        "drift": look.drifts,
        "since": since(state, environment),
        "unseen": look.unseen,
    })
}

/// What was last seen, in a line.
pub fn standing(state: &State, environment: &EnvironmentName, drifted: &Drifted) -> String {
    let first = drifted.drifts.first().map(ToString::to_string);
    let others = drifted.drifts.len().saturating_sub(1) as u64 + u64::from(drifted.more);
    let more = match others {
        0 => String::new(),
        others => format!(", and {others} more"),
    };
    let mut line = format!(
        "drift in {environment} since {}: {}{more}",
        time::instant(drifted.since),
        first.unwrap_or_default()
    );
    if let Some(command) = repair_command(state, environment) {
        line.push_str(&format!("; `{command}` puts it right"));
    }
    line
}

/// What changed, in a line or several.
pub fn news(environment: &EnvironmentName, event: &Event) -> Vec<String> {
    match event {
        Event::DriftSeen { drifts, more, .. } => {
            let mut lines: Vec<_> = drifts
                .iter()
                .map(|drift| format!("drift in {environment}: {drift}"))
                .collect();
            if *more > 0 {
                lines.push(format!("drift in {environment}: and {more} more"));
            }
            lines.push(format!("  -> liftlock drift {environment}"));
            lines
        }
        Event::DriftResolved { .. } => vec![format!("{environment} is as recorded again")],
        Event::VerifiedAgain { release, .. } => {
            vec![format!("{release} is verified in {environment} again")]
        }
        _ => Vec::new(),
    }
}
