//! `cancel`: a waiting promotion is called off, by who asked for it or whom the policy lets; and
//! one whose tags cannot be put back is given up, with an incident that names them.

use super::{approve, outcome, text};
use crate::event::Event;
use crate::plan::Step;
use crate::policy::Verb;
use crate::promotion::{Outcome, Promotion, Status};
use crate::{Actor, EnvironmentName, Refusal, ReleaseName, State};

/// The most tags that are named.
const TAGS_MAX: usize = 10;

pub(super) fn decide(
    state: &State,
    place: (&ReleaseName, &EnvironmentName),
    reason: &str,
    actor: &Actor,
) -> Result<Vec<Event>, Refusal> {
    let policy = state.policy()?;
    let open = state.open_promotion(place.0, place.1);
    let stuck = open.and_then(|promotion| Some((promotion, given_up_as(promotion)?)));
    let promotion = match stuck {
        Some((promotion, _)) => promotion,
        None => approve::waiting(state, place)?,
    };
    let own = policy.counts(actor)
        && policy.person(&promotion.requested_by.identity) == policy.person(&actor.identity);
    if !own && !policy.permits(Verb::Cancel, actor) {
        return Err(Refusal::not_allowed(policy, Verb::Cancel, actor));
    }
    let reason = text::reason(reason)?;
    if let Some((promotion, why)) = stuck.as_ref() {
        return Ok(outcome::given_up(
            state,
            promotion,
            &format!("{why}{reason}"),
        ));
    }
    let outcome = Outcome::Cancelled { reason };
    Ok(vec![Event::PromotionEnded {
        promotion: promotion.request.id,
        outcome,
    }])
}

/// How the end of a promotion that is given up while its tags are put back begins; after it comes
/// who gave it up says why. `None` for any other promotion.
pub(crate) fn given_up_as(promotion: &Promotion) -> Option<String> {
    let Status::Reverting {
        reason,
        steps,
        journal,
    } = &promotion.status
    else {
        return None;
    };
    let left = (0..).zip(steps).filter(|(n, _)| !journal.is_done(*n));
    let left: Vec<String> = left
        .filter_map(|(_, step)| match step {
            Step::Restore {
                repository, tag, ..
            } => Some(format!("{repository}:{tag}")),
            _ => None,
        })
        .collect();
    let mut named = left.iter().take(TAGS_MAX).cloned().collect::<Vec<_>>();
    if left.len() > TAGS_MAX {
        named.push(format!("{} more", left.len() - TAGS_MAX));
    }
    let named = named.join(", ");
    Some(format!("{reason}; not put back: {named}; given up: "))
}

impl Promotion {
    /// Whether [`crate::Command::Cancel`] gives it up: its tags are being put back.
    pub fn can_be_given_up(&self) -> bool {
        matches!(self.status, Status::Reverting { .. })
    }
}
