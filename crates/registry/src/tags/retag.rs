//! Tagging what is in the repository already, in as few requests as can be.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use liftlock_engine::ports::{RegistryError, TagWrite};
use liftlock_oci::{Digest, PinnedRef, RawManifest, Repository, Tag};

use super::put::{WRITES_MAX, is_in_doubt};
use crate::auth::scope::Access;
use crate::client::Client;
use crate::manifests::Name;
use crate::transport::response::Response;

/// The header in which a registry confirms a tag that was written with a digest (distribution
/// specification, "Pushing Manifests").
const OCI_TAG: &str = "oci-tag";

/// How many tags are written with one digest at once.
const TAGS_AT_ONCE: usize = 10;

/// How many tags are looked at at once.
const LOOKS_AT_ONCE: usize = 8;

/// How many tags are written at once, where each is a request.
const WRITES_AT_ONCE: usize = 8;

/// An image and the tags it was given.
#[derive(Debug)]
pub struct Tagged {
    /// What was tagged.
    pub digest: Digest,
    /// How each tag ended, in the order asked for. Never [`TagWrite::Moved`]: nothing was
    /// expected of them.
    pub tags: Vec<(Tag, Result<TagWrite, RegistryError>)>,
}

/// What came of writing a tag, before it is read back.
enum Put {
    Unchanged,
    Written,
}

impl Client {
    /// Gives the image that `source` names more tags, wherever they pointed before, and reads
    /// them back; a tag that someone else wrote at the same time ends as
    /// [`Lost`](TagWrite::Lost). No blob is looked at.
    ///
    /// A source named by digest is compared with the tags first, and what is there already is
    /// left. Each tag is for itself: one that cannot be written does not keep the others. An error
    /// is that of the image, or of the looks before the first write.
    pub async fn tag(
        &self,
        repository: &Repository,
        source: Name<'_>,
        tags: &[Tag],
    ) -> Result<Tagged, RegistryError> {
        let (manifest, before) = match source {
            Name::Digest(digest) => {
                let before = self.tags_now(repository, tags).await?;
                if before.iter().all(|now| *now == Some(digest)) {
                    let unchanged = tags.iter().map(|_| Ok(TagWrite::Unchanged));
                    return Ok(tagged(digest, tags, unchanged.collect()));
                }
                let image = repository.pinned(digest);
                (self.manifest_to_write(&image).await?, Some(before))
            }
            Name::Tag(_) => {
                let manifest = self.manifest_for(repository, source, Access::Push);
                (manifest.await?, None)
            }
        };
        let image = repository.pinned(manifest.digest());
        let looked_at = |at: usize| before.as_ref().map(|before| before[at]);
        let left = (0..tags.len()).filter(|at| looked_at(*at) != Some(Some(image.digest)));
        let left: Vec<&Tag> = left.map(|at| &tags[at]).collect();
        let confirmed = self.put_tags(repository, &manifest, &left).await?;
        let puts: Vec<_> = (0..tags.len())
            .map(|at| {
                let put = !confirmed.contains(&tags[at]);
                self.put_one(&image, &manifest, &tags[at], looked_at(at), put)
            })
            .collect();
        let puts: Vec<_> = stream::iter(puts).buffered(WRITES_AT_ONCE).collect().await;
        // Nothing is read while something is written: distribution 2.8 answers 500 to who reads a
        // manifest while one of its tags is written.
        let ends: Vec<_> = puts
            .into_iter()
            .enumerate()
            .map(|(at, put)| {
                let (image, tag, before) = (&image, &tags[at], looked_at(at));
                async move {
                    match put? {
                        Put::Unchanged => Ok(TagWrite::Unchanged),
                        Put::Written => self.read_back(image, tag, before).await,
                    }
                }
            })
            .collect();
        let ends = stream::iter(ends).buffered(LOOKS_AT_ONCE).collect();
        Ok(tagged(image.digest, tags, ends.await))
    }

    /// Where the tags point.
    async fn tags_now(
        &self,
        repository: &Repository,
        tags: &[Tag],
    ) -> Result<Vec<Option<Digest>>, RegistryError> {
        let looks: Vec<_> = tags
            .iter()
            .map(|tag| self.tag_now(repository, tag))
            .collect();
        stream::iter(looks)
            .buffered(LOOKS_AT_ONCE)
            .try_collect()
            .await
    }

    /// Writes one tag, where it is not there yet; with `put` unset, the registry said that it was
    /// written.
    async fn put_one(
        &self,
        image: &PinnedRef,
        manifest: &RawManifest,
        tag: &Tag,
        before: Option<Option<Digest>>,
        put: bool,
    ) -> Result<Put, RegistryError> {
        if before == Some(Some(image.digest)) {
            return Ok(Put::Unchanged);
        }
        match !put || self.put_until_known(image, manifest, tag, before).await? {
            true => Ok(Put::Written),
            false => Ok(Put::Unchanged),
        }
    }

    /// Writes a tag until it is known that it arrived. `false`: it was there before, on a
    /// registry that takes no write of a tag that is there.
    async fn put_until_known(
        &self,
        image: &PinnedRef,
        manifest: &RawManifest,
        tag: &Tag,
        before: Option<Option<Digest>>,
    ) -> Result<bool, RegistryError> {
        let repository = &image.repository;
        let moves = before.is_none_or(|before| before.is_some());
        for write in 1.. {
            let error = match self.put_tag(repository, tag, manifest, moves).await {
                Ok(()) => return Ok(true),
                Err(error) => error,
            };
            let doubt = is_in_doubt(&error);
            if !doubt && !matches!(error, RegistryError::Immutable { .. }) {
                return Err(error);
            }
            if self.tag_now(repository, tag).await? == Some(image.digest) {
                return Ok(doubt);
            }
            if !doubt || write == WRITES_MAX {
                return Err(error);
            }
            tokio::time::sleep(self.transport.retry.delay).await;
        }
        Ok(true)
    }

    /// Writes several tags with one digest, where the registry does that. Returns those that it
    /// confirms; the others are left to be written one by one.
    async fn put_tags(
        &self,
        repository: &Repository,
        manifest: &RawManifest,
        tags: &[&Tag],
    ) -> Result<Vec<Tag>, RegistryError> {
        let mut confirmed = Vec::new();
        if tags.len() < 2 {
            return Ok(confirmed);
        }
        for some in tags.chunks(TAGS_AT_ONCE) {
            if self.ways.tags_digests.fails() {
                break;
            }
            let mut call = self.put_call(repository, Name::Digest(manifest.digest()), manifest)?;
            for tag in some {
                call.url.query_pairs_mut().append_pair("tag", tag.as_str());
            }
            call.idempotent = false;
            // Whatever goes wrong here shows again, and is explained, where tags are written one
            // by one.
            let Ok(response) = self.send(&call).await else {
                break;
            };
            let stated = match response.status().is_success() {
                true => stated_tags(&response),
                false => Vec::new(),
            };
            let all = some.iter().all(|tag| stated.contains(*tag));
            self.ways.tags_digests.seen(all);
            confirmed.extend(stated);
        }
        Ok(confirmed)
    }
}

fn tagged(digest: Digest, tags: &[Tag], writes: Vec<Result<TagWrite, RegistryError>>) -> Tagged {
    Tagged {
        digest,
        tags: tags.iter().cloned().zip(writes).collect(),
    }
}

/// The tags that an answer confirms: a header for each, or one with commas.
fn stated_tags(response: &Response) -> Vec<Tag> {
    let values = response.headers().get_all(OCI_TAG).iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    texts
        .flat_map(|text| text.split(','))
        .filter_map(|tag| tag.trim().parse().ok())
        .collect()
}
