//! The two halves of an agent's work: the agent carries out, and the server that it works for
//! decides what, and records it.

use liftlock_core::event::Event;
use liftlock_core::handed::Handed;
use liftlock_core::promotion::Status;
use liftlock_core::{Command, EnvironmentName, PromotionId, Refusal, State};

use crate::ports::{Central, Clock, Delivery, Fence, Registries, Store};
use crate::{Engine, EngineError, Recorded};

impl<S: Store, R: Registries, D: Delivery, C: Clock> Engine<S, R, D, C> {
    /// Decides, at a server, what an agent that holds the environment's lease is to carry out there
    /// now: what was left behind, what an incident makes necessary, or what waits and may go on. It
    /// is recorded, and nothing of it is carried out.
    ///
    /// # Errors
    /// Where the state or a registry cannot be asked. A promotion whose gates do not pass is none.
    pub async fn take_up(
        &self,
        environment: &EnvironmentName,
        fence: &Fence,
    ) -> Result<Option<PromotionId>, EngineError> {
        let left = self.resume_under(environment, fence).await?;
        if left.is_some() {
            return Ok(left);
        }
        let returned = self.return_under(environment, fence).await?;
        if returned.is_some() {
            return Ok(returned);
        }
        for id in waiting(&*self.state().await?, environment) {
            match self.commit_looked_beside(id, environment, fence).await {
                Ok(true) => return Ok(Some(id)),
                Ok(false) => {}
                Err(EngineError::Refused(refusal)) => match *refusal {
                    Refusal::Blocked { .. } => {}
                    refusal => return Err(refusal.into()),
                },
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// What is signed beside the images is looked at first, as always before a commit.
    async fn commit_looked_beside(
        &self,
        id: PromotionId,
        environment: &EnvironmentName,
        fence: &Fence,
    ) -> Result<bool, EngineError> {
        let state = self.state().await?;
        let Some(promotion) = state.promotions.get(&id) else {
            return Ok(false);
        };
        if !promotion.is_rollback() {
            let release = &promotion.request.release;
            let looked = self.look_beside(release, environment).await?;
            if looked.verdict().is_some() {
                return Ok(false);
            }
        }
        let tried = self.commit_under((id, environment), None, fence).await?;
        Ok(tried.is_none())
    }

    /// Hands a command in that is an agent's to say; every other is refused here already.
    pub(crate) async fn handed_in(
        &self,
        central: &dyn Central,
        command: &Command,
        fence: Option<&Fence>,
    ) -> Result<Recorded, EngineError> {
        let handed = Handed::of(command).ok_or_else(|| self.not_an_agents())?;
        let state = self.state().await?;
        let environment = handed.environment(&state).cloned();
        let environment = environment.ok_or_else(|| self.not_an_agents())?;
        let pipeline = &self.pipeline;
        let events: Vec<Event> = central
            .hand_in(pipeline, &environment, handed, fence)
            .await?;
        let state = self.state().await?;
        Ok(Recorded { events, state })
    }

    pub(crate) fn not_an_agents(&self) -> EngineError {
        EngineError::from(Refusal::NotAllowed {
            actor: self.actor.clone(),
            what: "do that".to_owned(),
            who: "an agent says what it did and saw, and its server decides the rest".to_owned(),
        })
    }
}

fn waiting(state: &State, environment: &EnvironmentName) -> Vec<PromotionId> {
    let open = state.open_promotions();
    open.filter(|of| of.status == Status::Waiting && of.request.environment == *environment)
        .map(|of| of.request.id)
        .collect()
}
