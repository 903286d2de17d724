//! What is live and signed: what a new key has to state again.

use super::stated::{Stated, stated};
use crate::plan::Step;
use crate::policy::Environment;
use crate::promotion::Promotion;
use crate::{EnvironmentName, KeyName, ReleaseName, State};

/// The release that is current in an environment that signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    /// The environment.
    pub environment: EnvironmentName,
    /// The release.
    pub release: ReleaseName,
    /// What was signed about it when it came in, in that order; nothing where something speaks
    /// against it.
    pub statements: Vec<Signed>,
    /// Why nothing is stated about it again.
    pub against: Option<String>,
}

/// A statement that was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The step of its promotion that signed it.
    pub step: u32,
    /// What is stated.
    pub stated: Stated,
}

/// What is current in each environment that signs with the key of this name, and was signed. A
/// rollback signs nothing: what was signed when the release came in still tells of it. A release
/// that does not stand any more is not stated again, for a new signature would say that it does.
pub fn live(state: &State, key: &KeyName) -> Vec<Live> {
    let Ok(policy) = state.policy() else {
        return Vec::new();
    };
    let signing = policy.environments.iter();
    let signing = signing.filter(|environment| environment.sign.as_ref() == Some(key));
    signing
        .filter_map(|environment| in_environment(state, environment))
        .collect()
}

fn in_environment(state: &State, environment: &Environment) -> Option<Live> {
    let name = &environment.name;
    let there = state.environments.get(name)?;
    let current = there.current.as_ref()?;
    let release = current.release.clone();
    let withdrawn = there.withdrawn.get(&release);
    let against = withdrawn
        .map(|withdrawn| format!("it was withdrawn: {}", withdrawn.reason))
        .or_else(|| {
            let verdict = state.evidence_against(name, &release)?;
            Some(format!("{}: {}", verdict.gate, verdict.reason))
        })
        .or_else(|| (!current.verified).then(|| "it is not verified there".to_owned()));
    let statements = match against {
        Some(_) => Vec::new(),
        None => signed(state, came_in(state, name, &release)?),
    };
    Some(Live {
        environment: name.clone(),
        release,
        statements,
        against,
    })
}

/// The last promotion that brought the release in and signed something.
fn came_in<'s>(
    state: &'s State,
    environment: &EnvironmentName,
    release: &ReleaseName,
) -> Option<&'s Promotion> {
    let promotions = state.promotions.values();
    promotions.rev().find(|promotion| {
        promotion.request.environment == *environment
            && promotion.request.release == *release
            && !promotion.is_rollback()
            && !signed_steps(promotion).is_empty()
    })
}

fn signed(state: &State, promotion: &Promotion) -> Vec<Signed> {
    let steps = signed_steps(promotion).into_iter();
    steps
        .filter_map(|step| {
            let stated = stated(state, promotion, step)?;
            Some(Signed { step, stated })
        })
        .collect()
}

/// The steps that signed something, and were carried out.
fn signed_steps(promotion: &Promotion) -> Vec<u32> {
    let Some(plan) = &promotion.plan else {
        return Vec::new();
    };
    let was_done = |step: &u32| {
        let record = promotion.journal.0.get(step);
        record.is_some_and(|record| record.ended.as_ref().is_some_and(|end| end.done))
    };
    let signing = (0u32..).zip(&plan.steps);
    let signing = signing.filter(|(_, step)| matches!(step, Step::Sign { .. }));
    signing.map(|(at, _)| at).filter(was_done).collect()
}
