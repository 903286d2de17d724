//! What lies signed beside images, and a key that cannot be used at times.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;

use liftlock_core::attestation::{Details, Found, Stated, Wanted};
use liftlock_core::policy::PublicKey;
use liftlock_core::{KeyName, Time};
use liftlock_engine::ports::{AttestationError, Attestations, Attesting, FoundBeside, KeptProof};
use liftlock_oci::{Digest, PinnedRef};

use super::Line;
use super::registries::SimulatedRegistries;
use crate::generate::is;
use crate::registry::Signed;

/// Attestations as one process finds and makes them.
pub(crate) struct SimulatedAttestations(pub(crate) Line);

impl Attestations for SimulatedAttestations {
    fn find<'a>(&'a self, wanted: &'a Wanted) -> Attesting<'a, FoundBeside> {
        Box::pin(self.look(wanted))
    }

    fn can_sign<'a>(
        &'a self,
        name: &'a KeyName,
        _: &'a PublicKey,
    ) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>> {
        Box::pin(async move {
            self.0.blink().await;
            match self.0.world.with(|world| world.hub.keyless) {
                true => Err(format!("the key {name} is not here")),
                false => Ok(()),
            }
        })
    }

    fn attach<'a>(
        &'a self,
        stated: &'a Stated,
        name: &'a KeyName,
        key: &'a PublicKey,
    ) -> Attesting<'a, String> {
        Box::pin(self.sign(stated, name, key))
    }

    /// No process here has a log to prove anything with.
    fn attach_proof<'a>(
        &'a self,
        proof: &'a KeptProof,
        _: Time,
        _: &'a [PinnedRef],
    ) -> Attesting<'a, ()> {
        Box::pin(async move {
            let judged = Err(format!("{} is proven by nothing", proof.promotion));
            self.0.world.with(|world| world.hold(judged));
            Ok(())
        })
    }
}

impl SimulatedAttestations {
    fn registries(&self) -> SimulatedRegistries {
        SimulatedRegistries(self.0.clone())
    }

    /// Whatever counts, by the words of the port: of a wanted type, about this manifest, with a
    /// good signature of one of the type's keys; each statement once.
    async fn look(&self, wanted: &Wanted) -> Result<FoundBeside, AttestationError> {
        let mut beside = FoundBeside::default();
        let mut seen = BTreeSet::new();
        for place in &wanted.places {
            let asked = self.registries().ask(&place.repository).await;
            asked.map_err(|error| failed("looking", place, error))?;
            let there = self
                .0
                .world
                .with(|world| world.hub.signed_beside(wanted.image, place));
            self.0.travel().await;
            for one in there {
                let Some(keys) = wanted.types.get(&one.found.predicate) else {
                    continue;
                };
                let known = keys.iter().any(|key| key.fingerprint() == one.found.key);
                if !known || !one.good || one.about != place.digest {
                    beside.refused.push(format!("{place}: does not count"));
                } else if seen.insert((one.found.statement, one.found.key)) {
                    let envelope = one.found.envelope.to_string().into_bytes();
                    beside.good.push((one.found, envelope));
                }
            }
        }
        Ok(beside)
    }

    async fn sign(
        &self,
        stated: &Stated,
        name: &KeyName,
        key: &PublicKey,
    ) -> Result<String, AttestationError> {
        self.0.world.with(|world| {
            let process = self.0.process;
            let judged = world
                .judge
                .signing(stated, (name, key), process, &world.records);
            world.hold(judged);
            world.statistics.count("key: signed with");
        });
        for (image, places) in &stated.images {
            for place in places {
                let asked = self.registries().ask(&place.repository).await;
                asked.map_err(|error| failed("signing", place, error))?;
                self.0.world.with(|world| {
                    world.hub.sign(place, signed(stated, place.digest, key));
                    world.tell(|| format!("registry: {image} at {place} is signed"));
                });
                let answered = self.registries().answer(&place.repository).await;
                answered.map_err(|error| failed("signing", place, error))?;
            }
        }
        Ok("signed".to_owned())
    }
}

/// What the product states of an image. Nobody looks for its type.
fn signed(stated: &Stated, image: Digest, key: &PublicKey) -> Signed {
    let what = match stated.details {
        Details::Admitted(_) => "admitted",
        Details::Verified(_) => "verified",
    };
    let statement = Digest::of(format!("{stated:?}").as_bytes());
    let found = Found {
        image,
        statement,
        subjects: vec![image],
        envelope: statement,
        predicate: is(&format!("https://liftlock.example/{what}")),
        key: key.fingerprint(),
        content: serde_json::Value::Null,
        report: None,
    };
    Signed {
        found,
        about: image,
        good: true,
    }
}

fn failed(
    what: &'static str,
    image: &PinnedRef,
    error: liftlock_engine::ports::RegistryError,
) -> AttestationError {
    AttestationError {
        what,
        image: image.clone(),
        source: Box::new(error),
    }
}
