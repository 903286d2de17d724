//! Progress for programs: with `--json`, a document in each line of stderr.

use liftlock_engine::Progress;
use liftlock_verbs::JSON_VERSION;
use serde_json::json;

use super::tame;

/// What is told, as one line. `text` is what people are told.
pub(super) fn line(progress: &Progress, text: &str) -> String {
    let mut document = json!(progress);
    document["version"] = json!(JSON_VERSION);
    document["text"] = json!(text);
    tame::json(&document.to_string())
}
