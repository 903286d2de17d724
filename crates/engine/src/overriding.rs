//! Asking for an override: looked at as a promotion is, because one may be opened for it.

use liftlock_core::Command;
use liftlock_core::decide::NewOverride;

use crate::ports::{Clock, Delivery, Registries, Store};
use crate::{Engine, EngineError, Recorded};

impl<S: Store, R: Registries, D: Delivery, C: Clock> Engine<S, R, D, C> {
    /// Asks that a gate be passed by decision; with `dry_run`, only what that would record.
    pub async fn request_override(
        &self,
        new: NewOverride,
        dry_run: bool,
    ) -> Result<Recorded, EngineError> {
        let state = self.state().await?;
        let wanted = &new.wanted;
        let open = state.open_promotion(&wanted.release, &wanted.environment);
        let request = self.request(&wanted.release, &wanted.environment, wanted.older, open);
        let observed = self.observe(&state, &request).await?;
        self.submit_command(&Command::RequestOverride { new, observed }, dry_run)
            .await
    }
}
