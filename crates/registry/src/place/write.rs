//! What is written to a place.

use std::io;

use bytes::Bytes;
use liftlock_oci::{Descriptor, Digest, RawManifest, Repository, Tag};
use reqwest::Url;
use tokio::sync::mpsc::Receiver;

use super::read::blocking;
use super::{Place, PlaceError};
use crate::layout::BlobFile;
use crate::manifests::Name;
use crate::upload::{Begun, BlobWrite, body};

/// How often a tag is read back while the registry shows what was there before.
const READ_BACKS_MAX: u32 = 5;

/// What came of asking to write a blob.
pub(crate) enum Opening {
    /// It is there, without a byte sent.
    There(BlobWrite),
    /// Its bytes are waited for.
    Open(OpenBlob),
}

/// A blob that waits for its bytes. Dropped without them, nothing is kept.
pub(crate) struct OpenBlob(Kind);

enum Kind {
    Upload { place: Place, session: Url },
    File(Box<BlobFile>),
}

impl Place {
    /// Asks to write a blob: mounts it from `from`, a repository of the same registry, or finds
    /// that it is there.
    pub(crate) async fn begin_blob(
        &self,
        blob: &Descriptor,
        from: Option<&Repository>,
        again: bool,
    ) -> Result<Opening, PlaceError> {
        match self {
            Self::Repository { client, repository } => {
                let begun = client.begin_upload(repository, blob, from).await?;
                Ok(self.opening(begun))
            }
            Self::Layout { layout, .. } => {
                let (layout, digest, size) = (layout.clone(), blob.digest, blob.size);
                blocking(move || {
                    if !again && layout.blob_size(digest)? == Some(size) {
                        return Ok(Opening::There(BlobWrite::Present));
                    }
                    let file = layout.begin_blob(digest, size)?;
                    Ok(Opening::Open(OpenBlob(Kind::File(Box::new(file)))))
                })
                .await
            }
            Self::Archive { .. } => Err(self.read_only()),
        }
    }

    /// As [`begin_blob`](Self::begin_blob) in a repository that everybody may write to. `None`
    /// where something has to be shown first, and for files.
    pub(crate) async fn begin_blob_unshown(
        &self,
        blob: &Descriptor,
    ) -> Result<Option<Opening>, PlaceError> {
        let Self::Repository { client, repository } = self else {
            return Ok(None);
        };
        let begun = client.begin_open_upload(repository, blob).await?;
        Ok(begun.map(|begun| self.opening(begun)))
    }

    fn opening(&self, begun: Begun) -> Opening {
        match begun {
            Begun::There(how) => Opening::There(how),
            Begun::Upload(session) => Opening::Open(OpenBlob(Kind::Upload {
                place: self.clone(),
                session,
            })),
        }
    }

    /// Writes a small blob that is in memory and was verified.
    pub(crate) async fn put_small(
        &self,
        blob: &Descriptor,
        bytes: Bytes,
    ) -> Result<BlobWrite, PlaceError> {
        match self {
            Self::Repository { client, repository } => {
                Ok(client.post_blob(repository, blob, bytes).await?)
            }
            Self::Layout { layout, .. } => {
                let layout = layout.clone();
                let written = blocking(move || {
                    let there = layout.blob_size(Digest::of(&bytes))?.is_some();
                    layout.put_blob(&bytes)?;
                    Ok(there)
                });
                Ok(if written.await? {
                    BlobWrite::Present
                } else {
                    BlobWrite::Uploaded
                })
            }
            Self::Archive { .. } => Err(self.read_only()),
        }
    }

    /// Writes a manifest that another one lists.
    pub(crate) async fn put_child(&self, manifest: &RawManifest) -> Result<(), PlaceError> {
        if let Self::Layout { layout, .. } = self {
            // Found through its parent: `index.json` names only what stands for itself.
            let (layout, bytes) = (layout.clone(), manifest.bytes().to_vec());
            return blocking(move || layout.put_blob(&bytes).map(|_| ())).await;
        }
        self.put_manifest(manifest, None).await
    }

    /// Writes a manifest, under a tag or its digest.
    pub(crate) async fn put_manifest(
        &self,
        manifest: &RawManifest,
        tag: Option<&Tag>,
    ) -> Result<(), PlaceError> {
        match self {
            Self::Repository { client, repository } => match tag {
                Some(tag) => Ok(client.put_tag(repository, tag, manifest, true).await?),
                None => {
                    let name = Name::Digest(manifest.digest());
                    Ok(client.put_manifest(repository, name, manifest).await?)
                }
            },
            Self::Layout { layout, .. } => {
                let (layout, manifest) = (layout.clone(), manifest.clone());
                let tag = tag.cloned();
                blocking(move || layout.put_manifest(&manifest, tag.as_ref())).await
            }
            Self::Archive { .. } => Err(self.read_only()),
        }
    }

    /// Writes a manifest that refers to another one, and sees that it is listed.
    pub(crate) async fn put_referrer(&self, manifest: &RawManifest) -> Result<(), PlaceError> {
        match self {
            Self::Repository { client, repository } => {
                client.put_referrer(repository, manifest).await?;
                Ok(())
            }
            _ => self.put_manifest(manifest, None).await,
        }
    }

    /// Reads a tag back until it shows `digest`; some registries show the old one for a while.
    pub(crate) async fn confirm_tag(&self, tag: &Tag, digest: Digest) -> Result<(), PlaceError> {
        let mut delay = self.retry_delay();
        let mut found = None;
        for look in 0..READ_BACKS_MAX {
            if look > 0 {
                tokio::time::sleep(delay).await;
                delay *= 2;
            }
            found = self.manifest_digest(Name::Tag(tag)).await?;
            if found == Some(digest) {
                return Ok(());
            }
        }
        Err(PlaceError::Tag {
            tag: self.named(Name::Tag(tag)),
            found: found.map_or_else(|| "nothing".to_owned(), |found| found.to_string()),
            wanted: digest.to_string(),
            message: "it was written and then read back; someone else may have moved it at the \
                      same time: look who, then run the same again"
                .to_owned(),
        })
    }

    fn read_only(&self) -> PlaceError {
        PlaceError::ReadOnly {
            what: self.to_string(),
        }
    }
}

impl OpenBlob {
    /// Takes the bytes from the channel. An error in it, or its end before the blob's size,
    /// breaks the writing off, and nothing is kept.
    pub(crate) async fn receive(
        self,
        blob: &Descriptor,
        mut chunks: Receiver<io::Result<Bytes>>,
    ) -> Result<(), PlaceError> {
        match self.0 {
            Kind::Upload { place, session } => {
                let Place::Repository { client, repository } = &place else {
                    return Err(place.read_only());
                };
                let body = body(blob.size, chunks);
                client
                    .finish_upload(repository, session, blob, body)
                    .await?;
                Ok(())
            }
            Kind::File(mut file) => {
                let what = blob.digest.to_string();
                blocking(move || {
                    while let Some(chunk) = chunks.blocking_recv() {
                        match chunk {
                            Ok(bytes) => file.write(&bytes)?,
                            Err(error) => return Ok(Err(error.to_string())),
                        }
                    }
                    file.finish().map(Ok)
                })
                .await?
                .map_err(|message| PlaceError::BrokenOff { what, message })
            }
        }
    }
}
