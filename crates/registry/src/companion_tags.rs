//! Tags that belong to an image by their name: cosign's, and the fallback tag of referrers.

use liftlock_engine::ports::RegistryError;
use liftlock_oci::{Digest, Repository, Tag};
use reqwest::StatusCode;

use crate::client::Client;
use crate::failure::{from_status, read_error};
use crate::manifests::Name;
use crate::tags::{PAGE, TagsPage, list_of};

/// What follows `sha256-<hex>` in the names: nothing (distribution specification, "Referrers Tag
/// Schema"), and cosign's signatures, attestations and bills of materials.
const SUFFIXES: [&str; 4] = ["", ".sig", ".att", ".sbom"];

/// How many tags are asked for at the place where the companions would be: more than there are
/// names, so that what follows them shows that they were all listed.
const NEIGHBOURS: usize = 8;

/// What a list of tags says about the companions.
enum Answer {
    /// These are all of them.
    All(Vec<Tag>),
    /// No tags where the companions would be, from a registry not yet seen to find that place.
    Empty,
    /// Nothing certain.
    Uncertain,
}

/// How a registry answers a request for tags.
enum Listed {
    Page(TagsPage),
    /// There is no repository, or none with tags.
    NoTags,
    /// The registry does not list tags, or not this way.
    Refused,
}

impl Client {
    /// The tags that belong to `subject` by name: `sha256-<hex>`, and that with `.sig`, `.att` or
    /// `.sbom`. One request where the list of tags can be entered at any place, whatever the
    /// number of tags; else the first page of the list, where that is all of it; else a look for
    /// each.
    pub async fn companion_tags(
        &self,
        repository: &Repository,
        subject: Digest,
    ) -> Result<Vec<Tag>, RegistryError> {
        let wanted = Wanted::of(subject);
        let mut was_empty = false;
        if !self.ways.pages_tags.fails() {
            match self.neighbours(repository, &wanted).await? {
                Answer::All(found) => return Ok(found),
                Answer::Empty => was_empty = true,
                Answer::Uncertain => {}
            }
        }
        match self.first_page(repository, &wanted, was_empty).await? {
            Answer::All(found) => Ok(found),
            Answer::Empty | Answer::Uncertain => self.look_for_each(repository, wanted).await,
        }
    }

    /// Enters the list just before the companions. The name given as the last one seen does not
    /// exist: it has one hex digit too few.
    async fn neighbours(
        &self,
        repository: &Repository,
        wanted: &Wanted,
    ) -> Result<Answer, RegistryError> {
        let way = &self.ways.pages_tags;
        let last = wanted.before.as_str();
        let page = match self.list(repository, NEIGHBOURS, Some(last)).await? {
            Listed::NoTags => return Ok(Answer::All(Vec::new())),
            Listed::Refused => {
                way.seen(false);
                return Ok(Answer::Uncertain);
            }
            Listed::Page(page) => page,
        };
        if page.count == 0 {
            return Ok(match way.works() {
                true => Answer::All(Vec::new()),
                false => Answer::Empty,
            });
        }
        let entered = is_ascending_after(last, &page.tags);
        way.seen(entered);
        // What begins as the companions do may stand between them.
        let passed = (page.tags.last()).is_some_and(|tag| !tag.as_str().starts_with(last));
        let whole = page.next.is_none() && page.count != NEIGHBOURS;
        Ok(match (entered && passed) || whole {
            true => Answer::All(wanted.among(&page.tags)),
            false => Answer::Uncertain,
        })
    }

    async fn first_page(
        &self,
        repository: &Repository,
        wanted: &Wanted,
        was_empty: bool,
    ) -> Result<Answer, RegistryError> {
        let page = match self.list(repository, PAGE, None).await? {
            Listed::NoTags => return Ok(Answer::All(Vec::new())),
            Listed::Refused => return Ok(Answer::Uncertain),
            Listed::Page(page) => page,
        };
        if was_empty
            && page
                .tags
                .iter()
                .any(|tag| tag.as_str() > wanted.before.as_str())
        {
            // The place was not found after all.
            self.ways.pages_tags.seen(false);
        }
        Ok(match page.next.is_none() && page.count != PAGE {
            true => Answer::All(wanted.among(&page.tags)),
            false => Answer::Uncertain,
        })
    }

    async fn look_for_each(
        &self,
        repository: &Repository,
        wanted: Wanted,
    ) -> Result<Vec<Tag>, RegistryError> {
        let mut found = Vec::new();
        for tag in wanted.tags {
            let name = Name::Tag(&tag);
            if self.manifest_digest(repository, name).await?.is_some() {
                found.push(tag);
            }
        }
        Ok(found)
    }

    async fn list(
        &self,
        repository: &Repository,
        count: usize,
        last: Option<&str>,
    ) -> Result<Listed, RegistryError> {
        let what = list_of(repository);
        let call = self.tags_call(repository, count, last)?;
        let response = self.send(&call).await?;
        let status = response.status();
        if status == StatusCode::OK {
            let page = self.read_tags_page(&what, &call, response).await?;
            return Ok(Listed::Page(page));
        }
        let said = read_error(response).await;
        match status.as_u16() {
            404 if said.code == "NAME_UNKNOWN" => Ok(Listed::NoTags),
            // zot finds no place in the list that is not a tag; others refuse the query.
            400 | 401 | 403 | 404 | 405 | 501 => Ok(Listed::Refused),
            _ => Err(from_status(self.host(), &what, status, said)),
        }
    }
}

/// What is looked for.
struct Wanted {
    tags: Vec<Tag>,
    /// A name that sorts before them, with nothing between but what begins as they do.
    before: String,
}

impl Wanted {
    fn of(subject: Digest) -> Self {
        let base = format!("sha256-{}", subject.hex());
        let names = SUFFIXES.iter().map(|suffix| format!("{base}{suffix}"));
        Self {
            tags: names.filter_map(|name| name.parse().ok()).collect(),
            before: base[..base.len() - 1].to_owned(),
        }
    }

    fn among(&self, listed: &[Tag]) -> Vec<Tag> {
        let wanted = self.tags.iter().filter(|tag| listed.contains(tag));
        wanted.cloned().collect()
    }
}

/// Whether a list begins after `last` and goes up: as bytes, or without regard to case first
/// (distribution specification, "Listing Tags"; registries do either).
fn is_ascending_after(last: &str, tags: &[Tag]) -> bool {
    let names = || std::iter::once(last).chain(tags.iter().map(Tag::as_str));
    names().is_sorted() || names().is_sorted_by_key(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_before_the_companions_is_no_tag_of_another_image() {
        let wanted = Wanted::of(Digest::of(b""));
        let base = format!("sha256-{}", Digest::of(b"").hex());
        let names: Vec<&str> = wanted.tags.iter().map(Tag::as_str).collect();
        assert_eq!(names[0], base);
        assert_eq!(names.len(), 4);
        assert!(names.iter().all(|name| *name > wanted.before.as_str()));
        assert_eq!(wanted.before.len(), base.len() - 1);
    }

    #[test]
    fn a_list_from_its_beginning_is_told_from_one_that_was_entered() {
        let is = |names: &[&str]| {
            let tags: Vec<Tag> = names.iter().map(|name| name.parse().unwrap()).collect();
            is_ascending_after("sha256-ab", &tags)
        };
        assert!(is(&["sha256-abc", "staging", "v1"]));
        assert!(is(&["sha256-abc", "staging", "V1", "v2"]));
        assert!(!is(&["1.0", "staging"]));
        assert!(!is(&["staging", "sha256-abc"]));
    }
}
