//! What a promotion states about its images: everything in it follows from the events, so that a
//! step that is run again states the same.

use std::collections::BTreeMap;

use liftlock_oci::{Digest, PinnedRef};
use serde::{Deserialize, Serialize};

use crate::evidence::ReportSummary;
use crate::plan::{Plan, Step};
use crate::policy::{EvidenceKind, GateRule};
use crate::promotion::{Approval, Promotion};
use crate::{
    Actor, CheckName, EnvironmentName, Evidence, EvidenceId, GateName, ImageKey, PersonName,
    PipelineName, Policy, PromotionId, Release, ReleaseName, State, Time, gates,
};

/// Which statement a step signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// Every gate passed, or was overridden: the release may be deployed.
    Admitted,
    /// It was deployed where Liftlock does that, and its checks passed.
    Verified,
}

/// A promotion's statement about each of its images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated {
    /// The pipeline.
    pub pipeline: PipelineName,
    /// The environment.
    pub environment: EnvironmentName,
    /// The release.
    pub release: ReleaseName,
    /// The digest over the set of its images.
    pub set: Digest,
    /// The promotion.
    pub promotion: PromotionId,
    /// The digest of the environment's policy it was decided under.
    pub policy: Digest,
    /// Each image with every place in which the environment has it.
    pub images: BTreeMap<ImageKey, Vec<PinnedRef>>,
    /// When what is stated was so.
    pub at: Time,
    /// Who asked for the promotion.
    pub requester: Person,
    /// What is stated beyond that.
    pub details: Details,
}

/// What one of the statements has and the other has not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Details {
    /// [`What::Admitted`].
    Admitted(Admitted),
    /// [`What::Verified`].
    Verified(Verified),
}

/// What an admission rested on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Admitted {
    /// The approvals that stand.
    pub approvals: Vec<StatedApproval>,
    /// The evidence that counted.
    pub evidence: Vec<StatedEvidence>,
    /// The gates that passed by an override.
    pub overridden: Vec<GateName>,
}

/// What was done and looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// Whether something was deployed and its running digests read back.
    pub deployed: bool,
    /// The checks that passed.
    pub checks: Vec<CheckName>,
    /// Where the ledger was when this began to be signed, where the ledger has a name. It is the
    /// place of an event, so whoever has the ledger can find it again.
    pub checkpoint: Option<StatedCheckpoint>,
}

/// A state of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedCheckpoint {
    /// The ledger's name.
    pub origin: String,
    /// How many entries it had.
    pub size: u64,
    /// The root over them (RFC 6962), in base64.
    pub root: String,
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The identity and how it is known.
    pub actor: Actor,
    /// The person of the policy that comes as this identity.
    pub person: Option<PersonName>,
}

/// An approval that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedApproval {
    /// Whose.
    pub by: Person,
    /// When it was given.
    pub at: Time,
    /// The gates it may serve.
    pub gates: Vec<GateName>,
    /// The policy it was given under.
    pub policy: Digest,
}

/// A piece of evidence that counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedEvidence {
    /// Its id.
    pub id: EvidenceId,
    /// Its gate.
    pub gate: GateName,
    /// What kind of evidence that gate wants.
    pub kind: EvidenceKind,
    /// The recorded evidence.
    pub evidence: Evidence,
}

impl StatedEvidence {
    /// The report it came as.
    pub fn report(&self) -> Option<&ReportSummary> {
        self.evidence.content.report.as_ref()
    }
}

/// What the step `step` of a promotion's plan states; nothing where it is no step that signs, or
/// has not been reached.
pub fn stated(state: &State, promotion: &Promotion, step: u32) -> Option<Stated> {
    let plan = promotion.plan.as_ref()?;
    let Step::Sign { what, .. } = plan.steps.get(step as usize)? else {
        return None;
    };
    let policy = state.policy().ok()?;
    let release = state.releases.get(&plan.release)?;
    let began = promotion.journal.0.get(&0)?.started_at;
    let (at, details) = match what {
        What::Admitted => {
            let admitted = admitted(state, (policy, release), promotion, plan, began);
            (began, Details::Admitted(admitted))
        }
        What::Verified => {
            let before = promotion.journal.0.get(&step.checked_sub(1)?)?;
            let at = before.ended.as_ref().filter(|end| end.done)?.at;
            (at, Details::Verified(verified(plan)))
        }
    };
    Some(Stated {
        pipeline: policy.pipeline.clone(),
        environment: plan.environment.clone(),
        release: plan.release.clone(),
        set: release.content.set_digest(),
        promotion: promotion.request.id,
        policy: plan.policy,
        images: plan.places(),
        at,
        requester: person(policy, &promotion.requested_by),
        details,
    })
}

fn admitted(
    state: &State,
    (policy, release): (&Policy, &Release),
    promotion: &Promotion,
    plan: &Plan,
    at: Time,
) -> Admitted {
    let standing = promotion.approvals.iter().filter(|approval| {
        approval.withdrawn.is_none()
            && approval.content.policy == plan.policy
            && approval.content.set == release.content.set_digest()
    });
    let approval = |approval: &Approval| StatedApproval {
        by: person(policy, &approval.by),
        at: approval.at,
        gates: approval.content.gates.clone(),
        policy: approval.content.policy,
    };
    let overridden = plan.verdicts.iter().filter(|v| v.overridden.is_some());
    let overridden = overridden.filter_map(|verdict| verdict.gate.parse().ok());
    Admitted {
        approvals: standing.map(approval).collect(),
        evidence: evidence(state, policy, release, &plan.environment, at),
        overridden: overridden.collect(),
    }
}

fn evidence(
    state: &State,
    policy: &Policy,
    release: &Release,
    environment: &EnvironmentName,
    at: Time,
) -> Vec<StatedEvidence> {
    let Some(environment) = policy.environment(environment) else {
        return Vec::new();
    };
    let mut stated: Vec<StatedEvidence> = Vec::new();
    for gate in environment.gates.list() {
        let GateRule::Evidence(rule) = &gate.rule else {
            continue;
        };
        for evidence in gates::counting(state, policy, environment, release, gate, rule) {
            let id = evidence.content.id;
            // What came after the commit is not what was decided on.
            if evidence.at <= at && stated.iter().all(|known| known.id != id) {
                stated.push(StatedEvidence {
                    id,
                    gate: gate.name.clone(),
                    kind: rule.kind,
                    evidence: evidence.clone(),
                });
            }
        }
    }
    stated
}

fn verified(plan: &Plan) -> Verified {
    let checks = plan.steps.iter().filter_map(|step| match step {
        Step::Check { name, .. } => Some(name.clone()),
        _ => None,
    });
    let mut steps = plan.steps.iter();
    Verified {
        deployed: steps.any(|step| matches!(step, Step::Observe { .. })),
        checks: checks.collect(),
        checkpoint: None,
    }
}

fn person(policy: &Policy, actor: &Actor) -> Person {
    let mut people = policy.people.iter();
    let person = people.find(|(_, identities)| identities.contains(&actor.identity));
    Person {
        actor: actor.clone(),
        person: person.map(|(name, _)| name.clone()),
    }
}
