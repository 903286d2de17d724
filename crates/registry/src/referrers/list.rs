//! Reading what refers to a manifest.

use std::sync::PoisonError;

use liftlock_engine::ports::RegistryError;
use liftlock_oci::{Descriptor, Digest, MANIFEST_BYTES_MAX, Repository, media_types};
use reqwest::header::{ACCEPT, HeaderValue};
use reqwest::{Method, StatusCode};
use serde::Deserialize;

use super::{REFERRERS_MAX, Referrers, ReferrersBy};
use crate::auth::scope::Access;
use crate::client::{Call, Client};
use crate::failure::{content, from_status, read_error};
use crate::transport::response::Response;

#[derive(Deserialize)]
struct Page {
    // Some registries write null for none.
    manifests: Option<Vec<Descriptor>>,
}

/// The most pages that are read.
const PAGES_MAX: usize = 100;

impl Client {
    /// What refers to `subject`: from the registry's own list, all its pages, else from the
    /// fallback tag. Nothing is an empty list, also for a subject that is not there. Over
    /// [`REFERRERS_MAX`] referrers, 100 pages, or 4 MiB a page is an error. Whether the registry
    /// has a list of its own is remembered.
    pub async fn referrers(
        &self,
        repository: &Repository,
        subject: Digest,
    ) -> Result<Referrers, RegistryError> {
        if let Some(descriptors) = self.own_referrers(repository, subject).await? {
            let by = ReferrersBy::Api;
            return Ok(Referrers { descriptors, by });
        }
        let descriptors = self.tagged_referrers(repository, subject).await?;
        limited(&list_of(repository, subject), &descriptors)?;
        let by = ReferrersBy::FallbackTag;
        Ok(Referrers { descriptors, by })
    }

    /// The registry's own list, or `None` where it has none, or was seen to have none.
    pub(crate) async fn own_referrers(
        &self,
        repository: &Repository,
        subject: Digest,
    ) -> Result<Option<Vec<Descriptor>>, RegistryError> {
        match self.ways.lists_referrers.fails() {
            true => Ok(None),
            false => self.listed_referrers(repository, subject).await,
        }
    }

    /// The registry's own list, or `None` where it has none.
    pub(super) async fn listed_referrers(
        &self,
        repository: &Repository,
        subject: Digest,
    ) -> Result<Option<Vec<Descriptor>>, RegistryError> {
        let what = list_of(repository, subject);
        let path = format!("referrers/{subject}");
        let mut call = self.call(Method::GET, repository, Access::Pull, &path)?;
        let accept = HeaderValue::from_static(media_types::OCI_INDEX);
        call.headers.insert(ACCEPT, accept);
        let mut descriptors = Vec::new();
        for _ in 0..PAGES_MAX {
            let response = self.send(&call).await?;
            let status = response.status();
            if status != StatusCode::OK {
                let said = read_error(response).await;
                return match status.as_u16() {
                    404 | 400 | 405 | 406 | 501 => Ok(self.unlisted(repository, subject, status)),
                    _ => Err(from_status(self.host(), &what, status, said)),
                };
            }
            let next = self.next_page(&what, &response, &call.url)?;
            let Some(page) = self.read_index(&what, &call, response).await? else {
                return Ok(None);
            };
            descriptors.extend(page.manifests.unwrap_or_default());
            limited(&what, &descriptors)?;
            match next {
                Some(url) => call.url = url,
                None => return Ok(Some(descriptors)),
            }
        }
        Err(content(what, format!("more than {PAGES_MAX} pages")))
    }

    /// What it means that a registry does not answer with a list. One that has lists should
    /// answer with an empty one for what is not there, but some say that it is not there: only
    /// for a subject that is known to be there does that mean that the registry has none.
    fn unlisted(
        &self,
        repository: &Repository,
        subject: Digest,
        status: StatusCode,
    ) -> Option<Vec<Descriptor>> {
        let way = &self.ways.lists_referrers;
        if way.works() {
            return Some(Vec::new());
        }
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if status != StatusCode::NOT_FOUND || known.get(repository, subject).is_some() {
            way.seen(false);
        }
        None
    }

    /// Reads a page. Before the registry was seen to have a list, anything but an index is some
    /// page of a web site that answers to every address.
    async fn read_index(
        &self,
        what: &str,
        call: &Call,
        response: Response,
    ) -> Result<Option<Page>, RegistryError> {
        let way = &self.ways.lists_referrers;
        let bytes = self
            .read_whole(call, response, what, MANIFEST_BYTES_MAX)
            .await?;
        match serde_json::from_slice(&bytes) {
            Ok(page) => {
                way.seen(true);
                Ok(Some(page))
            }
            Err(_) if !way.works() => {
                way.seen(false);
                Ok(None)
            }
            Err(error) => Err(content(what, format!("not an index: {error}"))),
        }
    }
}

pub(super) fn list_of(repository: &Repository, subject: Digest) -> String {
    format!("the list of referrers of {repository}@{subject}")
}

fn limited(what: &str, descriptors: &[Descriptor]) -> Result<(), RegistryError> {
    if descriptors.len() > REFERRERS_MAX {
        return Err(content(
            what,
            format!("more than {REFERRERS_MAX} referrers"),
        ));
    }
    Ok(())
}
