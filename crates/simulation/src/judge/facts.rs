//! What events about promotions mean for the promotions, and for the environments.

use liftlock_core::event::Event;
use liftlock_core::plan::Step;
use liftlock_core::promotion::{Kind, Outcome, Request};
use liftlock_core::{Actor, EnvironmentName, PromotionId, ReleaseName, Time};

use super::book::{Attempt, Book, Here, Progress, Stage, Standings};

impl Book {
    pub(super) fn write_promotion(&mut self, event: &Event, (at, by): (Time, Actor), n: u64) {
        match event {
            Event::PromotionRequested(request) => self.ask(request, (at, by)),
            Event::PromotionCommitted { promotion, plan } => {
                let attempt = self.attempts.get(promotion);
                let over = attempt.map(|attempt| self.passed_over(attempt, at));
                self.attempt(*promotion, |attempt| {
                    attempt.plan = Some(plan.clone());
                    attempt.passed_over = over.unwrap_or_default().into_iter().collect();
                    attempt.forward = Progress::default();
                    attempt.stage = Stage::Runs;
                    attempt.committed = n;
                });
            }
            Event::PromotionReopened { promotion, .. } => {
                self.attempt(*promotion, |attempt| {
                    attempt.plan = None;
                    attempt.passed_over.clear();
                    attempt.forward = Progress::default();
                    attempt.stage = Stage::Waits;
                });
            }
            Event::StepStarted { promotion, step } => {
                self.attempt(*promotion, |attempt| {
                    attempt.progress().begun.insert(*step);
                });
                self.unsettle(*promotion, *step);
            }
            Event::StepFinished {
                promotion, step, ..
            } => {
                self.attempt(*promotion, |attempt| {
                    attempt.progress().done.insert(*step);
                });
                self.arrive(*promotion, *step);
            }
            Event::StepFailed { promotion, .. } => {
                self.attempt(*promotion, |attempt| attempt.failed = true);
            }
            Event::ReversalStarted {
                promotion, steps, ..
            } => {
                self.attempt(*promotion, |attempt| {
                    attempt.back = steps.clone();
                    attempt.backward = Progress::default();
                    attempt.stage = Stage::PutsBack;
                    attempt.failed = true;
                });
            }
            Event::PromotionEnded { promotion, outcome } => self.end(*promotion, outcome, at),
            Event::IncidentOpened { environment, .. } => {
                let place = self.place_mut(environment);
                place.incident = true;
                place.incident_at = at;
                place.shake(n);
                if let Some(here) = place.current.clone() {
                    place.withdraw(&here.release, at);
                }
            }
            Event::HoldStarted { environment, .. } => self.place_mut(environment).held = true,
            Event::HoldEnded { environment } => self.place_mut(environment).held = false,
            Event::IncidentResolved { environment, .. } => {
                self.place_mut(environment).incident = false;
            }
            Event::DriftSeen {
                environment,
                drifts,
                ..
            } => {
                let place = self.place_mut(environment);
                place.drift = Some(drifts.clone());
                place.shake(n);
            }
            Event::DriftResolved { environment } => self.place_mut(environment).drift = None,
            Event::VerifiedAgain { environment, .. } => {
                let place = self.place_mut(environment);
                if let Some(here) = &mut place.current {
                    here.verified = true;
                    here.shaken = false;
                    place.withdrawn.remove(&here.release);
                }
            }
            _ => {}
        }
    }

    fn place_mut(&mut self, environment: &EnvironmentName) -> &mut Standings {
        self.places.entry(environment.clone()).or_default()
    }

    fn ask(&mut self, request: &Request, (at, by): (Time, Actor)) {
        if let Kind::Rollback { from, cause, .. } = &request.kind {
            if let Some(cause) = cause {
                self.attempt(*cause, |attempt| attempt.stage = Stage::RollsBack);
            }
            if let Some(from) = from {
                let place = self.place_mut(&request.environment);
                place.withdraw(from, at);
                if let Some(here) = &mut place.current {
                    here.shaken = false;
                }
            }
        }
        // Where nobody asked, whoever made the release did.
        let maker = self
            .releases
            .get(&request.release)
            .filter(|_| request.automatic);
        let by = maker.map_or(by, |release| release.by.clone());
        let attempt = Attempt {
            request: request.clone(),
            by,
            at,
            approvals: Vec::new(),
            stage: Stage::Waits,
            plan: None,
            committed: 0,
            forward: Progress::default(),
            back: Vec::new(),
            backward: Progress::default(),
            failed: false,
            over: None,
            passed_over: std::collections::BTreeMap::new(),
        };
        self.attempts.insert(request.id, attempt);
    }

    /// A deployment begins: from now on nobody knows what runs.
    fn unsettle(&mut self, id: PromotionId, step: u32) {
        let Some(attempt) = self.attempts.get(&id).filter(|a| a.stage == Stage::Runs) else {
            return;
        };
        if let Some(Step::Deploy { .. }) = attempt.steps().0.get(step as usize) {
            let environment = attempt.request.environment.clone();
            if let Some(here) = &mut self.place_mut(&environment).current {
                here.verified = false;
                here.shaken = false;
            }
        }
    }

    /// A step is done: with the deployment, or, where there is none, with the last tag, a release
    /// is there.
    fn arrive(&mut self, id: PromotionId, step: u32) {
        let Some(attempt) = self.attempts.get(&id).filter(|a| a.stage == Stage::Runs) else {
            return;
        };
        let (steps, _) = attempt.steps();
        let is_tag = |step: &Step| matches!(step, Step::Tag { .. });
        let arrives = match steps.get(step as usize) {
            Some(Step::Deploy { .. }) => true,
            Some(Step::Tag { .. }) if !attempt.deploys() => {
                !steps.iter().skip(step as usize + 1).any(is_tag)
            }
            _ => false,
        };
        if arrives {
            let (release, environment) = (
                attempt.request.release.clone(),
                attempt.request.environment.clone(),
            );
            let here = Here {
                release,
                by: id,
                verified: false,
                shaken: false,
            };
            self.place_mut(&environment).current = Some(here);
        }
    }

    fn end(&mut self, id: PromotionId, outcome: &Outcome, at: Time) {
        let Some(attempt) = self.attempts.get_mut(&id) else {
            return;
        };
        attempt.stage = Stage::Over(outcome.clone());
        attempt.over = Some(at);
        let (rollback, deploys) = (attempt.is_rollback(), attempt.deploys());
        let release = attempt.request.release.clone();
        let environment = attempt.request.environment.clone();
        let committed = attempt.plan.is_some();
        let place = self.place_mut(&environment);
        let is_here = place.current.as_ref().is_some_and(|here| here.by == id);
        // Where nothing is deployed, tags that are back bring back what was verified before.
        let before = || {
            let (release, by) = place.verified.last().cloned()?;
            let verified = !place.withdrawn.contains_key(&release);
            Some(Here {
                release,
                by,
                verified,
                shaken: false,
            })
        };
        match outcome {
            Outcome::Succeeded => place.verify(&release, id),
            Outcome::RolledBack { .. } | Outcome::NothingToReturnTo { .. } => {
                if is_here && !deploys && committed {
                    place.current = before();
                }
                place.withdraw(&release, at);
            }
            Outcome::Failed { .. } if is_here && rollback && !deploys => place.current = before(),
            Outcome::Failed { .. } if is_here && rollback => {}
            Outcome::Failed { .. } if is_here => place.withdraw(&release, at),
            _ => {}
        }
    }
}

impl Standings {
    fn verify(&mut self, release: &ReleaseName, by: PromotionId) {
        self.withdrawn.remove(release);
        self.verified.retain(|(other, _)| other != release);
        self.verified.push((release.clone(), by));
        self.current = Some(Here {
            release: release.clone(),
            by,
            verified: true,
            shaken: false,
        });
    }

    /// Something is wrong with what is there.
    fn shake(&mut self, n: u64) {
        if let Some(here) = self.current.as_mut().filter(|here| here.verified) {
            here.verified = false;
            here.shaken = true;
            self.shaken_at = n;
        }
    }

    fn withdraw(&mut self, release: &ReleaseName, at: Time) {
        if let Some(here) = self
            .current
            .as_mut()
            .filter(|here| here.release == *release)
        {
            here.verified = false;
        }
        self.withdrawn.insert(release.clone(), at);
    }
}
