//! Signs what a promotion states, and puts it beside its images.

use liftlock_core::KeyName;
use liftlock_core::attestation::Stated;
use liftlock_core::decide::StepResult;
use liftlock_core::policy::PublicKey;

use crate::execute::{done, not_done};
use crate::ports::Attestations;

pub(super) async fn run(
    attestations: &dyn Attestations,
    stated: &Stated,
    (name, key): (&KeyName, &PublicKey),
) -> StepResult {
    match attestations.attach(stated, name, key).await {
        Ok(summary) => done(summary),
        Err(error) => not_done(error.to_string()),
    }
}
