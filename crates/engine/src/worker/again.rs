//! When a pipeline is looked at again by itself.

use liftlock_core::attestation::wanted;
use liftlock_core::decide::automatic_newest;
use liftlock_core::{Span, State, Time};

use super::Pace;
use crate::TickReport;

/// The next instant at which time alone can change something in a pipeline that was just looked at,
/// and the one at which it is looked whether something else has; neither where only a record or a
/// hint can change anything.
pub fn again(report: &TickReport, now: Time, pace: &Pace) -> (Option<Time>, Option<Time>) {
    let state = &report.state;
    let after = |wanted: bool, span: Span| wanted.then(|| now + span);
    let under_way = state.open_promotions().any(|p| p.is_under_way());
    let expire = state
        .open_promotions()
        .filter(|p| !p.is_under_way())
        .map(|p| p.request.expires_at);
    let next = report.next.into_iter().chain(expire.min()).min();
    let look = [
        after(under_way, pace.elsewhere),
        after(waits_for_a_signature(report), pace.beside_every),
        after(is_worth_a_look(state), pace.look_every),
    ]
    .into_iter()
    .flatten()
    .min();
    (next, look)
}

fn waits_for_a_signature(report: &TickReport) -> bool {
    report.waiting.iter().any(|waiting| {
        let wanted = wanted(&report.state, &waiting.release, &waiting.environment);
        wanted.is_ok_and(|wanted| !wanted.is_empty())
    })
}

/// Whether something could be otherwise than recorded, or become possible, without an event.
fn is_worth_a_look(state: &State) -> bool {
    let Ok(policy) = state.policy() else {
        return false;
    };
    policy.environments.iter().any(|environment| {
        let name = &environment.name;
        state.environment(name).current.is_some() || !automatic_newest(state, name, 1).is_empty()
    })
}
