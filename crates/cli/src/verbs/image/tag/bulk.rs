//! Many images in one process.

use std::collections::BTreeMap;
use std::path::Path;

use futures_util::{StreamExt as _, stream};
use liftlock_oci::Tag;
use serde_json::{Value, json};

use super::file::{self, Entry};
use super::one::{Became, How, Tagged, Tagging};
use crate::done::{Done, Exit};
use crate::failure::Failure;
use crate::output::Ui;
use crate::show::count;

/// How many images are tagged at once.
const IMAGES_AT_ONCE: usize = 16;

/// How many failures are shown; a JSON document has all of them.
const FAILURES_SHOWN_MAX: usize = 50;

/// Tags what the file says. A line is printed for each image, in the file's order, as soon as
/// those before it are done.
pub(super) async fn run(
    tagging: &Tagging,
    path: &Path,
    dry_run: bool,
    ui: Ui,
) -> Result<Done, Failure> {
    let entries = file::read(path)?;
    let how = How {
        expected: None,
        dry_run,
    };
    let work: Vec<_> = entries
        .iter()
        .enumerate()
        .map(|(at, entry)| {
            let how = &how;
            async move {
                let tagged = tagging.tag(&entry.image, &entry.tags, how).await;
                (
                    at,
                    tagged.and_then(|tagged| tagged.refused().map_or(Ok(tagged), Err)),
                )
            }
        })
        .collect();
    let mut work = stream::iter(work).buffer_unordered(IMAGES_AT_ONCE);
    let mut ended = BTreeMap::new();
    let mut shown = 0;
    while let Some((at, result)) = work.next().await {
        ended.insert(at, result);
        while let Some(result) = ended.get(&shown) {
            if let Ok(tagged) = result {
                ui.say(&line(&entries[shown], tagged));
            }
            shown += 1;
        }
    }
    end(&entries, ended.into_values())
}

fn line(entry: &Entry, tagged: &Tagged) -> String {
    let planned = |(_, became): &(Tag, Became)| matches!(became, Became::Planned(_));
    let arrow = if tagged.tags.iter().any(planned) {
        "would get"
    } else {
        "->"
    };
    let tags: Vec<&str> = tagged.tags.iter().map(|(tag, _)| tag.as_str()).collect();
    format!(
        "{} {} {arrow} {}",
        entry.image,
        tagged.digest.short(),
        tags.join(" ")
    )
}

fn end(
    entries: &[Entry],
    results: impl Iterator<Item = Result<Tagged, Failure>>,
) -> Result<Done, Failure> {
    let mut images: Vec<Value> = Vec::new();
    let mut failed: Vec<Value> = Vec::new();
    let mut lines = Vec::new();
    for (entry, result) in entries.iter().zip(results) {
        let mut value = json!({ "line": entry.line, "image": entry.image.to_string() });
        match result {
            Ok(tagged) => {
                value["tagged"] = tagged.json();
                images.push(value);
            }
            Err(failure) => {
                lines.push(format!("  line {}: {}", entry.line, failure.message));
                value["code"] = json!(failure.code);
                value["message"] = json!(failure.message);
                failed.push(value);
            }
        }
    }
    let json = json!({ "images": images, "failed": failed });
    if failed.is_empty() {
        let text = match entries {
            [] => "no image is named",
            _ => "",
        };
        return Ok(Done::new(text, json));
    }
    let all = count(entries.len(), "image");
    let mut message = vec![format!("{} of {all} could not be tagged", failed.len())];
    let more = lines.len().saturating_sub(FAILURES_SHOWN_MAX);
    message.extend(lines.into_iter().take(FAILURES_SHOWN_MAX));
    if more > 0 {
        message.push(format!("  and {more} more"));
    }
    let mut failure = Failure::new(Exit::Failed, "tag", message.join("\n"));
    failure.details = json;
    Err(failure)
}
