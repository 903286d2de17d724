//! Finding them with as few requests as the list of tags allows.

use liftlock_engine::ports::RegistryError;
use liftlock_oci::{Digest, Repository, Tag};
use reqwest::StatusCode;

use super::names::{Names, among, is_after_all, is_ascending_after};
use crate::client::Client;
use crate::failure::{from_status, read_error};
use crate::manifests::Name;
use crate::tags::list::{PAGE, TagsPage, list_of};

/// How many tags are asked for at the place where one image's companions would be: more than there
/// are names, so that what follows them shows that they were all listed.
const NEIGHBOURS: usize = 8;

/// A search in one repository. What it learns of the tags serves the subjects that come later.
pub(crate) struct CompanionSearch<'a> {
    client: &'a Client,
    repository: &'a Repository,
    /// A tag that is there, where one is known.
    known: Option<&'a Tag>,
    /// All tags, once one answer had them all.
    all: Option<Vec<Tag>>,
    /// The first of more tags than one page has.
    first: Option<Vec<Tag>>,
}

/// How a registry answers a request for tags.
enum Listed {
    Page(TagsPage),
    /// There is no repository, or none with tags.
    NoTags,
    /// The registry does not list tags, or not this way.
    Refused,
}

impl<'a> CompanionSearch<'a> {
    pub(crate) fn new(
        client: &'a Client,
        repository: &'a Repository,
        known: Option<&'a Tag>,
    ) -> Self {
        Self {
            client,
            repository,
            known,
            all: None,
            first: None,
        }
    }

    /// The companions of `subjects`, each with its subject.
    ///
    /// The first page of the list comes first, since it is all of it mostly; not where a tag is
    /// known that stands after all companions: entering the list then is as certain.
    pub(crate) async fn of(
        &mut self,
        subjects: &[Digest],
    ) -> Result<Vec<(Tag, Digest)>, RegistryError> {
        let mut left = subjects.to_vec();
        left.sort_unstable();
        left.dedup();
        let way = &self.client.ways.pages_tags;
        let mut found = Vec::new();
        if !way.works() && !self.known.is_some_and(is_after_all) {
            self.read_first_page().await?;
        }
        if self.all.is_none() && !way.fails() {
            self.enter(&mut left, &mut found).await?;
        }
        if !left.is_empty() {
            self.read_first_page().await?;
        }
        match &self.all {
            Some(all) => found.extend(among(&left, all)),
            None => self.look_for_each(&left, &mut found).await?,
        }
        Ok(found)
    }

    async fn read_first_page(&mut self) -> Result<(), RegistryError> {
        if self.all.is_some() || self.first.is_some() {
            return Ok(());
        }
        match self.list(PAGE, None).await? {
            Listed::NoTags => self.all = Some(Vec::new()),
            Listed::Refused => self.first = Some(Vec::new()),
            Listed::Page(page) if page.is_last(PAGE) => self.all = Some(page.tags),
            Listed::Page(page) => self.first = Some(page.tags),
        }
        Ok(())
    }

    /// Enters the list where the companions of those that are left would be, in its order. Takes
    /// from `left` what that makes certain.
    async fn enter(
        &mut self,
        left: &mut Vec<Digest>,
        found: &mut Vec<(Tag, Digest)>,
    ) -> Result<(), RegistryError> {
        let mut several = true;
        let mut unsure = Vec::new();
        while let Some(&next) = left.first() {
            let count = match several && left.len() > 1 {
                true => PAGE,
                false => NEIGHBOURS,
            };
            let Some(page) = self.enter_before(next, count, left).await? else {
                break;
            };
            let covered = match page.is_last(count) {
                true => left.len(),
                false => covered(left, &page.tags),
            };
            found.extend(among(&left[..covered], &page.tags));
            if covered == 0 {
                unsure.push(next);
            }
            left.drain(..covered.max(1));
            several = covered > 1;
        }
        left.extend(unsure);
        Ok(())
    }

    /// A page from where the companions of `subject` would be, or the whole list. `None` where
    /// there is nothing more to enter: with `left` emptied, since there are no such tags, or
    /// because this registry's list cannot be entered.
    async fn enter_before(
        &mut self,
        subject: Digest,
        count: usize,
        left: &mut Vec<Digest>,
    ) -> Result<Option<TagsPage>, RegistryError> {
        let way = &self.client.ways.pages_tags;
        let names = Names::of(subject);
        match self.list(count, Some(names.before())).await? {
            Listed::NoTags => left.clear(),
            Listed::Refused => way.seen(false),
            Listed::Page(page) if page.count == 0 => {
                if self.is_end().await? {
                    left.clear();
                }
            }
            Listed::Page(page) => {
                let entered = is_ascending_after(names.before(), &page.tags);
                way.seen(entered);
                if page.is_last(count) && !entered {
                    self.all = Some(page.tags.clone());
                }
                return Ok((entered || page.is_last(count)).then_some(page));
            }
        }
        Ok(None)
    }

    /// Whether an answer without tags says that there are none from there on. Some registries say
    /// so of each place that is not a tag.
    async fn is_end(&self) -> Result<bool, RegistryError> {
        let way = &self.client.ways.pages_tags;
        if way.works() {
            return Ok(true);
        }
        let is = match &self.first {
            Some(first) => self.is_entered_before_last_of(first).await?,
            // The tag that is known to stand there was not listed.
            None => false,
        };
        way.seen(is);
        Ok(is)
    }

    /// Enters the list just before a tag that is there.
    async fn is_entered_before_last_of(&self, tags: &[Tag]) -> Result<bool, RegistryError> {
        let Some(before) = tags.last().map(Tag::as_str).and_then(shorter) else {
            return Ok(false);
        };
        let next = tags.iter().find(|tag| tag.as_str() > before);
        if !tags.is_sorted() || next.is_none() {
            return Ok(false);
        }
        match self.list(1, Some(before)).await? {
            Listed::Page(page) => Ok(page.tags.first() == next),
            Listed::NoTags | Listed::Refused => Ok(false),
        }
    }

    async fn look_for_each(
        &self,
        subjects: &[Digest],
        found: &mut Vec<(Tag, Digest)>,
    ) -> Result<(), RegistryError> {
        for &subject in subjects {
            for tag in Names::of(subject).tags() {
                let there = self
                    .client
                    .manifest_digest(self.repository, Name::Tag(&tag));
                if there.await?.is_some() {
                    found.push((tag, subject));
                }
            }
        }
        Ok(())
    }

    async fn list(&self, count: usize, last: Option<&str>) -> Result<Listed, RegistryError> {
        let client = self.client;
        let what = list_of(self.repository);
        let call = client.tags_call(self.repository, count, last)?;
        let response = client.send(&call).await?;
        let status = response.status();
        if status == StatusCode::OK {
            let page = client.read_tags_page(&what, &call, response).await?;
            return Ok(Listed::Page(page));
        }
        let said = read_error(response).await;
        match status.as_u16() {
            404 if said.code == "NAME_UNKNOWN" => Ok(Listed::NoTags),
            // zot finds no place in the list that is not a tag; others refuse the query.
            400 | 401 | 403 | 404 | 405 | 501 => Ok(Listed::Refused),
            _ => Err(from_status(client.host(), &what, status, said)),
        }
    }
}

/// How many of `subjects`, which are sorted, have all their companions in this part of the list:
/// what begins as they do may stand between them.
fn covered(subjects: &[Digest], tags: &[Tag]) -> usize {
    let Some(last) = tags.last() else {
        return 0;
    };
    let covered = |subject: &&Digest| Names::of(**subject).end_before(last);
    subjects.iter().take_while(covered).count()
}

/// The name without its last letter, where one is left.
fn shorter(name: &str) -> Option<&str> {
    name.get(..name.len() - 1)
        .filter(|shorter| !shorter.is_empty())
}
