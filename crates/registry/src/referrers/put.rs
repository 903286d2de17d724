//! Writing a referrer, so that it is found.

use liftlock_engine::ports::RegistryError;
use liftlock_oci::{Descriptor, Digest, ManifestError, RawManifest, Repository};

use super::ReferrersBy;
use crate::client::Client;
use crate::failure::{content, refusal};
use crate::manifests::Name;
use crate::transport::response::Response;

/// The header in which a registry says that it lists a manifest as a referrer of this subject
/// (distribution specification, "Pushing Manifests with Subject").
const OCI_SUBJECT: &str = "oci-subject";

/// How often the list is read while it does not show what the registry said it would.
const READ_BACKS_MAX: u32 = 5;

impl Client {
    /// Writes a manifest that has a subject, by its digest, and makes sure that it is listed:
    /// the registry's word for it is taken only if its list then shows it; otherwise it is added
    /// to the list under the fallback tag. A manifest without a subject is a content error.
    pub async fn put_referrer(
        &self,
        repository: &Repository,
        manifest: &RawManifest,
    ) -> Result<ReferrersBy, RegistryError> {
        let name = Name::Digest(manifest.digest());
        let what = name.of(repository);
        let unread = |error: ManifestError| content(&what, error.to_string());
        let parsed = manifest.parse().map_err(unread)?;
        let Some(subject) = parsed.subject().map(|subject| subject.digest) else {
            return Err(content(&what, "it has no subject"));
        };
        let entry = manifest.referrer_descriptor().map_err(unread)?;
        let call = self.put_call(repository, name, manifest)?;
        let response = self.send(&call).await?;
        if !response.status().is_success() {
            return Err(refusal(self.host(), &what, response).await);
        }
        self.check_stated(&response, manifest)?;
        self.remember(repository, manifest);
        let promised = stated_subject(&response) == Some(subject);
        if self
            .is_listed(repository, subject, &entry, promised)
            .await?
        {
            return Ok(ReferrersBy::Api);
        }
        self.add_to_fallback_tag(repository, subject, &entry)
            .await?;
        Ok(ReferrersBy::FallbackTag)
    }

    /// Whether the registry's own list shows the referrer; some lists are stale for a while.
    async fn is_listed(
        &self,
        repository: &Repository,
        subject: Digest,
        entry: &Descriptor,
        promised: bool,
    ) -> Result<bool, RegistryError> {
        let reads = match (promised, self.ways.lists_referrers.works()) {
            (true, _) => READ_BACKS_MAX,
            (false, true) => 1,
            (false, false) => return Ok(false),
        };
        let mut delay = self.transport.retry.delay;
        for read in 1..=reads {
            let listed = self.listed_referrers(repository, subject).await?;
            let Some(listed) = listed else {
                return Ok(false);
            };
            if listed.iter().any(|d| d.digest == entry.digest) {
                return Ok(true);
            }
            if read < reads {
                tokio::time::sleep(delay).await;
                delay *= 2;
            }
        }
        Ok(false)
    }
}

fn stated_subject(response: &Response) -> Option<Digest> {
    let value = response.headers().get(OCI_SUBJECT)?;
    value.to_str().ok()?.trim().parse().ok()
}
