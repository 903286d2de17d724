//! Recording what is signed beside a release's images, before its gates are judged.

use std::collections::BTreeMap;

use liftlock_core::attestation::{Found, wanted};
use liftlock_core::event::Event;
use liftlock_core::policy::Verb;
use liftlock_core::verdict::{Answer, Verdict};
use liftlock_core::{Command, EnvironmentName, ReleaseName, State};
use liftlock_oci::Digest;

use crate::ports::{Clock, Delivery, FoundBeside, Registries, Store};
use crate::{Engine, EngineError, Progress};

/// What a look beside the images of a release came to.
pub(crate) struct Beside {
    /// What could not be looked at, and why.
    unseen: Vec<String>,
}

impl Beside {
    /// Why nothing may be committed on this look; nothing where everything was seen.
    pub(crate) fn verdict(&self) -> Option<Verdict> {
        let reason = (!self.unseen.is_empty()).then(|| self.unseen.join("; "))?;
        let gate = "attestations";
        Some(Verdict::new(gate, gate, Answer::Waiting, reason))
    }
}

/// What was found, each with its envelope, and what could not be looked at.
#[derive(Default)]
struct Looked {
    found: Vec<(Found, Vec<u8>)>,
    unseen: Vec<String>,
}

impl<S: Store, R: Registries, D: Delivery, C: Clock> Engine<S, R, D, C> {
    /// Looks beside a release's images for what an environment's gates want signed, and records
    /// what is new. Where no gate names a key, nothing is asked of any registry.
    ///
    /// What could not be looked at is told, and is in the answer: a promotion that was asked for
    /// stays open, but nothing is committed without having looked, for what was not seen could be
    /// the scan that fails.
    pub(crate) async fn look_beside(
        &self,
        release: &ReleaseName,
        environment: &EnvironmentName,
    ) -> Result<Beside, EngineError> {
        let state = self.state().await?;
        let Looked { found, unseen } = self.found_beside(&state, release, environment).await?;
        if found.is_empty() || !state.policy()?.permits_work(Verb::Promote, &self.actor) {
            return Ok(Beside { unseen });
        }
        let envelopes: BTreeMap<Digest, Vec<u8>> = found
            .iter()
            .map(|(found, envelope)| (found.envelope, envelope.clone()))
            .collect();
        let command = Command::RecordAttested {
            release: release.clone(),
            found: found.into_iter().map(|(found, _)| found).collect(),
            gate: None,
        };
        // What is new is kept before it is recorded; mostly nothing is.
        for event in self.would(&command).await?.events {
            if let Event::EvidenceAdded(content) = event
                && let Some(attested) = content.attested
                && let Some(envelope) = envelopes.get(&attested.envelope)
            {
                self.store.put_blob(envelope).await?;
            }
        }
        self.record(&command, None).await?;
        Ok(Beside { unseen })
    }

    /// The state as it would be once what is signed beside a release's images were recorded.
    pub(crate) async fn as_if_looked_beside(
        &self,
        state: &State,
        release: &ReleaseName,
        environment: &EnvironmentName,
    ) -> Result<Option<State>, EngineError> {
        let found = self.found_beside(state, release, environment).await?.found;
        if found.is_empty() {
            return Ok(None);
        }
        let found = found.into_iter().map(|(found, _)| found).collect();
        let release = release.clone();
        let command = Command::RecordAttested {
            release,
            found,
            gate: None,
        };
        let recorded = self.would_in(state, &command);
        // Whoever may only look is shown the gates as they are recorded.
        Ok(recorded.ok())
    }

    async fn found_beside(
        &self,
        state: &State,
        release: &ReleaseName,
        environment: &EnvironmentName,
    ) -> Result<Looked, EngineError> {
        let mut looked = Looked::default();
        for wanted in wanted(state, release, environment)? {
            match self.attestations.find(&wanted).await {
                Ok(FoundBeside {
                    good: more,
                    refused,
                }) => {
                    looked.found.extend(more);
                    if !refused.is_empty() {
                        self.tell(&Progress::Unattested { reasons: refused });
                    }
                }
                Err(error) => {
                    looked.unseen.push(error.to_string());
                    let reasons = vec![error.to_string()];
                    self.tell(&Progress::Unattested { reasons });
                }
            }
        }
        Ok(looked)
    }
}
