//! The port.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use liftlock_core::attestation::{Stated, Wanted};
use liftlock_core::policy::PublicKey;
use liftlock_core::{KeyName, Time};
use liftlock_engine::ports::{AttestationError, Attestations, Attesting, FoundBeside, KeptProof};
use liftlock_oci::PinnedRef;
use liftlock_registry::attestations::{Forms, attach};
use liftlock_registry::{HttpRegistries, Place};

use crate::find::find;
use crate::keys::{Keys, Opened};
use crate::proofs;
use crate::statements::{Beside, statements};

/// Attestations in registries, signed with the keys there are.
pub struct Attestor {
    registries: HttpRegistries,
    keys: Opened,
}

impl Attestor {
    /// Over `registries`, with the private keys that `keys` has.
    pub fn new(registries: HttpRegistries, keys: Arc<dyn Keys>) -> Self {
        Self {
            registries,
            keys: Opened::new(keys),
        }
    }

    pub(crate) fn place(&self, image: &PinnedRef) -> Result<Place, AttestationError> {
        let client = self.registries.client(image.repository.host());
        let client = client.map_err(|source| AttestationError {
            what: "looking",
            image: image.clone(),
            source: Box::new(source),
        })?;
        Ok(Place::Repository {
            client,
            repository: image.repository.clone(),
        })
    }

    async fn sign(
        &self,
        stated: &Stated,
        name: &KeyName,
        public: &PublicKey,
    ) -> Result<String, AttestationError> {
        let Some(first) = stated.images.values().flatten().next() else {
            return Ok("nothing to sign".to_owned());
        };
        let failed = |image: &PinnedRef, source| AttestationError {
            what: "signing",
            image: image.clone(),
            source,
        };
        let key = self.keys.get(name, public).await;
        let key = key.map_err(|why| failed(first, why.into()))?;
        let mut count = 0;
        let mut places = 0;
        for Beside {
            image,
            attestations,
        } in statements(stated, &key).map_err(|why| failed(first, why.into()))?
        {
            let place = self.place(&image)?;
            attach(&place, image.digest, &attestations, Forms::Both)
                .await
                .map_err(|error| failed(&image, Box::new(error)))?;
            count += attestations.len();
            places += 1;
        }
        let attestations = if count == 1 {
            "attestation"
        } else {
            "attestations"
        };
        Ok(match places {
            1 => format!("{count} {attestations} by {}", public.fingerprint().short()),
            _ => format!(
                "{count} {attestations} in {places} places by {}",
                public.fingerprint().short()
            ),
        })
    }
}

impl Attestations for Attestor {
    fn find<'a>(&'a self, wanted: &'a Wanted) -> Attesting<'a, FoundBeside> {
        Box::pin(find(self, wanted))
    }

    fn can_sign<'a>(
        &'a self,
        name: &'a KeyName,
        key: &'a PublicKey,
    ) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>> {
        Box::pin(async move { self.keys.get(name, key).await.map(drop) })
    }

    fn attach<'a>(
        &'a self,
        stated: &'a Stated,
        name: &'a KeyName,
        key: &'a PublicKey,
    ) -> Attesting<'a, String> {
        Box::pin(self.sign(stated, name, key))
    }

    fn attach_proof<'a>(
        &'a self,
        proof: &'a KeptProof,
        at: Time,
        images: &'a [PinnedRef],
    ) -> Attesting<'a, ()> {
        Box::pin(proofs::attach(self, proof, at, images))
    }
}
