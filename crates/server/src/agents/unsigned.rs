//! Attestations for agents: found, and not made.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use liftlock_core::attestation::{Stated, Wanted};
use liftlock_core::policy::PublicKey;
use liftlock_core::{KeyName, Time};
use liftlock_engine::ports::{Attestations, Attesting, FoundBeside, KeptProof};
use liftlock_oci::PinnedRef;

/// What an agent is to sign would be signed on its host, and agents have no keys: a promotion into
/// an environment that signs is not begun for one.
pub(super) struct Unsigned(pub(super) Arc<dyn Attestations>);

impl Attestations for Unsigned {
    fn find<'a>(&'a self, wanted: &'a Wanted) -> Attesting<'a, FoundBeside> {
        self.0.find(wanted)
    }

    fn can_sign<'a>(
        &'a self,
        _: &'a KeyName,
        _: &'a PublicKey,
    ) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>> {
        let why = "an agent carries this environment out, and agents sign nothing; leave `sign` \
                   to an environment that a server carries out";
        Box::pin(std::future::ready(Err(why.to_owned())))
    }

    fn attach<'a>(
        &'a self,
        stated: &'a Stated,
        name: &'a KeyName,
        key: &'a PublicKey,
    ) -> Attesting<'a, String> {
        self.0.attach(stated, name, key)
    }

    fn attach_proof<'a>(
        &'a self,
        proof: &'a KeptProof,
        at: Time,
        images: &'a [PinnedRef],
    ) -> Attesting<'a, ()> {
        self.0.attach_proof(proof, at, images)
    }
}
