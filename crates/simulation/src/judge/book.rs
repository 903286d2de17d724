//! The judge's own record of what the entries say.

use std::collections::{BTreeMap, BTreeSet};

use liftlock_core::drift::Drift;
use liftlock_core::event::{Entry, Event};
use liftlock_core::freeze::Scope;
use liftlock_core::plan::{Plan, Step};
use liftlock_core::promotion::{ApprovalContent, Kind, Outcome, Request};
use liftlock_core::{
    Actor, EnvironmentName, EvidenceContent, GateName, Policy, PromotionId, ReleaseContent,
    ReleaseName, Span, Time,
};

use super::overrides::Decision;
use super::soak::Stands;

/// Everything that was said.
#[derive(Default)]
pub(crate) struct Book {
    pub(crate) count: u64,
    pub(crate) last: Time,
    pub(crate) policy: Option<Policy>,
    pub(crate) releases: BTreeMap<ReleaseName, Made>,
    pub(crate) evidence: Vec<Piece>,
    pub(crate) attempts: BTreeMap<PromotionId, Attempt>,
    pub(crate) places: BTreeMap<EnvironmentName, Standings>,
    pub(crate) decisions: Vec<Decision>,
    /// Until when what is frozen.
    pub(crate) frozen: BTreeMap<Scope, Time>,
    /// What each release has earned where, before it began to stand, or was last looked at.
    pub(crate) soaked: BTreeMap<(EnvironmentName, ReleaseName), Span>,
    /// Who earns now.
    pub(super) standing: BTreeMap<(EnvironmentName, ReleaseName), Stands>,
    /// The number of the last observation that was summed.
    pub(super) summed: BTreeMap<EnvironmentName, u64>,
    pub(super) nothing: Standings,
}

/// A release.
pub(crate) struct Made {
    pub(crate) content: ReleaseContent,
    pub(crate) by: Actor,
    pub(crate) number: usize,
}

/// A piece of evidence.
pub(crate) struct Piece {
    pub(crate) content: EvidenceContent,
    pub(crate) by: Actor,
    pub(crate) at: Time,
    pub(crate) counts_from: Time,
    pub(crate) revoked: Option<Time>,
}

/// An approval.
pub(crate) struct Given {
    pub(crate) content: ApprovalContent,
    pub(crate) by: Actor,
    pub(crate) at: Time,
    pub(crate) withdrawn: bool,
}

/// A promotion.
pub(crate) struct Attempt {
    pub(crate) request: Request,
    pub(crate) by: Actor,
    pub(crate) at: Time,
    pub(crate) approvals: Vec<Given>,
    pub(crate) stage: Stage,
    pub(crate) plan: Option<Plan>,
    /// The place of the entry that committed it last.
    pub(crate) committed: u64,
    pub(crate) forward: Progress,
    pub(crate) back: Vec<Step>,
    pub(crate) backward: Progress,
    pub(crate) failed: bool,
    /// When it ended.
    pub(crate) over: Option<Time>,
    /// The gates that it was committed in spite of, and when two persons agreed to that.
    pub(crate) passed_over: BTreeMap<GateName, Time>,
}

/// How far a list of steps is.
#[derive(Default, Clone)]
pub(crate) struct Progress {
    pub(crate) begun: BTreeSet<u32>,
    pub(crate) done: BTreeSet<u32>,
}

/// Where a promotion is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Stage {
    Waits,
    Runs,
    PutsBack,
    RollsBack,
    Over(Outcome),
}

/// What stands in an environment.
#[derive(Default)]
pub(crate) struct Standings {
    pub(crate) current: Option<Here>,
    /// In the order of the last time.
    pub(crate) verified: Vec<(ReleaseName, PromotionId)>,
    pub(crate) withdrawn: BTreeMap<ReleaseName, Time>,
    pub(crate) incident: bool,
    pub(crate) incident_at: Time,
    /// The place of the entry that last ended "verified" here by drift or an incident.
    pub(crate) shaken_at: u64,
    /// What has drifted, as it was last said.
    pub(crate) drift: Option<Vec<Drift>>,
    pub(crate) held: bool,
}

/// What is current.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Here {
    pub(crate) release: ReleaseName,
    pub(crate) by: PromotionId,
    pub(crate) verified: bool,
    /// Drift or an incident has ended "verified", and nothing else has happened since.
    pub(crate) shaken: bool,
}

impl Attempt {
    pub(crate) fn is_rollback(&self) -> bool {
        matches!(self.request.kind, Kind::Rollback { .. })
    }

    pub(crate) fn is_under_way(&self) -> bool {
        matches!(self.stage, Stage::Runs | Stage::PutsBack)
    }

    pub(crate) fn is_open(&self) -> bool {
        !matches!(self.stage, Stage::Over(_))
    }

    pub(crate) fn is_waiting(&self) -> bool {
        self.stage == Stage::Waits
    }

    /// The steps that are being carried out, and how far that is.
    pub(crate) fn steps(&self) -> (&[Step], &Progress) {
        match &self.stage {
            Stage::PutsBack => (&self.back, &self.backward),
            _ => (
                self.plan.as_ref().map_or(&[], |plan| &plan.steps),
                &self.forward,
            ),
        }
    }

    /// The steps that were begun and have not ended well.
    pub(crate) fn under_hand(&self) -> impl Iterator<Item = &Step> {
        let (steps, progress) = self.steps();
        let open = progress.begun.difference(&progress.done);
        open.filter_map(|step| steps.get(*step as usize))
    }

    pub(crate) fn deploys(&self) -> bool {
        let mut steps = self.plan.iter().flat_map(|plan| &plan.steps);
        steps.any(|step| matches!(step, Step::Deploy { .. }))
    }

    pub(crate) fn progress(&mut self) -> &mut Progress {
        match self.stage {
            Stage::PutsBack => &mut self.backward,
            _ => &mut self.forward,
        }
    }
}

impl Book {
    pub(crate) fn place(&self, environment: &EnvironmentName) -> &Standings {
        self.places.get(environment).unwrap_or(&self.nothing)
    }

    /// Whether a promotion deploys anything.
    pub(crate) fn deploys(&self, promotion: &str) -> bool {
        let id = promotion.parse().ok();
        let attempt = id.and_then(|id: PromotionId| self.attempts.get(&id));
        attempt.is_some_and(Attempt::deploys)
    }

    /// The step that an event says is done.
    pub(crate) fn step_of(&self, event: &Event) -> Option<&Step> {
        let Event::StepFinished {
            promotion, step, ..
        } = event
        else {
            return None;
        };
        let (steps, _) = self.attempts.get(promotion)?.steps();
        steps.get(*step as usize)
    }

    /// The promotions that are being carried out in an environment.
    pub(crate) fn under_way<'a>(
        &'a self,
        environment: &'a EnvironmentName,
    ) -> impl Iterator<Item = (&'a PromotionId, &'a Attempt)> {
        let attempts = self.attempts.iter();
        attempts.filter(move |(_, attempt)| {
            attempt.is_under_way() && attempt.request.environment == *environment
        })
    }

    /// Takes an entry into the record.
    pub(crate) fn write(&mut self, entry: &Entry) {
        let (at, by) = (entry.time, entry.actor.clone());
        match &entry.event {
            Event::PolicyAdopted { policy, .. } => self.policy = Some(policy.as_ref().clone()),
            Event::ReleaseCreated(content) => {
                let number = self.releases.len();
                let made = Made {
                    content: content.clone(),
                    by,
                    number,
                };
                self.releases.insert(content.name.clone(), made);
            }
            Event::EvidenceAdded(content) => {
                let counts_from = self.counts_from(content, at);
                let content = content.clone();
                self.evidence.push(Piece {
                    content,
                    by,
                    at,
                    counts_from,
                    revoked: None,
                });
            }
            Event::EvidenceRevoked { id, .. } => {
                for piece in &mut self.evidence {
                    if piece.content.id == *id {
                        piece.revoked = Some(at);
                    }
                }
            }
            Event::ApprovalGiven(content) => {
                let given = Given {
                    content: content.clone(),
                    by,
                    at,
                    withdrawn: false,
                };
                self.attempt(content.promotion, |attempt| attempt.approvals.push(given));
            }
            Event::ApprovalWithdrawn {
                promotion,
                approval,
                ..
            } => {
                self.attempt(*promotion, |attempt| {
                    for given in &mut attempt.approvals {
                        given.withdrawn |= given.content.id == *approval;
                    }
                });
            }
            Event::OverrideRequested(content) => self.decisions.push(Decision {
                content: content.clone(),
                by,
                confirmed: None,
                reviewed: false,
            }),
            Event::OverrideConfirmed { id } => {
                let decision = self.decisions.iter_mut().find(|d| d.content.id == *id);
                if let Some(decision) = decision {
                    decision.confirmed = Some((by, at));
                }
            }
            Event::OverrideReviewed { id, .. } => {
                for decision in &mut self.decisions {
                    decision.reviewed |= decision.content.id == *id;
                }
            }
            Event::FreezeStarted { scope, until, .. } => {
                self.frozen.insert(scope.clone(), *until);
            }
            Event::FreezeEnded { scope, .. } => {
                self.frozen.remove(scope);
            }
            Event::Watched(stretch) => self.look(stretch),
            event => self.write_promotion(event, (at, by), entry.n),
        }
        self.count = entry.n;
        self.last = at;
        self.stand(at);
        self.spoil();
    }

    pub(super) fn attempt(&mut self, id: PromotionId, change: impl FnOnce(&mut Attempt)) {
        if let Some(attempt) = self.attempts.get_mut(&id) {
            change(attempt);
        }
    }

    fn counts_from(&self, content: &EvidenceContent, at: Time) -> Time {
        let Some(report) = &content.report else {
            return at;
        };
        if let Some(made_at) = report.made_at {
            return made_at.min(at);
        }
        // The very same report is as old as when it first came.
        let same = |piece: &&Piece| {
            let digest = piece.content.report.as_ref().map(|report| report.digest);
            piece.content.gate == content.gate && digest == Some(report.digest)
        };
        self.evidence
            .iter()
            .find(same)
            .map_or(at, |piece| piece.counts_from)
    }
}
