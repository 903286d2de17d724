//! What was observed is summed for soak. Nothing follows where someone else was first; what no
//! observations can come to is refused.

use super::drift;
use crate::event::Event;
use crate::watching::{Stretch, problem};
use crate::{Actor, Refusal, State, Time};

pub(super) fn decide(
    state: &State,
    stretch: &Stretch,
    actor: &Actor,
    now: Time,
) -> Result<Vec<Event>, Refusal> {
    drift::demand(state.policy()?, actor)?;
    match problem(state, stretch, now) {
        Err(_) => Ok(Vec::new()),
        Ok(None) => Ok(vec![Event::Watched(stretch.clone())]),
        Ok(Some(why)) => Err(Refusal::Invalid {
            what: format!(
                "what was watched of {} in {}",
                stretch.release, stretch.environment
            ),
            message: why.to_owned(),
        }),
    }
}
