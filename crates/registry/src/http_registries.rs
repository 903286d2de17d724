//! The engine's port over HTTP.

mod copied_so_far;
mod copy_image;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use liftlock_engine::ports::{
    CopiedTo, CopyFailed, CopyImage, CopyReport, Registries, RegistryError, Resolved, TagWrite,
    Untagged,
};
use liftlock_oci::{Digest, PinnedRef, Reference, Repository, Tag};

use crate::client::Client;
use crate::manifests::Name;
use crate::options::Options;

/// All registries, by host; a client is made when its host is first named.
/// Clones share their clients, and so what these know.
#[derive(Debug, Clone)]
pub struct HttpRegistries {
    options: Options,
    clients: Arc<Mutex<HashMap<String, Arc<Client>>>>,
}

impl HttpRegistries {
    /// Registries spoken to as `options` say.
    pub fn new(options: Options) -> Self {
        Self {
            options,
            clients: Arc::default(),
        }
    }

    /// The client for the registry at `host`.
    pub fn client(&self, host: &str) -> Result<Arc<Client>, RegistryError> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(host) {
            return Ok(Arc::clone(client));
        }
        let client = Arc::new(Client::new(host, &self.options)?);
        clients.insert(host.to_owned(), Arc::clone(&client));
        Ok(client)
    }
}

impl Registries for HttpRegistries {
    async fn resolve(&self, reference: &Reference) -> Result<Resolved, RegistryError> {
        let client = self.client(reference.repository.host())?;
        client.resolve(reference).await
    }

    async fn tag_digest(
        &self,
        repository: &Repository,
        tag: &Tag,
    ) -> Result<Option<Digest>, RegistryError> {
        let client = self.client(repository.host())?;
        client.manifest_digest(repository, Name::Tag(tag)).await
    }

    async fn is_present(&self, image: &PinnedRef) -> Result<bool, RegistryError> {
        let client = self.client(image.repository.host())?;
        let name = Name::Digest(image.digest);
        let found = client.manifest_digest(&image.repository, name).await?;
        Ok(found == Some(image.digest))
    }

    async fn copy(
        &self,
        request: &CopyImage,
        report: CopyReport,
    ) -> Result<Vec<CopiedTo>, CopyFailed> {
        copy_image::copy_image(self, request, report).await
    }

    async fn write_tag(
        &self,
        image: &PinnedRef,
        tag: &Tag,
        expected: Option<Digest>,
    ) -> Result<TagWrite, RegistryError> {
        let client = self.client(image.repository.host())?;
        client.write_tag(image, tag, expected).await
    }

    async fn remove_tag(
        &self,
        repository: &Repository,
        tag: &Tag,
        ours: Digest,
    ) -> Result<Untagged, RegistryError> {
        let client = self.client(repository.host())?;
        client.remove_tag(repository, tag, ours).await
    }
}
