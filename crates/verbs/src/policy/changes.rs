//! How two policies differ, for people.

use liftlock_pipeline_file::Change;

/// Changes, a line each.
pub fn changes(found: &[Change]) -> String {
    let lines = found
        .iter()
        .map(|change| match (&change.before, &change.after) {
            (Some(before), Some(after)) => format!("  ~ {}: {before} -> {after}", change.path),
            (None, Some(after)) => format!("  + {}: {after}", change.path),
            (Some(before), None) => format!("  - {}: {before}", change.path),
            (None, None) => format!("  ~ {}", change.path),
        });
    lines.collect::<Vec<_>>().join("\n")
}
