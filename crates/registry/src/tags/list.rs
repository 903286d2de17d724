//! The list of a repository's tags.

use liftlock_engine::ports::RegistryError;
use liftlock_oci::{Repository, Tag};
use reqwest::{Method, StatusCode, Url};
use serde::Deserialize;

use crate::auth::scope::Access;
use crate::client::{Call, Client};
use crate::failure::{content, refusal};
use crate::transport::response::Response;

/// How many tags are asked for at once; a registry may send fewer.
pub(crate) const PAGE: usize = 1000;

/// The most pages that are read.
const PAGES_MAX: usize = 1000;

/// The most tags that are read.
const TAGS_MAX: usize = 200_000;

/// The largest page that is read, in bytes.
const PAGE_BYTES_MAX: usize = 8 * 1024 * 1024;

#[derive(Deserialize)]
struct Body {
    // Some registries write null for none.
    tags: Option<Vec<String>>,
}

/// One page of the list.
#[derive(Debug)]
pub(crate) struct TagsPage {
    /// The tags in the registry's order, without names that are not valid tags.
    pub(crate) tags: Vec<Tag>,
    /// How many names the page has, valid or not.
    pub(crate) count: usize,
    /// Where the next page is.
    pub(crate) next: Option<Url>,
}

impl TagsPage {
    /// Whether nothing follows, where `asked` tags were asked for.
    pub(crate) fn is_last(&self, asked: usize) -> bool {
        self.next.is_none() && self.count != asked
    }
}

impl Client {
    /// All tags of a repository, in the registry's order. Names that are not valid tags are
    /// left out. Over 200 000 tags, or 1000 pages, is an error.
    pub async fn tags(&self, repository: &Repository) -> Result<Vec<Tag>, RegistryError> {
        self.tags_by(repository, PAGE).await
    }

    /// As [`tags`](Self::tags), asking for `page` tags at once.
    pub async fn tags_by(
        &self,
        repository: &Repository,
        page: usize,
    ) -> Result<Vec<Tag>, RegistryError> {
        let what = list_of(repository);
        let mut call = self.tags_call(repository, page, None)?;
        let mut tags = Vec::new();
        for _ in 0..PAGES_MAX {
            let response = self.send(&call).await?;
            if response.status() != StatusCode::OK {
                return Err(refusal(self.host(), &what, response).await);
            }
            let page = self.read_tags_page(&what, &call, response).await?;
            tags.extend(page.tags);
            if tags.len() > TAGS_MAX {
                return Err(content(what, format!("more than {TAGS_MAX} tags")));
            }
            match page.next {
                Some(url) => call.url = url,
                None => return Ok(tags),
            }
        }
        Err(content(
            what,
            format!("more than {PAGES_MAX} pages of tags"),
        ))
    }

    /// A request for `page` tags that come after `last`, which need not exist.
    pub(crate) fn tags_call(
        &self,
        repository: &Repository,
        page: usize,
        last: Option<&str>,
    ) -> Result<Call, RegistryError> {
        let mut call = self.call(Method::GET, repository, Access::Pull, "tags/list")?;
        let mut query = call.url.query_pairs_mut();
        query.append_pair("n", &page.to_string());
        if let Some(last) = last {
            query.append_pair("last", last);
        }
        drop(query);
        Ok(call)
    }

    /// Reads the answer to a request for tags, which must be a success.
    pub(crate) async fn read_tags_page(
        &self,
        what: &str,
        call: &Call,
        response: Response,
    ) -> Result<TagsPage, RegistryError> {
        let next = self.next_page(what, &response, &call.url)?;
        let bytes = self
            .read_whole(call, response, what, PAGE_BYTES_MAX)
            .await?;
        let body: Body = serde_json::from_slice(&bytes)
            .map_err(|error| content(what, format!("not a list of tags: {error}")))?;
        let names = body.tags.unwrap_or_default();
        Ok(TagsPage {
            count: names.len(),
            tags: names.iter().filter_map(|name| name.parse().ok()).collect(),
            next,
        })
    }
}

/// How the list is called in errors.
pub(crate) fn list_of(repository: &Repository) -> String {
    format!("the list of tags of {repository}")
}
