//! `policy apply`: the owners of the policy in force may replace it; the first one is adopted by
//! whoever makes the state.

use crate::event::Event;
use crate::{Actor, Policy, Refusal, State};

pub(super) fn decide(state: &State, policy: &Policy, actor: &Actor) -> Result<Vec<Event>, Refusal> {
    if let Some(problem) = policy.problems().first() {
        return Err(Refusal::Policy(problem.message.clone()));
    }
    let digest = policy.digest();
    if let Some(adopted) = &state.adopted {
        if adopted.digest == digest {
            return Ok(Vec::new());
        }
        if adopted.policy.pipeline != policy.pipeline {
            return Err(Refusal::Invalid {
                what: format!("the pipeline {}", policy.pipeline),
                message: format!("cannot replace the policy of {}", adopted.policy.pipeline),
            });
        }
        if !adopted.policy.is_owner(actor) {
            let owners: Vec<_> = adopted
                .policy
                .members(&adopted.policy.owners)
                .into_iter()
                .collect();
            return Err(Refusal::NotAllowed {
                actor: actor.clone(),
                what: "change the policy".to_owned(),
                who: format!("its owners may: {}", owners.join(", ")),
            });
        }
    }
    Ok(vec![Event::PolicyAdopted {
        digest,
        policy: Box::new(policy.clone()),
    }])
}
