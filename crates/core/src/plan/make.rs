//! From a request, the state and what was seen, to a plan.

use liftlock_oci::Digest;

use super::{Plan, bring, images, steps, tags};
use crate::gates;
use crate::observed::{Needs, Observed, Source};
use crate::policy::{Environment, IdentityMode, SEMANTICS_VERSION};
use crate::promotion::{Kind, Promotion};
use crate::verdict::Verdict;
use crate::{Actor, EnvironmentName, KeyName, Policy, Refusal, Release, ReleaseName, State, Time};

/// What is to be planned.
#[derive(Debug, Clone)]
pub struct PlanRequest<'a> {
    /// The release.
    pub release: &'a ReleaseName,
    /// The environment.
    pub environment: &'a EnvironmentName,
    /// Why.
    pub kind: Kind,
    /// Whether a release created before the current one is wanted.
    pub older: bool,
    /// The promotion this is for, where one is open.
    pub promotion: Option<&'a Promotion>,
    /// Who asks, where no promotion is open yet.
    pub requester: &'a Actor,
}

/// What must be looked at before [`plan`].
pub fn needs(state: &State, request: &PlanRequest<'_>, now: Time) -> Result<Needs, Refusal> {
    let (policy, environment, release) = subjects(state, request)?;
    let targets = tags::targets(policy, environment, release, &request.kind, now)?;
    let built = release.content.pinned();
    let mut needs = Needs {
        tags: targets
            .into_iter()
            .map(|target| (target.image.repository, target.tag))
            .collect(),
        ..Needs::default()
    };
    for (key, places) in bring::places(environment, release)? {
        let image = built[&key].clone();
        if !places.contains(&image) {
            // A rollback has to work without the registry that the images were built into.
            let unless = match request.kind {
                Kind::Promote => Vec::new(),
                Kind::Rollback { .. } => places.clone(),
            };
            needs.sources.push(Source { image, unless });
        }
        needs.images.extend(places);
    }
    if let Some(key) = environment.sign.as_ref()
        && let Some(public) = policy.keys.get(key)
        && request.kind == Kind::Promote
    {
        needs.keys.push((key.clone(), public.clone()));
    }
    Ok(needs)
}

/// Each gate's verdict at `now`. No gate asks a registry anything, so nothing has to be looked at.
pub fn verdicts(
    state: &State,
    request: &PlanRequest<'_>,
    now: Time,
) -> Result<Vec<Verdict>, Refusal> {
    let (policy, environment, release) = subjects(state, request)?;
    Ok(gates::verdicts(
        state,
        policy,
        environment,
        release,
        request,
        now,
    ))
}

/// Makes the plan, with each gate's verdict at `now`. What refuses here could never work, whatever
/// the gates say; what the gates say is in the plan's verdicts.
pub fn plan(
    state: &State,
    request: &PlanRequest<'_>,
    observed: &Observed,
    now: Time,
) -> Result<Plan, Refusal> {
    let (policy, environment, release) = subjects(state, request)?;
    not_older(state, request, release)?;
    let brought = bring::brought(environment, release, observed)?;
    let targets = tags::targets(policy, environment, release, &request.kind, now)?;
    let writes = tags::writes(&targets, observed)?;
    let mut notices = tags::moved_by_others(state, environment, observed);
    notices.extend(bring::notices(release, &brought, observed));
    notices.extend(images::notices(policy, environment, release));
    if let Some((key, why)) = unsigned(policy, environment, request, observed) {
        notices.push(format!("cannot sign with {key}: {why}"));
    }
    if policy.identity == IdentityMode::Claimed {
        notices.push(
            "identities are claimed: whoever can write the state can act as anyone".to_owned(),
        );
    }
    let (images, also_in) = steps::deployed(&brought);
    let steps = bring::steps(policy, release, &request.kind, &brought);
    Ok(Plan {
        semantics: SEMANTICS_VERSION,
        release: request.release.clone(),
        environment: environment.name.clone(),
        kind: request.kind.clone(),
        policy: policy_digest(policy, environment)?,
        images,
        also_in,
        verdicts: gates::verdicts(state, policy, environment, release, request, now),
        steps: steps::steps(policy, environment, &request.kind, steps, writes),
        rollback: environment.rollback.clone(),
        worker: environment.worker.clone(),
        notices,
    })
}

/// The key that is wanted for signing and cannot be used here, and why.
fn unsigned<'a>(
    policy: &Policy,
    environment: &'a Environment,
    request: &PlanRequest<'_>,
    observed: &Observed,
) -> Option<(&'a KeyName, String)> {
    let key = environment.sign.as_ref();
    let key = key.filter(|key| request.kind == Kind::Promote && policy.keys.contains_key(key))?;
    match observed.keys.get(key) {
        Some(Ok(())) => None,
        Some(Err(why)) => Some((key, why.clone())),
        None => Some((key, "it was not looked for".to_owned())),
    }
}

pub(crate) fn policy_digest(policy: &Policy, environment: &Environment) -> Result<Digest, Refusal> {
    policy
        .environment_digest(&environment.name)
        .ok_or_else(|| Refusal::unknown_environment(policy, &environment.name))
}

fn subjects<'a>(
    state: &'a State,
    request: &PlanRequest<'_>,
) -> Result<(&'a Policy, &'a Environment, &'a Release), Refusal> {
    let policy = state.policy()?;
    let environment = policy
        .environment(request.environment)
        .ok_or_else(|| Refusal::unknown_environment(policy, request.environment))?;
    let release = state.release(request.release)?;
    images::fit(policy, environment, release, &request.kind)?;
    Ok((policy, environment, release))
}

fn not_older(state: &State, request: &PlanRequest<'_>, release: &Release) -> Result<(), Refusal> {
    if request.kind != Kind::Promote || request.older {
        return Ok(());
    }
    let current = state.environment(request.environment).current.as_ref();
    match current.and_then(|current| state.releases.get(&current.release)) {
        Some(current) if release.number < current.number => Err(Refusal::Older {
            release: request.release.clone(),
            current: current.content.name.clone(),
            environment: request.environment.clone(),
        }),
        _ => Ok(()),
    }
}
