//! The list of a repository's tags.

use liftlock_engine::ports::RegistryError;
use liftlock_oci::{Repository, Tag};
use reqwest::header::LINK;
use reqwest::{Method, Response, StatusCode, Url};
use serde::Deserialize;

use crate::body::read_limited;
use crate::client::Client;
use crate::failure::{content, refusal};
use crate::scope::Access;

/// How many tags are asked for at once; a registry may send fewer.
const PAGE: usize = 1000;

/// The most pages that are read.
const PAGES_MAX: usize = 1000;

/// The most tags that are read.
const TAGS_MAX: usize = 200_000;

/// The largest page that is read, in bytes.
const PAGE_BYTES_MAX: usize = 8 * 1024 * 1024;

#[derive(Deserialize)]
struct Page {
    // Some registries write null for none.
    tags: Option<Vec<String>>,
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
        let what = format!("the list of tags of {repository}");
        let mut call = self.call(Method::GET, repository, Access::Pull, "tags/list")?;
        call.url
            .query_pairs_mut()
            .append_pair("n", &page.to_string());
        let mut tags = Vec::new();
        for _ in 0..PAGES_MAX {
            let response = self.send(&call).await?;
            if response.status() != StatusCode::OK {
                return Err(refusal(self.host(), &what, response).await);
            }
            let next = self.next_page(&what, &response, &call.url)?;
            let body = read_limited(self.host(), &what, response, PAGE_BYTES_MAX).await?;
            let page: Page = serde_json::from_slice(&body)
                .map_err(|error| content(&what, format!("not a list of tags: {error}")))?;
            tags.extend(
                page.tags
                    .unwrap_or_default()
                    .iter()
                    .filter_map(|t| t.parse().ok()),
            );
            if tags.len() > TAGS_MAX {
                return Err(content(what, format!("more than {TAGS_MAX} tags")));
            }
            match next {
                Some(url) => call.url = url,
                None => return Ok(tags),
            }
        }
        Err(content(
            what,
            format!("more than {PAGES_MAX} pages of tags"),
        ))
    }

    /// The target of `Link: <...>; rel="next"` (RFC 8288). One that leads away from the registry
    /// is an error: the list would end too early.
    fn next_page(
        &self,
        what: &str,
        response: &Response,
        from: &Url,
    ) -> Result<Option<Url>, RegistryError> {
        let link = response.headers().get(LINK).and_then(|v| v.to_str().ok());
        let Some(target) = link.and_then(next_target) else {
            return Ok(None);
        };
        let endpoint = &self.transport.endpoint;
        let url = endpoint
            .resolve(from, target)
            .filter(|url| endpoint.is_home(url));
        match url {
            Some(url) => Ok(Some(url)),
            None => Err(content(
                what,
                "its next page of tags is not at the registry",
            )),
        }
    }
}

fn next_target(link: &str) -> Option<&str> {
    let mut rest = link;
    loop {
        let (_, after) = rest.split_once('<')?;
        let (target, after) = after.split_once('>')?;
        let parameters = after.split('<').next().unwrap_or_default();
        let next = parameters
            .split([';', ','])
            .map(str::trim)
            .any(|parameter| {
                parameter
                    .strip_prefix("rel=")
                    .map(|rel| rel.trim_matches('"'))
                    == Some("next")
            });
        if next {
            return Some(target);
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_link_is_found() {
        assert_eq!(
            next_target(r#"</v2/a/tags/list?n=2&last=b>; rel="next""#),
            Some("/v2/a/tags/list?n=2&last=b")
        );
        assert_eq!(
            next_target(r#"</p>; rel="prev", </n>; rel=next"#),
            Some("/n")
        );
        assert_eq!(next_target(r#"</p>; rel="prev""#), None);
        assert_eq!(next_target("<"), None);
    }
}
