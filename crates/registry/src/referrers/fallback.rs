//! The list of referrers that clients keep under a tag (distribution specification, "Referrers
//! Tag Schema").

use liftlock_engine::ports::RegistryError;
use liftlock_oci::{Content, Descriptor, Digest, RawManifest, Repository, Tag, media_types};
use serde_json::{Value, json};

use super::list::list_of;
use crate::auth::scope::Access;
use crate::client::Client;
use crate::failure::content;
use crate::manifests::Name;
use crate::one_writer::alone_with;

/// How often the list is written again where somebody else's write took ours away.
const WRITES_MAX: u32 = 8;

impl Client {
    /// The list under the fallback tag; empty where there is no such tag.
    pub(super) async fn tagged_referrers(
        &self,
        repository: &Repository,
        subject: Digest,
    ) -> Result<Vec<Descriptor>, RegistryError> {
        match self
            .fallback_list(repository, subject, Access::Pull)
            .await?
        {
            Some(list) => entries(&list_of(repository, subject), &list),
            None => Ok(Vec::new()),
        }
    }

    /// Adds a referrer to the list under the fallback tag, and reads it back: no registry keeps
    /// two writers apart. In this process they are, and one that another process overtook merges
    /// again.
    pub(super) async fn add_to_fallback_tag(
        &self,
        repository: &Repository,
        subject: Digest,
        entry: &Descriptor,
    ) -> Result<(), RegistryError> {
        let what = list_of(repository, subject);
        let tag = fallback_tag(subject)?;
        let mut delay = self.transport.retry.delay;
        let _alone = alone_with(what.clone(), self.locks_folder.as_deref()).await;
        for write in 0..=WRITES_MAX {
            let list = self
                .fallback_list(repository, subject, Access::Push)
                .await?;
            if let Some(list) = &list
                && entries(&what, list)?
                    .iter()
                    .any(|e| e.digest == entry.digest)
            {
                return Ok(());
            }
            if write == WRITES_MAX {
                break;
            }
            if write > 1 {
                tokio::time::sleep(delay).await;
                delay *= 2;
            }
            let longer = with_entry(&what, list.as_ref(), entry)?;
            self.put_manifest(repository, Name::Tag(&tag), &longer)
                .await?;
        }
        let message = format!("{WRITES_MAX} writes of it were lost to other writers; try again");
        Err(content(what, message))
    }

    async fn fallback_list(
        &self,
        repository: &Repository,
        subject: Digest,
        access: Access,
    ) -> Result<Option<RawManifest>, RegistryError> {
        let tag = fallback_tag(subject)?;
        let name = Name::Tag(&tag);
        match self.manifest_for(repository, name, access).await {
            Ok(list) => Ok(Some(list)),
            Err(RegistryError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn fallback_tag(subject: Digest) -> Result<Tag, RegistryError> {
    let name = format!("sha256-{}", subject.hex());
    name.parse()
        .map_err(|error: liftlock_oci::TagError| content(name, error.to_string()))
}

fn entries(what: &str, list: &RawManifest) -> Result<Vec<Descriptor>, RegistryError> {
    match list.parse() {
        Ok(Content::Index(index)) => Ok(index.manifests),
        Ok(Content::Manifest(_)) => Err(content(what, "its tag names an image, not an index")),
        Err(error) => Err(content(what, error.to_string())),
    }
}

/// The list with one more entry. What others wrote into it stays as it is, known here or not.
fn with_entry(
    what: &str,
    list: Option<&RawManifest>,
    entry: &Descriptor,
) -> Result<RawManifest, RegistryError> {
    let bad = |error: serde_json::Error| content(what, error.to_string());
    let mut index: Value = match list {
        Some(list) => serde_json::from_slice(list.bytes()).map_err(bad)?,
        None => json!({
            "schemaVersion": 2,
            "mediaType": media_types::OCI_INDEX,
            "manifests": [],
        }),
    };
    let entry = serde_json::to_value(entry).map_err(bad)?;
    match index.get_mut("manifests").and_then(Value::as_array_mut) {
        Some(manifests) => manifests.push(entry),
        None => return Err(content(what, "it lists no manifests")),
    }
    let bytes = serde_json::to_vec(&index).map_err(bad)?;
    let media_type = list.map_or(media_types::OCI_INDEX, RawManifest::media_type);
    RawManifest::new(bytes, media_type, None).map_err(|error| content(what, error.to_string()))
}
