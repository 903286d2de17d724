//! Recording what is signed beside a release's images, before its gates are judged.

use liftlock_core::attestation::{Found, wanted};
use liftlock_core::policy::Verb;
use liftlock_core::{Command, EnvironmentName, ReleaseName, State};

use crate::ports::{Clock, Delivery, FoundBeside, Registries, Store};
use crate::{Engine, EngineError, Progress};

impl<S: Store, R: Registries, D: Delivery, C: Clock> Engine<S, R, D, C> {
    /// Looks beside a release's images for what an environment's gates want signed, and records
    /// what is new. Where no gate names a key, nothing is asked of any registry.
    ///
    /// What cannot be looked at leaves a gate waiting; it is told, and no error: a promotion that
    /// was asked for stays open, and is looked at again.
    pub(crate) async fn look_beside(
        &self,
        release: &ReleaseName,
        environment: &EnvironmentName,
    ) -> Result<(), EngineError> {
        let state = self.state().await?;
        if !state.policy()?.permits(Verb::Promote, &self.actor) {
            return Ok(());
        }
        let found = self.found_beside(&state, release, environment).await?;
        let mut recorded = Vec::with_capacity(found.len());
        for (found, envelope) in found {
            self.store.put_blob(&envelope).await?;
            recorded.push(found);
        }
        if recorded.is_empty() {
            return Ok(());
        }
        let (release, found) = (release.clone(), recorded);
        let command = Command::RecordAttested {
            release,
            found,
            gate: None,
        };
        self.record(&command, None).await?;
        Ok(())
    }

    /// The state as it would be once what is signed beside a release's images were recorded.
    pub(crate) async fn as_if_looked_beside(
        &self,
        state: &State,
        release: &ReleaseName,
        environment: &EnvironmentName,
    ) -> Result<Option<State>, EngineError> {
        let found = self.found_beside(state, release, environment).await?;
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
    ) -> Result<Vec<(Found, Vec<u8>)>, EngineError> {
        let mut good = Vec::new();
        for wanted in wanted(state, release, environment)? {
            match self.attestations.find(&wanted).await {
                Ok(FoundBeside {
                    good: more,
                    refused,
                }) => {
                    good.extend(more);
                    if !refused.is_empty() {
                        self.tell(&Progress::Unattested { reasons: refused });
                    }
                }
                Err(error) => {
                    let reasons = vec![error.to_string()];
                    self.tell(&Progress::Unattested { reasons });
                }
            }
        }
        Ok(good)
    }
}
