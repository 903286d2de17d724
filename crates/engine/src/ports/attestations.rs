//! Attestations, as the engine needs them: found beside images, and put there.

use std::error::Error as StdError;
use std::future::Future;
use std::pin::Pin;

use liftlock_core::attestation::{Found, Stated, Wanted};
use liftlock_core::policy::PublicKey;
use liftlock_core::{KeyName, Time};
use liftlock_oci::PinnedRef;

use super::KeptProof;

/// What becomes of an operation.
pub type Attesting<'a, T> = Pin<Box<dyn Future<Output = Result<T, AttestationError>> + Send + 'a>>;

/// Finds attestations whose signature is good, and makes and attaches new ones.
pub trait Attestations: Send + Sync {
    /// Everything beside an image, in any of its places, that is of a wanted type, about this
    /// image, and signed by one of the type's keys; each statement once. A place that does not
    /// have the image has nothing beside it.
    fn find<'a>(&'a self, wanted: &'a Wanted) -> Attesting<'a, FoundBeside>;

    /// Whether the private half of a key can be used here, or why not, for people.
    fn can_sign<'a>(
        &'a self,
        name: &'a KeyName,
        key: &'a PublicKey,
    ) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;

    /// Signs what is stated about each of its images, and puts it beside the image in each of its
    /// places. What is there already is not put there again. One line on what was done.
    fn attach<'a>(
        &'a self,
        stated: &'a Stated,
        name: &'a KeyName,
        key: &'a PublicKey,
    ) -> Attesting<'a, String>;

    /// Puts the proof of a promotion, which ended at `at`, beside each of these images. What is
    /// there already is not put there again.
    fn attach_proof<'a>(
        &'a self,
        proof: &'a KeptProof,
        at: Time,
        images: &'a [PinnedRef],
    ) -> Attesting<'a, ()>;
}

/// What was found beside an image.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FoundBeside {
    /// What counts, with the bytes of the envelope that holds it.
    pub good: Vec<(Found, Vec<u8>)>,
    /// What is of a wanted type and does not count, and why, for people.
    pub refused: Vec<String>,
}

/// Why attestations could not be looked for or put somewhere.
#[derive(Debug, thiserror::Error)]
#[error("{what} beside {image}: {source}")]
pub struct AttestationError {
    /// What was done.
    pub what: &'static str,
    /// Beside which image.
    pub image: PinnedRef,
    /// Why.
    pub source: Box<dyn StdError + Send + Sync>,
}

/// For a place without keys: nothing is found and nothing can be signed.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoAttestations;

impl Attestations for NoAttestations {
    fn find<'a>(&'a self, _: &'a Wanted) -> Attesting<'a, FoundBeside> {
        Box::pin(std::future::ready(Ok(FoundBeside::default())))
    }

    fn can_sign<'a>(
        &'a self,
        _: &'a KeyName,
        _: &'a PublicKey,
    ) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>> {
        Box::pin(std::future::ready(Err("there are no keys here".to_owned())))
    }

    fn attach<'a>(
        &'a self,
        stated: &'a Stated,
        name: &'a KeyName,
        _: &'a PublicKey,
    ) -> Attesting<'a, String> {
        let image = stated.images.values().flatten().next().cloned();
        Box::pin(async move {
            match image {
                Some(image) => Err(AttestationError {
                    what: "signing",
                    image,
                    source: format!("there is no key {name} here").into(),
                }),
                None => Ok("nothing to sign".to_owned()),
            }
        })
    }

    fn attach_proof<'a>(
        &'a self,
        _: &'a KeptProof,
        _: Time,
        images: &'a [PinnedRef],
    ) -> Attesting<'a, ()> {
        Box::pin(async move {
            match images.first() {
                Some(image) => Err(AttestationError {
                    what: "putting a proof",
                    image: image.clone(),
                    source: "nothing is put beside images here".into(),
                }),
                None => Ok(()),
            }
        })
    }
}
