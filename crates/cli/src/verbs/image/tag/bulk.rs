//! Many images in one process.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use futures_util::{StreamExt as _, stream};
use liftlock_oci::Tag;
use liftlock_registry::ImageName;
use serde_json::{Value, json};

use super::file::{self, Entry};
use super::one::{Became, How, Tagged, Tagging};
use crate::done::{Done, Exit};
use crate::failure::Failure;
use crate::output::Ui;
use crate::show::count;

/// How many repositories are written to at once, one image after the other in each: CNCF
/// Distribution 2.8 with files writes a manifest's link anew for each of its tags, and whoever reads
/// or writes that manifest meanwhile is answered with 500.
const REPOSITORIES_AT_ONCE: usize = 16;

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
    let one = |(at, entry): (usize, &'_ Entry)| {
        let (how, image, tags) = (&how, entry.image.clone(), entry.tags.clone());
        async move {
            let tagged = tagging.tag(&image, &tags, how).await;
            let tagged = tagged.and_then(|tagged| tagged.refused().map_or(Ok(tagged), Err));
            (at, tagged)
        }
    };
    let in_turn = by_repository(&entries)
        .into_iter()
        .map(|same| stream::iter(same).then(one).boxed_local());
    let mut work = stream::iter(in_turn).flatten_unordered(REPOSITORIES_AT_ONCE);
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

/// The entries with their places in the file, those of one repository or layout together.
fn by_repository(entries: &[Entry]) -> Vec<Vec<(usize, &Entry)>> {
    let mut groups: Vec<Vec<(usize, &Entry)>> = Vec::new();
    let mut known = HashMap::new();
    for (at, entry) in entries.iter().enumerate() {
        let place = match &entry.image {
            ImageName::Registry(reference) => reference.repository.to_string(),
            ImageName::Layout(layout) => format!("oci:{}", layout.path.display()),
        };
        let group = *known.entry(place).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[group].push((at, entry));
    }
    groups
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
                let message = failure.message.replace('\n', "\n    ");
                lines.push(format!("  line {}: {message}", entry.line));
                if !failure.details.is_null() {
                    value["tagged"] = failure.details;
                }
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
