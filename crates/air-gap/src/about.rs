//! Which entries of a ledger are about a release.

use std::collections::{BTreeMap, BTreeSet};

use liftlock_core::promotion::{Kind, Outcome, Request};
use liftlock_core::{
    Entry, EnvironmentName, Event, EvidenceContent, EvidenceId, IncidentId, OverrideId,
    PromotionId, ReleaseContent, ReleaseName, Subject,
};

/// Reads a pipeline's entries in order, and keeps the places of those about one release: how it was
/// made, its evidence, its promotions and the rollbacks from it with every step, approvals,
/// overrides, incidents and drift while it was current; and the policy that was in force when it
/// was made and at each commit.
#[derive(Debug)]
pub struct About {
    release: ReleaseName,
    content: Option<ReleaseContent>,
    policy: Option<u64>,
    evidence: BTreeSet<EvidenceId>,
    promotions: BTreeMap<PromotionId, (ReleaseName, EnvironmentName)>,
    its_own: BTreeSet<PromotionId>,
    overrides: BTreeSet<OverrideId>,
    incidents: BTreeSet<IncidentId>,
    current: BTreeMap<EnvironmentName, ReleaseName>,
    places: BTreeSet<u64>,
}

impl About {
    /// Nothing read yet.
    pub fn new(release: ReleaseName) -> Self {
        Self {
            release,
            content: None,
            policy: None,
            evidence: BTreeSet::new(),
            promotions: BTreeMap::new(),
            its_own: BTreeSet::new(),
            overrides: BTreeSet::new(),
            incidents: BTreeSet::new(),
            current: BTreeMap::new(),
            places: BTreeSet::new(),
        }
    }

    /// Takes the next entry of the pipeline, which is at `place` in the ledger.
    pub fn take(&mut self, place: u64, entry: &Entry) {
        if let Event::PolicyAdopted { .. } = &entry.event {
            self.policy = Some(place);
            return;
        }
        if self.is_about(&entry.event) {
            self.places.insert(place);
            if let Event::ReleaseCreated(_) | Event::PromotionCommitted { .. } = &entry.event {
                self.places.extend(self.policy);
            }
        }
        self.follow(&entry.event);
    }

    /// The places, in order.
    pub fn places(&self) -> impl Iterator<Item = u64> {
        self.places.iter().copied()
    }

    fn is_about(&mut self, event: &Event) -> bool {
        match event {
            Event::ReleaseCreated(content) => {
                let is = content.name == self.release;
                if is {
                    self.content = Some(content.clone());
                }
                is
            }
            Event::EvidenceAdded(content) => {
                let is = self.has(content);
                self.evidence.extend(is.then_some(content.id));
                is
            }
            Event::EvidenceRevoked { id, .. } => self.evidence.contains(id),
            Event::PromotionRequested(request) => {
                let is = self.is_its_own(request);
                self.its_own.extend(is.then_some(request.id));
                is
            }
            Event::ApprovalGiven(content) => self.its_own.contains(&content.promotion),
            Event::ApprovalWithdrawn { promotion, .. }
            | Event::PromotionCommitted { promotion, .. }
            | Event::PromotionReopened { promotion, .. }
            | Event::StepStarted { promotion, .. }
            | Event::StepFinished { promotion, .. }
            | Event::StepFailed { promotion, .. }
            | Event::ReversalStarted { promotion, .. }
            | Event::PromotionEnded { promotion, .. } => self.its_own.contains(promotion),
            Event::OverrideRequested(content) => {
                let is = self.its_own.contains(&content.promotion);
                self.overrides.extend(is.then_some(content.id));
                is
            }
            Event::OverrideConfirmed { id } | Event::OverrideReviewed { id, .. } => {
                self.overrides.contains(id)
            }
            Event::IncidentOpened {
                id, environment, ..
            } => {
                let is = self.is_current(environment);
                self.incidents.extend(is.then_some(*id));
                is
            }
            Event::IncidentResolved { id, .. } => self.incidents.contains(id),
            Event::DriftSeen { release, .. } | Event::VerifiedAgain { release, .. } => {
                *release == self.release
            }
            Event::DriftResolved { environment } => self.is_current(environment),
            // What is about an environment, whatever is in it.
            _ => false,
        }
    }

    /// Which release is where.
    fn follow(&mut self, event: &Event) {
        match event {
            Event::PromotionRequested(request) => {
                let there = (request.release.clone(), request.environment.clone());
                self.promotions.insert(request.id, there);
            }
            Event::PromotionEnded { promotion, outcome } => {
                let Some((release, environment)) = self.promotions.get(promotion) else {
                    return;
                };
                let arrived = match outcome {
                    Outcome::Succeeded => release,
                    Outcome::RolledBack { to, .. } => to,
                    _ => return,
                };
                self.current.insert(environment.clone(), arrived.clone());
            }
            _ => {}
        }
    }

    /// Evidence is about every release that holds what it is about.
    fn has(&self, evidence: &EvidenceContent) -> bool {
        let Some(content) = &self.content else {
            return false;
        };
        evidence.release == self.release
            || match &evidence.subject {
                Subject::Release { set } => content.set_digest() == *set,
                Subject::Image { image, .. } => {
                    let mut images = content.images.values();
                    images.any(|held| held.image.digest == *image)
                }
            }
    }

    /// A promotion of the release, or a rollback from it.
    fn is_its_own(&self, request: &Request) -> bool {
        let left = match &request.kind {
            Kind::Rollback { from, .. } => from.as_ref(),
            Kind::Promote => None,
        };
        request.release == self.release || left == Some(&self.release)
    }

    fn is_current(&self, environment: &EnvironmentName) -> bool {
        self.current.get(environment) == Some(&self.release)
    }
}
