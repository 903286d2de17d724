//! Lines of `IMAGE TAG [TAG...]`.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use liftlock_oci::Tag;
use liftlock_registry::ImageName;
use liftlock_verbs::Failure;

use crate::verbs::image::name::image;

/// The largest file that is read, in bytes.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// The longest line, in bytes.
const LINE_BYTES_MAX: usize = 16 * 1024;

/// The most lines with an image.
const IMAGES_MAX: usize = 100_000;

/// The most tags of one line.
const TAGS_MAX: usize = 100;

/// How many mistakes are told of at once.
const PROBLEMS_MAX: usize = 20;

/// A line that names an image and its tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// From 1.
    pub(super) line: usize,
    pub(super) image: ImageName,
    pub(super) tags: Vec<Tag>,
}

/// Reads a file, or stdin for `-`.
pub(super) fn read(path: &Path) -> Result<Vec<Entry>, Failure> {
    let cannot =
        |error: io::Error| Failure::usage(format!("{} cannot be read: {error}", path.display()));
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        io::stdin()
            .lock()
            .take(FILE_BYTES_MAX + 1)
            .read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes))
    }
    .map_err(cannot)?;
    let about = |message: String| Failure::usage(format!("{}: {message}", path.display()));
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(about(format!("it has more than {FILE_BYTES_MAX} bytes")));
    }
    let text = String::from_utf8(bytes).map_err(|_| about("it is not UTF-8".to_owned()))?;
    parse(&text)
        .map_err(|problems| about(format!("nothing was tagged\n  {}", problems.join("\n  "))))
}

/// The entries, or what is wrong with which lines.
fn parse(text: &str) -> Result<Vec<Entry>, Vec<String>> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut problems = Vec::new();
    // A tag that two lines want would point wherever the slower one says.
    let mut wanted: HashMap<(String, Tag), (usize, ImageName)> = HashMap::new();
    for (at, line) in text.lines().enumerate() {
        let line_number = at + 1;
        let mut say = |message: String| problems.push(format!("line {line_number}: {message}"));
        let entry = match entry(line_number, line) {
            Ok(None) => continue,
            Ok(Some(entry)) => entry,
            Err(message) => {
                say(message);
                continue;
            }
        };
        for tag in &entry.tags {
            let key = (place(&entry.image), tag.clone());
            let (first, image) = wanted
                .entry(key)
                .or_insert_with(|| (line_number, entry.image.clone()));
            if *image != entry.image {
                say(format!("line {first} gives the tag {tag} to {image}"));
            }
        }
        entries.push(entry);
        if entries.len() > IMAGES_MAX {
            problems.push(format!("it names more than {IMAGES_MAX} images"));
            break;
        }
    }
    if problems.is_empty() {
        return Ok(entries);
    }
    let more = problems.len().saturating_sub(PROBLEMS_MAX);
    problems.truncate(PROBLEMS_MAX);
    if more > 0 {
        problems.push(format!("and {more} more"));
    }
    Err(problems)
}

fn entry(line_number: usize, line: &str) -> Result<Option<Entry>, String> {
    if line.len() > LINE_BYTES_MAX {
        return Err(format!("it has more than {LINE_BYTES_MAX} bytes"));
    }
    let mut words = line
        .split_whitespace()
        .take_while(|word| !word.starts_with('#'));
    let Some(name) = words.next() else {
        return Ok(None);
    };
    let mut tags: Vec<Tag> = Vec::new();
    for word in words {
        let tag = word.parse::<Tag>().map_err(|error| error.to_string())?;
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    match tags.len() {
        0 => Err("a tag is missing; expected IMAGE TAG [TAG...]".to_owned()),
        1..=TAGS_MAX => Ok(Some(Entry {
            line: line_number,
            image: image(name)?,
            tags,
        })),
        more => Err(format!("{more} tags, over the limit of {TAGS_MAX}")),
    }
}

fn place(image: &ImageName) -> String {
    match image {
        ImageName::Registry(reference) => reference.repository.to_string(),
        ImageName::Layout(name) => format!("oci:{}", name.path.display()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_name_images_and_tags() {
        let text = "# releases\n\nr.io/a:1 x y x # the first\n  oci:b:2\tz  \nr.io/a:1 y\n";
        let entries = parse(text).unwrap();
        let shown: Vec<_> = entries
            .iter()
            .map(|e| {
                let tags: Vec<_> = e.tags.iter().map(Tag::as_str).collect();
                format!("{} {} {}", e.line, e.image, tags.join(" "))
            })
            .collect();
        assert_eq!(shown, ["3 r.io/a:1 x y", "4 oci:b:2 z", "5 r.io/a:1 y"]);
    }

    fn check(text: &str, expected: &[&str]) {
        let problems = parse(text).unwrap_err();
        assert_eq!(problems.len(), expected.len(), "{problems:?}");
        for (problem, expected) in problems.iter().zip(expected) {
            assert!(problem.contains(expected), "{problem}");
        }
    }

    #[test]
    fn every_mistake_is_told_with_its_line() {
        let many: Vec<_> = (0..=TAGS_MAX).map(|n| n.to_string()).collect();
        check("r.io/a:1\n", &["line 1: a tag is missing"]);
        check("r.io/a x\n", &["line 1: it has neither a tag nor a digest"]);
        check(
            "r.io/a:1 b:c\nr.io/A:1 x",
            &["line 1: \"b:c\"", "line 2: \"A\""],
        );
        check(&format!("r.io/a:1 {}", many.join(" ")), &["101 tags"]);
        check(&"x".repeat(LINE_BYTES_MAX + 1), &["more than 16384 bytes"]);
        check(
            "r.io/a:1 x\nr.io/b:1 x\nr.io/a:2 x",
            &["line 3: line 1 gives the tag x"],
        );
    }

    #[test]
    fn there_is_a_limit_of_mistakes_and_of_images() {
        let bad = parse(&"-\n".repeat(100)).unwrap_err();
        assert_eq!(bad.len(), PROBLEMS_MAX + 1);
        assert!(bad.last().unwrap().contains("and 80 more"));
        check(
            &"r.io/a:1 x\n".repeat(IMAGES_MAX + 1),
            &["more than 100000 images"],
        );
    }
}
