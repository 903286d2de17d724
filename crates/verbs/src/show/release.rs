//! A release.

use liftlock_core::{Release, State};
use serde_json::{Value, json};

use super::time;

/// The release as JSON.
pub fn json(release: &Release) -> Value {
    json!({
        "name": release.content.name,
        "number": release.number,
        "set": release.content.set_digest(),
        "images": release.content.images,
        "about": release.content.about,
        "imported": release.content.imported,
        "created_by": release.created_by,
        "created_at": release.created_at,
    })
}

/// The release as text.
pub fn text(state: &State, release: &Release) -> String {
    let about = &release.content.about;
    let mut lines = vec![format!(
        "release {}  (created {} by {})",
        release.content.name,
        time::instant(release.created_at),
        release.created_by
    )];
    if let Some(from) = &release.content.imported {
        lines.push(format!(
            "  brought from {} in the archive {}, as of entry {} of {}",
            from.pipeline, from.archive, from.size, from.origin
        ));
    }
    for (key, image) in &release.content.images {
        lines.push(format!(
            "  {key} {}@{}",
            image.repository, image.image.digest
        ));
        for (platform, digest) in &image.image.platforms {
            lines.push(format!("    {platform} {digest}"));
        }
    }
    let said = [
        ("version", &about.version),
        ("build", &about.build),
        ("commit", &about.commit),
        ("author", &about.author),
        ("url", &about.url),
    ];
    for (name, value) in said {
        if let Some(value) = value {
            lines.push(format!("  {name}: {value}"));
        }
    }
    lines.extend(
        about
            .labels
            .iter()
            .map(|(key, value)| format!("  {key}={value}")),
    );
    for (name, environment) in &state.environments {
        let is_current = environment
            .current
            .as_ref()
            .is_some_and(|c| c.release == release.content.name);
        let withdrawn = environment.withdrawn.get(&release.content.name);
        let verified = environment.verified.get(&release.content.name).is_some();
        let against = state.evidence_against(name, &release.content.name);
        let standing = match (is_current, withdrawn, verified) {
            (_, Some(withdrawn), _) => format!("withdrawn: {}", withdrawn.reason),
            (current, None, true) if let Some(against) = &against => format!(
                "{}, and no longer stands: {}: {}",
                if current {
                    "current"
                } else {
                    "verified earlier"
                },
                against.gate,
                against.reason
            ),
            (true, None, true) => "current, verified".to_owned(),
            (true, None, false) => "current, not verified".to_owned(),
            (false, None, true) => "verified earlier".to_owned(),
            (false, None, false) => continue,
        };
        lines.push(format!("  {name}: {standing}"));
    }
    lines.join("\n")
}
