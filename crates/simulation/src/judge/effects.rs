//! What is done to the world is what was committed, and what is recorded is what was done.

use std::collections::BTreeMap;

use liftlock_core::ImageKey;
use liftlock_core::event::{Entry, Event};
use liftlock_core::plan::Step;
use liftlock_core::promotion::Outcome;
use liftlock_engine::ports::{CheckRequest, CopyImage, DeliveryContext};
use liftlock_oci::{Digest, PinnedRef};

use super::book::Attempt;
use super::{Judge, Written};
use crate::records::Records;
use crate::registry::{Hub, Place};
use crate::world::ProcessId;

impl Judge {
    /// The promotions that a process may act for: under way, with the lease in its hand.
    pub(super) fn acting<'a>(
        &'a self,
        process: ProcessId,
        records: &'a Records,
    ) -> impl Iterator<Item = &'a Attempt> {
        self.book.attempts.values().filter(move |attempt| {
            let policy = self.book.policy.as_ref();
            let pipeline = policy.map_or("", |policy| policy.pipeline.as_str());
            let lease = format!("{pipeline}/{}", attempt.request.environment);
            attempt.is_under_way() && records.is_held_by(&lease, process)
        })
    }

    /// A tag is about to be written, or taken away.
    pub(crate) fn tag_write(
        &self,
        (repository, tag): &Place,
        digest: Option<Digest>,
        process: ProcessId,
        records: &Records,
    ) -> Result<(), String> {
        if let Some(name) = tag.as_str().strip_prefix("keep-") {
            return self.keep_tag(name, digest);
        }
        let planned = |step: &Step| match step {
            Step::Tag {
                image, tag: wanted, ..
            } => image.repository == *repository && wanted == tag && Some(image.digest) == digest,
            Step::Restore {
                repository: place,
                tag: wanted,
                to,
                ..
            } => place == repository && wanted == tag && *to == digest,
            _ => false,
        };
        if self
            .acting(process, records)
            .any(|attempt| attempt.under_hand().any(planned))
        {
            Ok(())
        } else {
            let to = digest.map_or_else(|| "nothing".to_owned(), |digest| digest.short());
            Err(format!(
                "{repository}:{tag} is pointed at {to}, which no step under way says"
            ))
        }
    }

    fn keep_tag(&self, name: &str, digest: Option<Digest>) -> Result<(), String> {
        let mut releases = self.book.releases.iter();
        let Some((_, release)) = releases.find(|(known, _)| known.as_str() == name) else {
            // Written before the release is recorded: one that could be cleaned away is none.
            return Ok(());
        };
        let mut images = release.content.images.values();
        if images.any(|image| Some(image.image.digest) == digest) {
            Ok(())
        } else {
            Err(format!(
                "keep-{name} is pointed at something else than the release"
            ))
        }
    }

    /// A deployment is about to be made.
    pub(crate) fn deployment(
        &self,
        context: &DeliveryContext,
        process: ProcessId,
        records: &Records,
    ) -> Result<(), String> {
        let committed = |attempt: &Attempt| {
            let images = attempt.plan.as_ref().map(|plan| &plan.images);
            attempt.request.id.to_string() == context.promotion
                && attempt.request.environment == context.environment
                && images == Some(&context.images)
                && attempt
                    .under_hand()
                    .any(|step| matches!(step, Step::Deploy { .. }))
        };
        if self.acting(process, records).any(committed) {
            Ok(())
        } else {
            Err(format!(
                "{} is deployed to, which no step under way says",
                context.environment
            ))
        }
    }

    /// A check is about to be run.
    pub(crate) fn check(
        &self,
        request: &CheckRequest,
        process: ProcessId,
        records: &Records,
    ) -> Result<(), String> {
        let named = |step: &Step| match step {
            Step::Check { name, .. } => name.as_str() == request.name,
            _ => false,
        };
        // Who watches may not know yet that something else is there by now.
        let watched = || {
            let mut attempts = self.book.attempts.values();
            request.context.watched
                && attempts.any(|attempt| {
                    attempt.plan.is_some()
                        && attempt.request.id.to_string() == request.context.promotion
                        && attempt.request.environment == request.context.environment
                })
        };
        if self
            .acting(process, records)
            .any(|attempt| attempt.under_hand().any(named))
            || watched()
        {
            Ok(())
        } else {
            Err(format!(
                "the check {} runs, which no step under way says",
                request.name
            ))
        }
    }

    /// A copy is about to be made.
    pub(crate) fn copy(
        &self,
        request: &CopyImage,
        process: ProcessId,
        records: &Records,
    ) -> Result<(), String> {
        let planned = |step: &Step| match step {
            Step::Copy { image, to, .. } => {
                image.digest == request.image.digest
                    && request.to.iter().all(|place| to.contains(place))
            }
            _ => false,
        };
        if self
            .acting(process, records)
            .any(|attempt| attempt.under_hand().any(planned))
        {
            Ok(())
        } else {
            Err(format!(
                "{} is copied, which no step under way says",
                request.image
            ))
        }
    }

    /// After an entry: what it says was done is so.
    pub(super) fn effect(
        &mut self,
        entry: &Entry,
        step: Option<&Step>,
        written: &Written<'_>,
    ) -> Result<(), String> {
        match &entry.event {
            Event::PromotionCommitted { promotion, plan } => {
                let tags = plan.steps.iter().map(|step| match step {
                    Step::Tag { image, tag, .. } => {
                        written
                            .hub
                            .slot(&(image.repository.clone(), tag.clone()))
                            .digest
                    }
                    _ => None,
                });
                self.tags_before.insert(*promotion, tags.collect());
                Ok(())
            }
            Event::StepFinished { promotion, .. } => {
                let attempt = &self.book.attempts[promotion];
                match step {
                    Some(Step::Keep { image, .. }) => is_there(written.hub, image),
                    Some(Step::Observe { .. }) => self.runs_as_planned(attempt, written),
                    Some(Step::Check { name, .. }) => {
                        let key = (promotion.to_string(), name.to_string());
                        if self.checked.get(&key) == Some(&true) {
                            Ok(())
                        } else {
                            Err(format!("the check {name} of {promotion} did not pass"))
                        }
                    }
                    _ => Ok(()),
                }
            }
            Event::PromotionEnded { promotion, outcome } => {
                let attempt = &self.book.attempts[promotion];
                self.ended(attempt, outcome, written)
                    .map_err(|problem| format!("{promotion} ended, and {problem}"))
            }
            _ => Ok(()),
        }
    }

    fn runs_as_planned(&self, attempt: &Attempt, written: &Written<'_>) -> Result<(), String> {
        let environment = &attempt.request.environment;
        let disturbed = written.machines.disturbed.get(environment);
        let Some(plan) = attempt.plan.as_ref().filter(|_| attempt.deploys()) else {
            return Ok(());
        };
        let running = written.machines.running(environment);
        let wrong = |(key, image): (&ImageKey, &PinnedRef)| running.get(key) != Some(&image.digest);
        if plan.images.iter().any(wrong) && disturbed.is_none_or(|at| *at < attempt.committed) {
            return Err(format!(
                "{environment} runs something else: {}",
                shown(&running)
            ));
        }
        Ok(())
    }

    /// Either all tags moved or those that did are back, but for those that others have moved.
    fn ended(
        &self,
        attempt: &Attempt,
        outcome: &Outcome,
        written: &Written<'_>,
    ) -> Result<(), String> {
        let Some(plan) = &attempt.plan else {
            return Ok(());
        };
        let by_rollback = |other: &Attempt| matches!(&other.request.kind, liftlock_core::promotion::Kind::Rollback { cause, .. } if *cause == Some(attempt.request.id));
        if gave_up(outcome) {
            // Its tags stay as they are, and an incident names them.
            return Ok(());
        }
        if *outcome == Outcome::Succeeded {
            self.runs_as_planned(attempt, written)?;
        } else if self.book.attempts.values().any(by_rollback) {
            // Its rollback says where the tags are now.
            return Ok(());
        }
        let committed = attempt.committed.checked_sub(1);
        let committed = committed.and_then(|n| written.places.get(n as usize).copied());
        for (step, place) in plan.steps.iter().zip(0..) {
            let Step::Tag {
                image,
                tag,
                expected,
            } = step
            else {
                continue;
            };
            let slot = written.hub.slot(&(image.repository.clone(), tag.clone()));
            let wanted = match outcome {
                Outcome::Succeeded => Some(image.digest),
                _ if attempt.forward.begun.contains(&place) => *expected,
                _ => continue,
            };
            let others = slot.disturbed > committed;
            let gone = wanted.is_some_and(|wanted| {
                !written
                    .hub
                    .present
                    .contains(&image.repository.pinned(wanted))
            });
            let before = self.tags_before.get(&attempt.request.id);
            let before = before
                .and_then(|tags| tags.get(place as usize))
                .copied()
                .flatten();
            let untouched = *outcome != Outcome::Succeeded && slot.digest == before;
            if slot.digest != wanted && !untouched && !others && !gone {
                let at = slot
                    .digest
                    .map_or_else(|| "nothing".to_owned(), |digest| digest.short());
                return Err(format!("{}:{tag} is at {at}", image.repository));
            }
        }
        Ok(())
    }
}

pub(crate) fn gave_up(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Failed { reason } if reason.contains("; given up: "))
}

fn is_there(hub: &Hub, image: &PinnedRef) -> Result<(), String> {
    if hub.present.contains(image) || hub.lost.contains(image) {
        Ok(())
    } else {
        Err(format!("{image} is not there"))
    }
}

fn shown(running: &BTreeMap<ImageKey, Digest>) -> String {
    let each = running
        .iter()
        .map(|(key, digest)| format!("{key} {}", digest.short()));
    each.collect::<Vec<_>>().join(", ")
}
