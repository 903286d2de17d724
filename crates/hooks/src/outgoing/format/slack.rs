//! Messages for Slack's incoming webhooks, and for those that take the same: `text`, which is all
//! that some show, and the same as blocks (Slack, "Formatting text for app surfaces").

use serde_json::json;

use super::Outgoing;
use super::headline::headline;
use super::standard::json as bytes;
use crate::outgoing::Message;
use crate::words::one_line;

/// How many gates, images and differences are told by name.
const TOLD_MAX: usize = 5;
/// The longest line of details, in characters; a block may have 3000.
const LINE_CHARS_MAX: usize = 500;

pub(super) fn request(message: &Message) -> Outgoing {
    let title = escaped(&headline(message));
    let lines = details(message);
    let text = [vec![title.clone()], lines.clone()].concat().join("\n");
    // `verbatim`: names of channels and people in the words of others are left as they are.
    let words = |text: String| json!({ "type": "mrkdwn", "text": text, "verbatim": true });
    let mut blocks = vec![json!({ "type": "section", "text": words(format!("*{title}*")) })];
    if !lines.is_empty() {
        let elements = [words(lines.join("\n"))];
        blocks.push(json!({ "type": "context", "elements": elements }));
    }
    Outgoing {
        id: format!("msg_{}", message.seq),
        headers: vec![("content-type", "application/json".to_owned())],
        body: bytes(&json!({ "text": text, "blocks": blocks })),
    }
}

/// Who, why, what is awaited, what differs, and which digests.
fn details(message: &Message) -> Vec<String> {
    let claimed = if message.actor.claimed {
        " (claimed)"
    } else {
        ""
    };
    let promotion = message
        .promotion
        .map(|id| format!(" · {id}"))
        .unwrap_or_default();
    let mut lines = vec![format!("by {}{claimed}{promotion}", message.actor.identity)];
    lines.extend(message.reason.clone());
    let awaited = message.awaited.iter();
    lines.extend(few(awaited.map(|awaited| {
        format!("awaited: {}: {}", awaited.gate, awaited.reason)
    })));
    lines.extend(few(message.drifts.iter().map(ToString::to_string)));
    let images = message.images.iter();
    let images = images.map(|(key, image)| format!("{key} {}", image.digest.short()));
    let images: Vec<_> = images.take(TOLD_MAX).collect();
    if !images.is_empty() {
        let more = message.images.len() - images.len();
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        lines.push(format!("{}{more}", images.join(" · ")));
    }
    lines.iter().map(|line| escaped(line)).collect()
}

fn few(lines: impl ExactSizeIterator<Item = String>) -> Vec<String> {
    let more = lines.len().saturating_sub(TOLD_MAX);
    let mut few: Vec<_> = lines.take(TOLD_MAX).collect();
    if more > 0 {
        few.push(format!("and {more} more"));
    }
    few
}

/// One line in which nothing is a link, a mention or an entity.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in one_line(text).take(LINE_CHARS_MAX) {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            c => escaped.push(c),
        }
    }
    escaped
}
