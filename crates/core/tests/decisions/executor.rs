//! Carries promotions out against the simulated world, as the engine does.

use liftlock_core::attestation::stated;
use liftlock_core::decide::{Resumption, StepResult, resumption};
use liftlock_core::plan::Step;
use liftlock_core::promotion::{Promotion, Status};
use liftlock_core::{Actor, Command, PromotionId};
use liftlock_oci::{Digest, PinnedRef, Repository, Tag};

use crate::build::digest;
use crate::faults::{Moment, Place};
use crate::world::World;

/// The process died.
pub(crate) struct Died;

/// How many turns a tick takes at most; more would be a promotion that never ends.
const TURNS_MAX: usize = 500;

impl World {
    /// Carries on what can go on, through every crash, until nothing more happens.
    pub(crate) fn tick(&mut self) {
        while self.tick_until_death().is_err() {
            self.crash();
        }
    }

    pub(crate) fn tick_until_death(&mut self) -> Result<(), Died> {
        let by = self.ticked_by.clone();
        for _ in 0..TURNS_MAX {
            let under_way = self.state.promotions.values().find(|p| p.is_under_way());
            if let Some(id) = under_way.map(|promotion| promotion.request.id) {
                self.resume(id, &by)?;
                continue;
            }
            let expired = self.run(&Command::Expire, &by);
            if let Some(id) = self.commit_one(&by) {
                self.steps(id, &by)?;
            } else if expired.is_ok_and(|events| events.is_empty()) {
                return Ok(());
            }
        }
        panic!("something never ends: {:#?}", self.entries.last());
    }

    /// Commits the first waiting promotion that can be.
    fn commit_one(&mut self, by: &Actor) -> Option<PromotionId> {
        let waiting = self.state.promotions.values();
        let waiting: Vec<PromotionId> = waiting
            .filter(|p| p.status == Status::Waiting)
            .map(|p| p.request.id)
            .collect();
        waiting.into_iter().find(|id| self.commit(*id, by))
    }

    /// Decides a promotion again. Whether something came of it.
    pub(crate) fn commit(&mut self, id: PromotionId, by: &Actor) -> bool {
        let request = self.state.promotions[&id].request.clone();
        let (release, environment) = (request.release.as_str(), request.environment.as_str());
        let observed = self.observe(release, environment, request.kind.clone());
        let promotion = id;
        let committed = self.run(
            &Command::Commit {
                promotion,
                observed,
            },
            by,
        );
        committed.is_ok_and(|events| !events.is_empty())
    }

    /// Carries a promotion that is under way on, as a process that finds it does.
    fn resume(&mut self, id: PromotionId, by: &Actor) -> Result<(), Died> {
        match resumption(&self.state, &self.state.promotions[&id]) {
            Resumption::Decide => {
                assert!(self.commit(id, by), "{id} is stuck");
            }
            Resumption::Forward => {}
            Resumption::Back { reason } => {
                let promotion = id;
                self.run(&Command::GiveUp { promotion, reason }, by)
                    .unwrap();
            }
        }
        self.steps(id, by)
    }

    /// Carries out what is left of a promotion.
    fn steps(&mut self, id: PromotionId, by: &Actor) -> Result<(), Died> {
        for _ in 0..TURNS_MAX {
            if !self.one_step(id, by)? {
                // What it made necessary is carried out by the same process.
                return match self.state.promotions[&id].status {
                    Status::RollingBack { by: rollback } => self.steps(rollback, by),
                    _ => Ok(()),
                };
            }
        }
        panic!("{id} never ends");
    }

    /// Carries out the next step; `false` where there is none.
    fn one_step(&mut self, id: PromotionId, by: &Actor) -> Result<bool, Died> {
        let promotion = self.state.promotions[&id].clone();
        let Some((step, what)) = promotion.next_step() else {
            return Ok(false);
        };
        let place = Place {
            promotion: id,
            reverting: matches!(promotion.status, Status::Reverting { .. }),
            step,
        };
        let start = Command::StartStep {
            promotion: id,
            step,
        };
        self.dies(place, Moment::Before)?;
        self.run(&start, by).unwrap();
        self.dies(place, Moment::Started)?;
        let result = self.carry_out(&promotion, place, what)?;
        self.dies(place, Moment::Done)?;
        let end = Command::EndStep {
            promotion: id,
            step,
            result,
            stopped: Vec::new(),
        };
        self.run(&end, by).unwrap();
        Ok(true)
    }

    fn dies(&mut self, place: Place, moment: Moment) -> Result<(), Died> {
        if self.faults.dies(place, moment) {
            return Err(Died);
        }
        Ok(())
    }

    fn carry_out(
        &mut self,
        promotion: &Promotion,
        place: Place,
        step: &Step,
    ) -> Result<StepResult, Died> {
        let plan = promotion.plan.as_ref().unwrap();
        let environment = plan.environment.clone();
        let images = plan
            .images
            .iter()
            .map(|(key, image)| (key.clone(), image.digest));
        Ok(match step {
            Step::Keep { image, tag } => {
                if !self.has(image) || self.faults.strikes(place, None) {
                    return Ok(failed("not there"));
                }
                self.keep(image, tag.as_ref());
                done()
            }
            Step::Copy { .. } => self.copy(place, step)?,
            Step::Deploy { .. } => {
                let digests = images.clone().map(|(_, digest)| digest).collect();
                self.deployed
                    .entry(place.promotion)
                    .or_default()
                    .insert(digests);
                self.running.insert(environment, images.collect());
                ended(!self.faults.strikes(place, None))
            }
            Step::Observe { .. } => {
                let same = self.running.get(&environment) == Some(&images.collect());
                ended(same && !self.faults.strikes(place, None))
            }
            Step::Sign { .. } => {
                let stated = stated(&self.state, promotion, place.step).unwrap();
                let began = promotion.journal.0[&0].started_at;
                let first = self.stated.entry((place.promotion, place.step, began));
                // A step that is run again states the same, so it signs the same bytes.
                assert_eq!(first.or_insert_with(|| stated.clone()), &stated);
                ended(!self.faults.strikes(place, None))
            }
            Step::Check { .. } => ended(!self.faults.strikes(place, None)),
            Step::Tag {
                image,
                tag,
                expected,
            } => {
                let at = (image.repository.clone(), tag.clone());
                if !self.faults.races && self.faults.strikes(place, None) {
                    return Ok(failed("the registry is away"));
                }
                if self.faults.races && self.faults.strikes(place, Some(1)) {
                    self.meddle(&image.repository, tag);
                }
                let found = self.tags.get(&at).copied();
                if found != *expected && found != Some(image.digest) {
                    return Ok(failed("someone else was faster"));
                }
                if !self.has(image) {
                    return Ok(failed("it is gone"));
                }
                self.tags.insert(at, image.digest);
                done()
            }
            Step::Restore {
                repository,
                tag,
                ours,
                to,
            } => {
                if self.faults.strikes(place, Some(2)) {
                    return Ok(failed("the registry is away"));
                }
                let at = (repository.clone(), tag.clone());
                if self.tags.get(&at) == Some(ours) {
                    match to {
                        Some(to) => self.tags.insert(at, *to),
                        None => self.tags.remove(&at),
                    };
                }
                done()
            }
        })
    }

    fn keep(&mut self, image: &PinnedRef, tag: Option<&Tag>) {
        assert!(self.has(image), "a keep-tag before the content");
        if let Some(tag) = tag {
            let at = (image.repository.clone(), tag.clone());
            let kept = self.tags.entry(at).or_insert(image.digest);
            assert_eq!(*kept, image.digest, "a keep-tag holds something else");
        }
    }

    /// Copies to one repository after the other. Where something goes wrong, it does so half way.
    fn copy(&mut self, place: Place, step: &Step) -> Result<StepResult, Died> {
        let Step::Copy {
            image,
            to,
            tag,
            where_missing,
        } = step
        else {
            return Ok(failed("no copy"));
        };
        let to = to.iter().map(|place| place.pinned(image.digest));
        let (there, missing): (Vec<_>, Vec<_>) = to.partition(|to| *where_missing && self.has(to));
        for there in &there {
            self.keep(there, tag.as_ref());
        }
        let mut sources = [image].into_iter().chain(&there);
        if !missing.is_empty() && !sources.any(|source| self.has(source)) {
            return Ok(failed("nowhere"));
        }
        let breaks = self.faults.strikes(place, None);
        for (n, to) in missing.iter().enumerate() {
            if breaks && n == missing.len() / 2 {
                break;
            }
            self.copied.insert(to.clone());
            if n == 0 {
                self.dies(place, Moment::Half)?;
            }
            self.keep(to, tag.as_ref());
        }
        self.dies(place, Moment::Half)?;
        Ok(ended(!breaks))
    }

    /// Someone else moves a tag.
    pub(crate) fn meddle(&mut self, repository: &Repository, tag: &Tag) {
        let foreign: Digest = digest("foreign");
        self.foreign.insert(foreign);
        self.tags.insert((repository.clone(), tag.clone()), foreign);
    }
}

fn done() -> StepResult {
    ended(true)
}

fn ended(done: bool) -> StepResult {
    StepResult {
        done,
        summary: if done { "done" } else { "failed" }.to_owned(),
        output: None,
    }
}

fn failed(why: &str) -> StepResult {
    StepResult {
        summary: why.to_owned(),
        ..ended(false)
    }
}
