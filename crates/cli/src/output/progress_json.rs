//! Progress for programs: with `--json`, a document in each line of stderr.

use liftlock_engine::Progress;
use liftlock_verbs::JSON_VERSION;
use serde_json::{Value, json};

use super::tame;

/// What is told, as one line. `text` is what people are told.
pub(super) fn line(progress: &Progress, text: &str) -> String {
    let mut document = fields(progress);
    document["version"] = json!(JSON_VERSION);
    document["text"] = json!(text);
    tame::json(&document.to_string())
}

fn fields(progress: &Progress) -> Value {
    match progress {
        Progress::Carrying {
            promotion,
            release,
            environment,
            rollback,
        } => json!({
            "progress": "carrying",
            "promotion": promotion,
            "release": release,
            "environment": environment,
            "rollback": rollback,
        }),
        Progress::StepStarted {
            promotion,
            number,
            of,
            title,
        } => json!({
            "progress": "step-started",
            "promotion": promotion,
            "number": number,
            "of": of,
            "title": title,
        }),
        Progress::Copying {
            promotion,
            number,
            of,
            copied,
        } => json!({
            "progress": "copying",
            "promotion": promotion,
            "number": number,
            "of": of,
            "blobs": copied.blobs,
            "of_blobs": copied.of_blobs,
            "bytes": copied.bytes,
            "of_bytes": copied.of_bytes,
        }),
        Progress::StepEnded {
            promotion,
            number,
            of,
            title,
            done,
            summary,
        } => json!({
            "progress": "step-ended",
            "promotion": promotion,
            "number": number,
            "of": of,
            "title": title,
            "done": done,
            "summary": summary,
        }),
        Progress::ChecksEnded { promotion, steps } => {
            json!({ "progress": "checks-stopped", "promotion": promotion, "steps": steps })
        }
        Progress::Ended { lines } => json!({ "progress": "left-behind-ended", "lines": lines }),
        Progress::Unattested { reasons } => {
            json!({ "progress": "unattested", "reasons": reasons })
        }
        Progress::Unproven { promotion, reason } => {
            json!({ "progress": "unproven", "promotion": promotion, "reason": reason })
        }
        Progress::Reverting { promotion, reason } => {
            json!({ "progress": "reverting", "promotion": promotion, "reason": reason })
        }
        Progress::Waiting { promotion, reasons } => {
            json!({ "progress": "waiting", "promotion": promotion, "reasons": reasons })
        }
    }
}
