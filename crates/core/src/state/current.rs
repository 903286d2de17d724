//! What becomes of an environment when a promotion gets on, ends, or is undone.

use super::{Current, Doubt, Drifted, EnvironmentState, Standing, State, Withdrawn};
use crate::plan::Step;
use crate::promotion::{Kind, Outcome, Promotion, Status};
use crate::{EnvironmentName, PromotionId, ReleaseName, Time};

impl State {
    /// After a step: where the last deployment, or, without one, the last tag is through, the
    /// release is current, and not verified yet.
    pub(super) fn advance_current(&mut self, id: PromotionId, step: u32, now: Time) {
        let Some(promotion) = self.promotions.get(&id) else {
            return;
        };
        let Some(plan) = &promotion.plan else { return };
        let deploys = plan
            .steps
            .iter()
            .any(|step| matches!(step, Step::Deploy { .. }));
        let arrives = match plan.steps.get(step as usize) {
            Some(Step::Deploy { .. }) => true,
            Some(Step::Tag { .. }) if !deploys => is_last_tag(promotion, step),
            _ => false,
        };
        if !arrives {
            return;
        }
        let (release, environment) = (plan.release.clone(), plan.environment.clone());
        let current = Current {
            release,
            promotion: id,
            since: now,
            verified: false,
            doubt: None,
        };
        self.environments
            .entry(environment.clone())
            .or_default()
            .current = Some(current);
        self.refresh_soak(&environment, now);
    }

    /// After an end: a success is verified, and resolves what it was withdrawn for; a promotion
    /// whose tags were put back leaves the environment as it was, and its release withdrawn. A
    /// rollback that failed withdraws nothing by itself: it opens an incident.
    pub(super) fn settle(&mut self, id: PromotionId, outcome: &Outcome, now: Time) {
        let Some(promotion) = self.promotions.get(&id) else {
            return;
        };
        let (request, rollback) = (promotion.request.clone(), promotion.is_rollback());
        let before = self.before(promotion);
        let environment = self
            .environments
            .entry(request.environment.clone())
            .or_default();
        match outcome {
            Outcome::Succeeded => environment.verify(request.release, id, now),
            Outcome::RolledBack { reason, .. } | Outcome::NothingToReturnTo { reason } => {
                if environment
                    .current
                    .as_ref()
                    .is_some_and(|c| c.promotion == id)
                {
                    environment.current = before;
                }
                environment.withdraw(request.release, now, reason);
            }
            Outcome::Failed { reason } => {
                let here = environment
                    .current
                    .as_ref()
                    .is_some_and(|c| c.promotion == id);
                if here && rollback {
                    environment.current = before;
                } else if here {
                    environment.withdraw(request.release, now, reason);
                }
            }
            _ => {}
        }
        self.refresh_soak(&request.environment, now);
    }

    /// What was current before a promotion that deploys nothing: it put the tags back, so that is
    /// current again. A deployment is not undone by an end; its rollback says what is current.
    fn before(&self, promotion: &Promotion) -> Option<Current> {
        let plan = promotion.plan.as_ref()?;
        let environment = self.environments.get(&promotion.request.environment)?;
        if plan
            .steps
            .iter()
            .any(|step| matches!(step, Step::Deploy { .. }))
        {
            return environment.current.clone();
        }
        let last = environment.verified.last()?;
        let withdrawn = environment.withdrawn.contains_key(&last.release);
        Some(Current {
            release: last.release.clone(),
            promotion: last.promotion,
            since: last.at,
            verified: !withdrawn,
            doubt: None,
        })
    }

    /// A rollback was asked for: what it leaves is withdrawn from now on.
    pub(super) fn leave(&mut self, environment: &EnvironmentName, kind: &Kind, now: Time) {
        if let Kind::Rollback {
            from: Some(from),
            reason,
            ..
        } = kind
        {
            let state = self.environments.entry(environment.clone()).or_default();
            state.withdraw(from.clone(), now, reason);
            if let Some(current) = &mut state.current {
                current.doubt = Some(Doubt::Left);
            }
            self.refresh_soak(environment, now);
        }
    }

    /// A step is begun: with a deployment, what runs is not known until it was read back.
    pub(super) fn unsettle(&mut self, id: PromotionId, step: u32, now: Time) {
        let Some(promotion) = self.promotions.get(&id) else {
            return;
        };
        let Status::Running = promotion.status else {
            return;
        };
        let plan = promotion.plan.as_ref();
        let begun = plan.and_then(|plan| plan.steps.get(step as usize));
        if !matches!(begun, Some(Step::Deploy { .. })) {
            return;
        }
        let name = promotion.request.environment.clone();
        if let Some(environment) = self.environments.get_mut(&name)
            && let Some(current) = &mut environment.current
        {
            current.verified = false;
            current.doubt = Some(Doubt::Left);
            self.refresh_soak(&name, now);
        }
    }

    /// Something is not as it was recorded: what is there does not count as verified.
    pub(super) fn drift_seen(&mut self, name: &EnvironmentName, mut seen: Drifted) {
        let now = seen.since;
        let environment = self.environments.entry(name.clone()).or_default();
        if let Some(before) = &environment.drift {
            seen.since = before.since;
        }
        environment.drift = Some(seen);
        environment.shake();
        self.refresh_soak(name, now);
    }

    /// All is well again with what is current.
    pub(super) fn verified_again(&mut self, name: &EnvironmentName, now: Time) {
        let Some(environment) = self.environments.get_mut(name) else {
            return;
        };
        if let Some(current) = &mut environment.current {
            current.verified = true;
            current.doubt = None;
            let release = current.release.clone();
            environment.withdrawn.remove(&release);
        }
        self.refresh_soak(name, now);
    }
}

fn is_last_tag(promotion: &Promotion, step: u32) -> bool {
    let steps = promotion
        .plan
        .iter()
        .flat_map(|plan| plan.steps.iter().enumerate());
    let last = steps
        .filter(|(_, step)| matches!(step, Step::Tag { .. }))
        .map(|(n, _)| n)
        .next_back();
    last == Some(step as usize)
}

impl EnvironmentState {
    fn verify(&mut self, release: ReleaseName, promotion: PromotionId, now: Time) {
        let since = match &self.current {
            Some(current) if current.promotion == promotion => current.since,
            _ => now,
        };
        self.current = Some(Current {
            release: release.clone(),
            promotion,
            since,
            verified: true,
            doubt: None,
        });
        self.withdrawn.remove(&release);
        self.verified.push(Standing {
            release,
            promotion,
            at: now,
        });
    }

    /// Drift or an incident: what was verified is not, until a look finds all well.
    pub(super) fn shake(&mut self) {
        if let Some(current) = &mut self.current
            && current.verified
        {
            current.verified = false;
            current.doubt = Some(Doubt::Shaken);
        }
    }

    pub(super) fn withdraw(&mut self, release: ReleaseName, now: Time, reason: &str) {
        if let Some(current) = &mut self.current
            && current.release == release
        {
            current.verified = false;
        }
        self.soak.remove(&release);
        self.withdrawn.put(
            release,
            Withdrawn {
                at: now,
                reason: reason.to_owned(),
            },
        );
    }
}
