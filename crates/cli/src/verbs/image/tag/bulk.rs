//! Many images in one process.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use futures_util::{StreamExt as _, stream};
use liftlock_oci::Tag;
use liftlock_registry::ImageName;
use liftlock_verbs::{Done, Exit, Failure, show::count};
use serde_json::{Value, json};

use super::file::{self, Entry};
use super::one::{Became, How, Tagged, Tagging};
use crate::output::Ui;

/// How many repositories are written to at once, one image after the other in each: CNCF
/// Distribution 2.8 with files writes a manifest's link anew for each of its tags, and whoever reads
/// that manifest meanwhile is answered with 500. The tags of one image are written at once, and
/// read back after that.
const REPOSITORIES_AT_ONCE: usize = 16;

/// From how many tags on an image's next line is begun for itself.
const TAGS_TOGETHER: usize = 100;

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
    let one = |lines| together(tagging, lines, &how);
    let in_turn = by_repository(&entries).into_iter().map(|same| {
        let images = stream::iter(by_image(same));
        images.then(one).flat_map(stream::iter).boxed_local()
    });
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

/// Lines that follow one another with the same image: it is read once for all of them. Others keep
/// their order: what one line writes may be what the next reads.
fn by_image(lines: Vec<(usize, &Entry)>) -> Vec<Vec<(usize, &Entry)>> {
    let mut groups: Vec<Vec<(usize, &Entry)>> = Vec::new();
    let mut tags = 0;
    for (at, entry) in lines {
        match groups.last_mut() {
            Some(group) if group[0].1.image == entry.image && tags < TAGS_TOGETHER => {
                group.push((at, entry));
                tags += entry.tags.len();
            }
            _ => {
                groups.push(vec![(at, entry)]);
                tags = entry.tags.len();
            }
        }
    }
    groups
}

/// Tags the image that these lines name. How each line ended.
async fn together(
    tagging: &Tagging,
    lines: Vec<(usize, &Entry)>,
    how: &How,
) -> Vec<(usize, Result<Tagged, Failure>)> {
    let mut tags: Vec<Tag> = Vec::new();
    for tag in lines.iter().flat_map(|(_, entry)| &entry.tags) {
        if !tags.contains(tag) {
            tags.push(tag.clone());
        }
    }
    let Some((_, first)) = lines.first() else {
        return Vec::new();
    };
    let tagged = tagging.tag(&first.image, &tags, how).await;
    let ended = |entry: &Entry| {
        let tagged = tagged.as_ref().map_err(Failure::clone)?.of(&entry.tags);
        tagged.refused().map_or(Ok(tagged), Err)
    };
    lines
        .iter()
        .map(|(at, entry)| (*at, ended(entry)))
        .collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(images: &[&str], expected: &[&[usize]]) {
        let entry = |(at, image): (usize, &&str)| Entry {
            line: at + 1,
            image: format!("r.io/{image}").parse().unwrap(),
            tags: vec![format!("t{at}").parse().unwrap()],
        };
        let entries: Vec<Entry> = images.iter().enumerate().map(entry).collect();
        let groups = by_image(entries.iter().enumerate().collect());
        let places = groups
            .iter()
            .map(|group| group.iter().map(|(at, _)| *at).collect::<Vec<_>>());
        assert_eq!(places.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn lines_of_one_image_are_taken_together_and_never_past_another() {
        check(&[], &[]);
        check(&["a:1", "a:1", "a:2", "a:1"], &[&[0, 1], &[2], &[3]]);
        let many = vec!["a:1"; TAGS_TOGETHER + 1];
        let first: Vec<usize> = (0..TAGS_TOGETHER).collect();
        check(&many, &[&first, &[TAGS_TOGETHER]]);
    }
}
