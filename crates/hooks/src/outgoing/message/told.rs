//! What each event says, with what the state knows about its subject.

use std::collections::BTreeMap;

use liftlock_core::freeze::Scope;
use liftlock_core::plan::{PlanRequest, Step, verdicts};
use liftlock_core::promotion::{Outcome, Promotion, Status};
use liftlock_core::verdict::Answer;
use liftlock_core::{
    EnvironmentName, Event, EvidenceContent, ImageKey, PromotionId, ReleaseName, State,
};
use liftlock_oci::PinnedRef;

use super::{AWAITED_MAX, Awaited, Message};

impl Message {
    pub(super) fn tell(&mut self, event: &Event, state: &State) {
        match event {
            Event::PolicyAdopted { digest, .. } => self.policy = Some(*digest),
            Event::ReleaseCreated(content) => {
                self.release = Some(content.name.clone());
                self.images = content.pinned();
            }
            Event::VerifiedAgain {
                environment,
                release,
                promotion,
            } => {
                self.promotion(*promotion, state);
                self.current(environment, release, state);
            }
            Event::EvidenceAdded(content) => self.evidence(content, state),
            Event::EvidenceRevoked { id, reason } => {
                let place = id.0.checked_sub(1).and_then(|n| usize::try_from(n).ok());
                if let Some(evidence) = place.and_then(|place| state.evidence.get(place)) {
                    self.evidence(&evidence.content, state);
                }
                self.id = Some(id.to_string());
                self.reason = Some(reason.clone());
            }
            Event::PromotionRequested(request) => self.waiting(request.id, state),
            Event::PromotionCommitted { promotion, .. } => {
                self.promotion(*promotion, state);
            }
            Event::PromotionReopened { promotion, reason } => {
                self.waiting(*promotion, state);
                self.reason = Some(reason.clone());
            }
            Event::ReversalStarted {
                promotion, reason, ..
            } => {
                self.promotion(*promotion, state);
                self.reason = Some(reason.clone());
            }
            Event::PromotionEnded { promotion, outcome } => self.ended(*promotion, outcome, state),
            Event::ApprovalGiven(content) => {
                self.waiting(content.promotion, state);
                self.id = Some(content.id.to_string());
                self.gates = content.gates.clone();
            }
            Event::ApprovalWithdrawn {
                promotion,
                approval,
                reason,
            } => {
                self.waiting(*promotion, state);
                self.id = Some(approval.to_string());
                self.reason = Some(reason.clone());
            }
            _ => self.tell_of_environment(event, state),
        }
    }

    fn tell_of_environment(&mut self, event: &Event, state: &State) {
        match event {
            Event::IncidentOpened {
                id,
                environment,
                reason,
                ..
            } => {
                self.there(environment, state);
                self.id = Some(id.to_string());
                self.reason = Some(reason.clone());
            }
            Event::IncidentResolved { id, environment } => {
                self.there(environment, state);
                self.id = Some(id.to_string());
            }
            Event::DriftSeen {
                environment,
                release,
                promotion,
                drifts,
                more,
            } => {
                self.promotion = Some(*promotion);
                self.current(environment, release, state);
                self.drifts = drifts.clone();
                self.more_drifts = *more;
            }
            Event::DriftResolved { environment } | Event::HoldEnded { environment } => {
                self.there(environment, state);
            }
            Event::HoldStarted {
                environment,
                reason,
            } => {
                self.there(environment, state);
                self.reason = Some(reason.clone());
            }
            Event::FreezeStarted {
                scope,
                until,
                reason,
            } => {
                self.scope(scope);
                self.until = Some(*until);
                self.reason = Some(reason.clone());
            }
            Event::FreezeEnded { scope, reason } => {
                self.scope(scope);
                self.reason = reason.clone();
            }
            Event::OverrideRequested(content) => {
                self.waiting(content.promotion, state);
                self.id = Some(content.id.to_string());
                self.gates = vec![content.gate.clone()];
                self.reason = Some(content.reason.clone());
            }
            Event::OverrideConfirmed { id } | Event::OverrideReviewed { id, .. } => {
                if let Some(known) = state.override_by(*id) {
                    self.waiting(known.content.promotion, state);
                    self.gates = vec![known.content.gate.clone()];
                    self.reason = Some(known.content.reason.clone());
                }
                self.id = Some(id.to_string());
                if let Event::OverrideReviewed { finding, .. } = event {
                    self.reason = Some(finding.clone());
                }
            }
            // `Kind::of` tells nobody of the rest.
            _ => {}
        }
    }

    fn evidence(&mut self, content: &EvidenceContent, state: &State) {
        self.release = Some(content.release.clone());
        self.images = built(&content.release, state);
        self.id = Some(content.id.to_string());
        self.gates = vec![content.gate.clone()];
        self.finding = content.finding;
        self.figures = content.figures.clone();
    }

    /// What a promotion is, and with a plan where its images go.
    fn promotion<'s>(&mut self, id: PromotionId, state: &'s State) -> Option<&'s Promotion> {
        self.promotion = Some(id);
        let promotion = state.promotions.get(&id)?;
        let request = &promotion.request;
        self.environment = Some(request.environment.clone());
        self.release = Some(request.release.clone());
        self.rollback = promotion.is_rollback();
        let plan = promotion.plan.as_ref();
        let mut steps = plan.iter().flat_map(|plan| &plan.steps);
        self.deploys = steps.any(|step| matches!(step, Step::Deploy { .. }));
        self.images = match plan {
            Some(plan) => plan.images.clone(),
            None => built(&request.release, state),
        };
        Some(promotion)
    }

    /// The same, with what it waits for.
    fn waiting(&mut self, id: PromotionId, state: &State) {
        let Some(promotion) = self.promotion(id, state) else {
            return;
        };
        if promotion.status != Status::Waiting {
            return;
        }
        let request = PlanRequest {
            release: &promotion.request.release,
            environment: &promotion.request.environment,
            kind: promotion.request.kind.clone(),
            older: promotion.request.older,
            promotion: Some(promotion),
            requester: &promotion.requested_by,
        };
        // A policy that has lost the environment since has no gates to wait for.
        let verdicts = verdicts(state, &request, self.time).unwrap_or_default();
        let awaited = verdicts.into_iter().filter(|v| v.answer != Answer::Passed);
        let awaited = awaited.map(|verdict| Awaited {
            gate: verdict.gate,
            kind: verdict.kind,
            answer: verdict.answer,
            reason: verdict.reason,
            until: verdict.until,
        });
        self.awaited = awaited.take(AWAITED_MAX).collect();
    }

    fn ended(&mut self, id: PromotionId, outcome: &Outcome, state: &State) {
        self.outcome = Some(outcome.clone());
        let Some(promotion) = self.promotion(id, state) else {
            return;
        };
        let request = &promotion.request;
        self.reason = match outcome {
            Outcome::Failed { reason }
            | Outcome::RolledBack { reason, .. }
            | Outcome::NothingToReturnTo { reason }
            | Outcome::Rejected { reason }
            | Outcome::Cancelled { reason } => Some(reason.clone()),
            Outcome::Succeeded | Outcome::Superseded { .. } | Outcome::Expired => None,
        };
        if *outcome != Outcome::Succeeded {
            return;
        }
        let verified = &state.environment(&request.environment).verified;
        let mut others = verified.iter().rev();
        let before = others.find(|standing| standing.release != request.release);
        self.before = before.map(|standing| standing.release.clone());
        if let Some(before) = &self.before {
            let gone = built(before, state).into_keys();
            self.removed = gone.filter(|key| !self.images.contains_key(key)).collect();
        }
    }

    /// What is current in an environment.
    fn there(&mut self, environment: &EnvironmentName, state: &State) {
        self.environment = Some(environment.clone());
        if let Some(current) = &state.environment(environment).current {
            self.promotion = Some(current.promotion);
            let release = current.release.clone();
            self.current(environment, &release, state);
        }
    }

    fn current(&mut self, environment: &EnvironmentName, release: &ReleaseName, state: &State) {
        self.environment = Some(environment.clone());
        self.release = Some(release.clone());
        let images = state.current_images(environment).into_iter();
        self.images = images
            .filter_map(|(key, places)| Some((key, places.into_iter().next()?)))
            .collect();
    }

    fn scope(&mut self, scope: &Scope) {
        match scope {
            Scope::All => {}
            Scope::Environment(environment) => self.environment = Some(environment.clone()),
        }
    }
}

/// A release's images where they were built.
fn built(release: &ReleaseName, state: &State) -> BTreeMap<ImageKey, PinnedRef> {
    let release = state.releases.get(release);
    release
        .map(|release| release.content.pinned())
        .unwrap_or_default()
}
