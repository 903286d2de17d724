//! What is asked of a place.

use liftlock_oci::{Descriptor, Digest, RawManifest, Tag};

use super::blob_reader::Source;
use super::file_chunks::FileChunks;
use super::{BlobReader, Place, PlaceError};
use crate::companion_tags::{CompanionSearch, among};
use crate::layout::LayoutError;
use crate::manifests::Name;

impl Place {
    /// The manifest of this name, its digest verified.
    pub async fn manifest(&self, name: Name<'_>) -> Result<RawManifest, PlaceError> {
        let absent = || PlaceError::Absent {
            what: self.named(name),
        };
        let digest = match (self, name) {
            (Self::Repository { client, repository }, name) => {
                return Ok(client.manifest(repository, name).await?);
            }
            (_, Name::Digest(digest)) => digest,
            (_, Name::Tag(tag)) => self.tag_digest(tag).await?.ok_or_else(absent)?,
        };
        self.in_files(digest).await?.ok_or_else(absent)
    }

    /// The digest of the manifest of this name; `None` where there is none.
    pub async fn manifest_digest(&self, name: Name<'_>) -> Result<Option<Digest>, PlaceError> {
        match (self, name) {
            (Self::Repository { client, repository }, name) => {
                Ok(client.manifest_digest(repository, name).await?)
            }
            (_, Name::Tag(tag)) => self.tag_digest(tag).await,
            (_, Name::Digest(digest)) => Ok(self.in_files(digest).await?.map(|raw| raw.digest())),
        }
    }

    async fn tag_digest(&self, tag: &Tag) -> Result<Option<Digest>, PlaceError> {
        let tag = tag.clone();
        match self {
            Self::Repository { client, repository } => {
                Ok(client.manifest_digest(repository, Name::Tag(&tag)).await?)
            }
            Self::Layout { layout, .. } => {
                let layout = layout.clone();
                blocking(move || layout.tag_digest(&tag)).await
            }
            Self::Archive { archive, .. } => {
                let archive = archive.clone();
                blocking(move || archive.tag_digest(&tag)).await
            }
        }
    }

    /// A manifest that is a file; a repository has none.
    async fn in_files(&self, digest: Digest) -> Result<Option<RawManifest>, PlaceError> {
        match self {
            Self::Repository { .. } => Ok(None),
            Self::Layout { layout, .. } => {
                let layout = layout.clone();
                blocking(move || layout.manifest(digest)).await
            }
            Self::Archive { archive, .. } => {
                let archive = archive.clone();
                blocking(move || archive.manifest(digest)).await
            }
        }
    }

    /// All tags.
    pub async fn tags(&self) -> Result<Vec<Tag>, PlaceError> {
        match self {
            Self::Repository { client, repository } => Ok(client.tags(repository).await?),
            Self::Layout { layout, .. } => {
                let layout = layout.clone();
                blocking(move || layout.tags()).await
            }
            Self::Archive { archive, .. } => {
                let archive = archive.clone();
                blocking(move || archive.tags()).await
            }
        }
    }

    /// The manifests that refer to `subject`.
    pub async fn referrers(&self, subject: Digest) -> Result<Vec<Descriptor>, PlaceError> {
        match self {
            Self::Repository { client, repository } => {
                Ok(client.referrers(repository, subject).await?.descriptors)
            }
            Self::Layout { layout, .. } => {
                let layout = layout.clone();
                blocking(move || layout.referrers(subject)).await
            }
            Self::Archive { archive, .. } => {
                let archive = archive.clone();
                blocking(move || archive.referrers(subject)).await
            }
        }
    }

    /// What the place itself lists as referrers of `subject`: not what a repository keeps under the
    /// fallback tag, which is one of the [`companions`](Self::companions). Nothing where its
    /// registry makes no such list.
    pub(crate) async fn listed_referrers(
        &self,
        subject: Digest,
    ) -> Result<Vec<Descriptor>, PlaceError> {
        match self {
            Self::Repository { client, repository } => {
                let listed = client.own_referrers(repository, subject).await?;
                Ok(listed.unwrap_or_default())
            }
            _ => self.referrers(subject).await,
        }
    }

    /// A search for tags that belong to images by name: cosign's `sha256-<hex>.sig`, `.att` and
    /// `.sbom`, and the fallback tag of referrers, `sha256-<hex>`. `known` is a tag that is there.
    pub(crate) async fn companions<'a>(
        &'a self,
        known: Option<&'a Tag>,
    ) -> Result<Companions<'a>, PlaceError> {
        Ok(match self {
            Self::Repository { client, repository } => {
                Companions::Searched(CompanionSearch::new(client, repository, known))
            }
            _ => Companions::Among(self.tags().await?),
        })
    }

    /// Opens a blob to read all of it.
    pub async fn open_blob(&self, blob: &Descriptor) -> Result<BlobReader, PlaceError> {
        let what = self.named(Name::Digest(blob.digest));
        let digest = blob.digest;
        let source = match self {
            Self::Repository { client, repository } => {
                Source::Http(Box::new(client.open_blob(repository, blob).await?))
            }
            Self::Layout { layout, .. } => {
                let layout = layout.clone();
                let file = blocking(move || layout.open_blob(digest)).await?;
                let (file, _) = file.ok_or(PlaceError::Absent { what: what.clone() })?;
                Source::File(FileChunks::new(what.clone(), Box::new(file)))
            }
            Self::Archive { archive, .. } => {
                let archive = archive.clone();
                let file = blocking(move || archive.open_blob(digest)).await?;
                let (file, _) = file.ok_or(PlaceError::Absent { what: what.clone() })?;
                Source::File(FileChunks::new(what.clone(), Box::new(file)))
            }
        };
        Ok(BlobReader::new(what, blob, source))
    }

    /// `place:tag` or `place@digest`.
    pub fn named(&self, name: Name<'_>) -> String {
        match name {
            Name::Tag(tag) => format!("{self}:{tag}"),
            Name::Digest(digest) => format!("{self}@{digest}"),
        }
    }
}

/// Where companions are looked for.
pub(crate) enum Companions<'a> {
    /// In a repository.
    Searched(CompanionSearch<'a>),
    /// In files, whose tags these are.
    Among(Vec<Tag>),
}

impl Companions<'_> {
    /// The companions of `subjects`, each with its subject.
    pub(crate) async fn of(
        &mut self,
        subjects: &[Digest],
    ) -> Result<Vec<(Tag, Digest)>, PlaceError> {
        match self {
            Self::Searched(search) => Ok(search.of(subjects).await?),
            Self::Among(tags) => Ok(among(subjects, tags)),
        }
    }
}

/// Runs work on files beside the runtime.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LayoutError> + Send + 'static,
) -> Result<T, PlaceError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => Ok(result?),
        Err(error) => Err(PlaceError::BrokenOff {
            what: "work on files".to_owned(),
            message: error.to_string(),
        }),
    }
}
