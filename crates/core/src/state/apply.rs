//! One event more.

use super::{Adopted, Drifted, Hold, Incident, State};
use crate::event::{EVENT_VERSION, Entry, Event};
use crate::freeze::Freeze;
use crate::overrides::{Override, OverrideContent};
use crate::plan::Step;
use crate::promotion::{
    Approval, Journal, Kind, Outcome, Promotion, Request, Status, StepEnd, StepRecord,
};
use crate::{
    Actor, Evidence, EvidenceContent, OverrideId, PipelineName, PromotionId, Release,
    ReleaseContent, Subject, Time,
};

/// Why an entry does not continue the stream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// Written by a newer version.
    #[error(
        "event {n} has version {found}, and this Liftlock knows {EVENT_VERSION}; use a newer one"
    )]
    Version {
        /// Its place.
        n: u64,
        /// Its version.
        found: u32,
    },
    /// Not the next one.
    #[error("event {found} follows event {last}: something is missing or out of order")]
    Order {
        /// The last place.
        last: u64,
        /// The place found.
        found: u64,
    },
    /// Of another pipeline.
    #[error("event {n} belongs to the pipeline {found}")]
    Pipeline {
        /// Its place.
        n: u64,
        /// Its pipeline.
        found: PipelineName,
    },
    /// About something that is not there.
    #[error("event {n} is about {what}, which is not there")]
    Dangling {
        /// Its place.
        n: u64,
        /// What.
        what: String,
    },
}

impl State {
    /// The state after one entry more. An entry that does not continue the stream is refused, and
    /// the state is then of no more use.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), ApplyError> {
        let n = entry.n;
        if entry.v != EVENT_VERSION {
            return Err(ApplyError::Version { n, found: entry.v });
        }
        if n != self.version + 1 || entry.time < self.last_time {
            return Err(ApplyError::Order {
                last: self.version,
                found: n,
            });
        }
        if *self.pipeline.get_or_insert_with(|| entry.pipeline.clone()) != entry.pipeline {
            return Err(ApplyError::Pipeline {
                n,
                found: entry.pipeline.clone(),
            });
        }
        self.fold(entry)
            .map_err(|what| ApplyError::Dangling { n, what })?;
        self.version = n;
        self.last_time = entry.time;
        Ok(())
    }

    /// The fold of a whole stream.
    pub fn replay<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Result<Self, ApplyError> {
        let mut state = Self::default();
        entries
            .into_iter()
            .try_for_each(|entry| state.apply(entry))?;
        Ok(state)
    }

    fn fold(&mut self, entry: &Entry) -> Result<(), String> {
        let (now, actor) = (entry.time, &entry.actor);
        match &entry.event {
            Event::PolicyAdopted { digest, policy } => {
                let policy = policy.as_ref().clone();
                self.adopted = Some(Adopted {
                    policy,
                    digest: *digest,
                    at: now,
                });
                self.rejudge_all_soak(now);
            }
            Event::ReleaseCreated(content) => self.add_release(content, actor, now),
            Event::EvidenceAdded(content) => self.add_evidence(content, actor, now),
            Event::EvidenceRevoked { id, reason } => {
                let index = id.0.checked_sub(1).ok_or_else(|| id.to_string())? as usize;
                let evidence = self.evidence.get_mut(index).ok_or_else(|| id.to_string())?;
                evidence.revoked = Some((now, reason.clone()));
                let subject = evidence.content.subject.clone();
                self.refresh_all_soak(&subject, now);
            }
            Event::PromotionRequested(request) => self.add_promotion(request, actor, now)?,
            Event::ApprovalGiven(content) => {
                self.approvals += 1;
                let promotion = self.promotion_mut(content.promotion)?;
                let (content, by) = (content.clone(), actor.clone());
                promotion.approvals.push(Approval {
                    content,
                    by,
                    at: now,
                    withdrawn: None,
                });
            }
            Event::ApprovalWithdrawn {
                promotion,
                approval,
                reason,
            } => {
                let approvals = &mut self.promotion_mut(*promotion)?.approvals;
                let found = approvals.iter_mut().find(|a| a.content.id == *approval);
                found.ok_or_else(|| approval.to_string())?.withdrawn = Some((now, reason.clone()));
            }
            Event::PromotionCommitted { promotion, plan } => {
                let promotion = self.promotion_mut(*promotion)?;
                promotion.plan = Some(plan.clone());
                promotion.journal = Journal::default();
                promotion.status = Status::Running;
            }
            Event::PromotionReopened { promotion, reason } => {
                let promotion = self.promotion_mut(*promotion)?;
                promotion.plan = None;
                promotion.journal = Journal::default();
                promotion.status = Status::Waiting;
                promotion.notices.push(reason.clone());
            }
            Event::StepStarted { promotion, step } => {
                let journal = journal_mut(self.promotion_mut(*promotion)?);
                journal.0.insert(
                    *step,
                    StepRecord {
                        started_at: now,
                        ended: None,
                        failures: 0,
                    },
                );
                self.unsettle(*promotion, *step, now);
            }
            Event::StepFinished {
                promotion,
                step,
                summary,
                output,
            } => {
                let end = StepEnd {
                    at: now,
                    done: true,
                    summary: summary.clone(),
                    output: *output,
                    stopped: false,
                };
                self.end_step(*promotion, *step, end)?;
            }
            Event::StepFailed {
                promotion,
                step,
                reason,
                output,
                stopped,
            } => {
                let end = StepEnd {
                    at: now,
                    done: false,
                    summary: reason.clone(),
                    output: *output,
                    stopped: false,
                };
                self.end_step(*promotion, *step, end)?;
                self.stop_steps(*promotion, (*step, stopped), now)?;
            }
            Event::ReversalStarted {
                promotion,
                reason,
                steps,
            } => {
                self.promotion_mut(*promotion)?.status = Status::Reverting {
                    reason: reason.clone(),
                    steps: steps.clone(),
                    journal: Journal::default(),
                };
            }
            Event::PromotionEnded { promotion, outcome } => {
                self.end_promotion(*promotion, outcome, actor, now)?;
            }
            Event::IncidentOpened {
                id,
                environment,
                reason,
                check,
            } => {
                self.incidents += 1;
                let state = self.environments.entry(environment.clone()).or_default();
                state.incident = Some(Incident {
                    id: *id,
                    at: now,
                    reason: reason.clone(),
                    check: check.clone(),
                });
                state.shake();
                if let Some(current) = &state.current {
                    state.withdraw(current.release.clone(), now, reason);
                }
                self.refresh_soak(environment, now);
            }
            Event::OverrideRequested(content) => self.add_override(content, actor, now),
            Event::OverrideConfirmed { id } => {
                let (place, known) = self.override_mut(*id)?;
                known.confirmed = Some((actor.clone(), now));
                let is_reviewed = known.reviewed.is_some();
                if !is_reviewed {
                    self.index.confirmed(place);
                }
            }
            Event::OverrideReviewed { id, finding } => {
                let (place, known) = self.override_mut(*id)?;
                known.reviewed = Some((actor.clone(), now, finding.clone()));
                self.index.reviewed(place);
            }
            Event::HoldStarted {
                environment,
                reason,
            } => {
                let (by, reason) = (actor.clone(), reason.clone());
                let environment = self.environments.entry(environment.clone()).or_default();
                environment.hold = Some(Hold {
                    at: now,
                    by,
                    reason,
                });
            }
            Event::HoldEnded { environment } => {
                self.environments
                    .entry(environment.clone())
                    .or_default()
                    .hold = None;
            }
            Event::IncidentResolved { environment, .. } => {
                self.environments
                    .entry(environment.clone())
                    .or_default()
                    .incident = None;
                self.refresh_soak(environment, now);
            }
            Event::FreezeStarted {
                scope,
                until,
                reason,
            } => self.start_freeze(Freeze {
                scope: scope.clone(),
                at: now,
                by: actor.clone(),
                until: *until,
                reason: reason.clone(),
                ended: None,
            }),
            Event::FreezeEnded { scope, reason } => {
                self.end_freeze(scope, reason.as_deref(), actor, now)?;
            }
            Event::DriftSeen {
                environment,
                release,
                drifts,
                more,
                ..
            } => {
                let seen = Drifted {
                    since: now,
                    release: release.clone(),
                    drifts: drifts.clone(),
                    more: *more,
                };
                self.drift_seen(environment, seen);
            }
            Event::DriftResolved { environment } => {
                self.environments
                    .entry(environment.clone())
                    .or_default()
                    .drift = None;
                self.refresh_soak(environment, now);
            }
            Event::VerifiedAgain { environment, .. } => self.verified_again(environment, now),
            Event::Watched(stretch) => self.sum(stretch),
        }
        self.touch(entry);
        Ok(())
    }

    /// Notes that a promotion may have changed something in its environment, or that something was
    /// found to be wrong there.
    fn touch(&mut self, entry: &Entry) {
        let id = match &entry.event {
            Event::DriftSeen { environment, .. } | Event::IncidentOpened { environment, .. } => {
                let environment = self.environments.entry(environment.clone());
                environment.or_default().shaken = entry.n;
                return;
            }
            Event::PromotionCommitted { promotion, .. }
            | Event::PromotionReopened { promotion, .. }
            | Event::StepStarted { promotion, .. }
            | Event::StepFinished { promotion, .. }
            | Event::StepFailed { promotion, .. }
            | Event::ReversalStarted { promotion, .. }
            | Event::PromotionEnded { promotion, .. } => promotion,
            _ => return,
        };
        if let Some(promotion) = self.promotions.get(id)
            && (promotion.plan.is_some() || promotion.is_under_way())
        {
            let name = promotion.request.environment.clone();
            self.environments.entry(name).or_default().touched = entry.n;
        }
    }

    fn add_override(&mut self, content: &OverrideContent, actor: &Actor, now: Time) {
        let known = Override {
            content: content.clone(),
            by: actor.clone(),
            at: now,
            confirmed: None,
            reviewed: None,
        };
        self.index.overriding(self.overrides.len(), &known);
        self.overrides.push(known);
    }

    fn override_mut(&mut self, id: OverrideId) -> Result<(usize, &mut Override), String> {
        let place = id.place().ok_or_else(|| id.to_string())?;
        let known = self.overrides.get_mut(place);
        let known = known.filter(|known| known.content.id == id);
        Ok((place, known.ok_or_else(|| id.to_string())?))
    }

    fn promotion_mut(&mut self, id: PromotionId) -> Result<&mut Promotion, String> {
        self.promotions.get_mut(&id).ok_or_else(|| id.to_string())
    }

    fn add_release(&mut self, content: &ReleaseContent, actor: &Actor, now: Time) {
        let release = Release {
            content: content.clone(),
            number: self.releases.len() as u64 + 1,
            created_by: actor.clone(),
            created_at: now,
        };
        let place = self.releases.put(content.name.clone(), release.clone());
        self.index.release(place, &release);
    }

    fn add_evidence(&mut self, content: &EvidenceContent, actor: &Actor, now: Time) {
        let counts_from = self.counts_from(content, now);
        let evidence = Evidence {
            content: content.clone(),
            by: actor.clone(),
            at: now,
            counts_from,
            revoked: None,
        };
        self.index.evidence(self.evidence.len(), &evidence);
        self.evidence.push(evidence);
        self.refresh_all_soak(&content.subject, now);
    }

    /// The same report again renews nothing: its age counts from the first time.
    fn counts_from(&self, content: &EvidenceContent, now: Time) -> Time {
        let Some(report) = &content.report else {
            return now;
        };
        if let Some(made_at) = report.made_at {
            return made_at.min(now);
        }
        let mut near = self.evidence_near(&content.gate, [report.digest]);
        let same = near.find(|earlier| {
            let known = earlier.content.report.as_ref();
            known.is_some_and(|known| known.digest == report.digest)
        });
        same.map_or(now, |earlier| earlier.counts_from)
    }

    fn add_promotion(&mut self, request: &Request, actor: &Actor, now: Time) -> Result<(), String> {
        if let Kind::Rollback {
            cause: Some(cause), ..
        } = &request.kind
        {
            self.promotion_mut(*cause)?.status = Status::RollingBack { by: request.id };
        }
        let creator = self.releases.get(&request.release);
        let creator = creator.filter(|_| request.automatic);
        let promotion = Promotion {
            request: request.clone(),
            requested_by: creator.map_or(actor, |r| &r.created_by).clone(),
            requested_at: now,
            approvals: Vec::new(),
            plan: None,
            journal: Journal::default(),
            status: Status::Waiting,
            ended_at: None,
            ended_by: None,
            notices: Vec::new(),
        };
        let place = self.promotions.put(request.id, promotion);
        self.index.promotion(place, request);
        self.leave(&request.environment, &request.kind, now);
        Ok(())
    }

    fn end_step(&mut self, id: PromotionId, step: u32, end: StepEnd) -> Result<(), String> {
        let (now, done) = (end.at, end.done);
        let promotion = self.promotion_mut(id)?;
        let reverting = matches!(promotion.status, Status::Reverting { .. });
        let record = journal_mut(promotion).0.get_mut(&step);
        let record = record.ok_or_else(|| format!("step {step} of {id}"))?;
        record.failures += u32::from(!done);
        record.ended = Some(end);
        if done && !reverting {
            self.advance_current(id, step, now);
        }
        Ok(())
    }

    /// What ran beside a check that failed has an end, too, but no fault in it.
    fn stop_steps(
        &mut self,
        id: PromotionId,
        (failed, stopped): (u32, &[u32]),
        now: Time,
    ) -> Result<(), String> {
        let promotion = self.promotion_mut(id)?;
        let plan = promotion.plan.as_ref();
        let because = plan.and_then(|plan| plan.steps.get(failed as usize));
        let title = because.map(Step::title).unwrap_or_default();
        for step in stopped {
            let record = journal_mut(promotion).0.get_mut(step);
            let record = record.ok_or_else(|| format!("step {step} of {id}"))?;
            record.ended = Some(StepEnd {
                at: now,
                done: false,
                summary: format!("stopped, because of {title}"),
                output: None,
                stopped: true,
            });
        }
        Ok(())
    }

    fn end_promotion(
        &mut self,
        id: PromotionId,
        outcome: &Outcome,
        actor: &Actor,
        now: Time,
    ) -> Result<(), String> {
        self.settle(id, outcome, now);
        self.index.ended(id);
        let promotion = self.promotion_mut(id)?;
        promotion.status = Status::Ended(outcome.clone());
        promotion.ended_at = Some(now);
        if matches!(
            outcome,
            Outcome::Rejected { .. } | Outcome::Cancelled { .. }
        ) {
            promotion.ended_by = Some(actor.clone());
        }
        Ok(())
    }
}

fn journal_mut(promotion: &mut Promotion) -> &mut Journal {
    match &mut promotion.status {
        Status::Reverting { journal, .. } => journal,
        _ => &mut promotion.journal,
    }
}

impl Evidence {
    /// Whether it is about a release: its whole set, one of its images, or one of their platforms.
    pub fn is_about(&self, release: &Release) -> bool {
        match &self.content.subject {
            Subject::Release { set } => *set == release.content.set_digest(),
            Subject::Image { image, platform } => {
                let mut images = release.content.images.values();
                images.any(|pinned| {
                    let mut platforms = pinned.image.platforms.iter();
                    pinned.image.digest == *image
                        || platforms.any(|(_, known)| Some(*known) == *platform)
                })
            }
        }
    }

    /// Whether it covers this image, or this platform of it.
    pub fn covers(
        &self,
        image: liftlock_oci::Digest,
        manifest: Option<liftlock_oci::Digest>,
    ) -> bool {
        match &self.content.subject {
            Subject::Release { .. } => false,
            Subject::Image {
                image: covered,
                platform,
            } => {
                // A platform's manifest is the same bytes in whatever index it stands.
                let whole = *covered == image && platform.is_none();
                whole || (platform.is_some() && *platform == manifest)
            }
        }
    }
}
