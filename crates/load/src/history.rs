//! A pipeline's history, made by the decisions themselves: each release is tested and scanned,
//! promoted to staging, and where there is room for it approved and promoted to production. Always
//! the same for the same numbers.

use std::collections::BTreeMap;
use std::str::FromStr;

use liftlock_core::decide::{NewEvidence, StepResult, Wanted};
use liftlock_core::event::EVENT_VERSION;
use liftlock_core::evidence::{Finding, ReportFacts};
use liftlock_core::observed::Observed;
use liftlock_core::plan::{PlanRequest, needs};
use liftlock_core::policy::EvidenceKind;
use liftlock_core::promotion::Kind;
use liftlock_core::release::{About, ReleaseImage};
use liftlock_core::state::FOLD_VERSION;
use liftlock_core::{
    Actor, Command, Entry, Groups, PipelineName, PromotionId, ReleaseName, Span, State, Time,
    decide,
};
use liftlock_engine::ports::Snapshot;
use liftlock_engine::{SNAPSHOT_EVERY, encode};
use liftlock_oci::{Digest, Image, Repository, Tag, media_types};

use crate::images;
use crate::policy::{APPROVERS, BOARD, person, policy, repository, token};
use crate::trouble::Trouble;

/// When every history begins.
const BEGINS: &str = "2025-01-01T08:00:00Z";

/// Between two commands.
const STEP: Span = Span::from_secs(20);

/// The fewest events of a pipeline with one release.
pub(crate) const EVENTS_MIN: usize = 10;

/// How long a pipeline's history is to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Length {
    /// Releases.
    pub(crate) releases: usize,
    /// Events; a few more or fewer come of it.
    pub(crate) events: usize,
}

/// What happened, and what it comes to.
pub(crate) struct History {
    /// The pipeline.
    pub(crate) pipeline: PipelineName,
    /// What happened, as it is recorded.
    pub(crate) entries: Vec<Vec<u8>>,
    state: State,
    /// The state where a server would have written the last snapshot.
    kept: Option<(State, Digest)>,
    registry_port: u16,
    now: Time,
    tags: BTreeMap<(Repository, Tag), Digest>,
}

/// The name of the release with this number.
pub(crate) fn release(number: usize) -> String {
    format!("r{number}")
}

fn is<T: FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, Trouble> {
    text.parse()
        .map_err(|error| Trouble::Text(format!("{text:?}: {error}")))
}

fn ci() -> Result<Actor, Trouble> {
    let identity = is(&format!("token:{}", token(0)))?;
    Ok(Actor::authenticated(identity, Groups::default()))
}

fn approver(nth: usize) -> Result<Actor, Trouble> {
    let identity = is(&format!("oidc:{}", person(nth)))?;
    let groups = Groups::of([APPROVERS]).map_err(|error| Trouble::Text(error.to_string()))?;
    Ok(Actor::authenticated(identity, groups))
}

fn no_group(identity: &str) -> Result<Actor, Trouble> {
    Ok(Actor::authenticated(is(identity)?, Groups::default()))
}

impl History {
    /// A history of this length. The last release waits for approvals for production, and the one
    /// before is in production where there is one.
    ///
    /// # Errors
    /// Where the product refuses one of its commands.
    pub(crate) fn of(pipeline: &str, registry_port: u16, length: Length) -> Result<Self, Trouble> {
        let mut history = Self {
            pipeline: is(pipeline)?,
            entries: Vec::with_capacity(length.events),
            state: State::default(),
            kept: None,
            registry_port,
            now: is(BEGINS)?,
            tags: BTreeMap::new(),
        };
        let policy = Box::new(policy(pipeline, registry_port)?);
        history.run(&Command::Adopt { policy }, &no_group("oidc:owner")?)?;
        for number in 1..=length.releases {
            let is_last = number == length.releases;
            let until = length.events * number / length.releases;
            history.release(number, until, is_last, number + 1 == length.releases)?;
        }
        Ok(history)
    }

    /// The last snapshot that a server would have written, as it would.
    ///
    /// # Errors
    /// Where the state cannot be written.
    pub(crate) fn snapshot(&self) -> Result<Option<Snapshot>, Trouble> {
        let Some((state, last)) = &self.kept else {
            return Ok(None);
        };
        Ok(Some(Snapshot {
            version: state.version,
            fold: FOLD_VERSION,
            last: *last,
            state: state.to_snapshot()?,
        }))
    }

    fn release(
        &mut self,
        number: usize,
        until: usize,
        is_last: bool,
        is_current: bool,
    ) -> Result<(), Trouble> {
        let name: ReleaseName = is(&release(number))?;
        self.create(&name)?;
        self.evidence(&name, "tests", EvidenceKind::Tests)?;
        self.evidence(&name, "scan", EvidenceKind::Scan)?;
        self.promote(&name, "staging")?;
        let has_room = self.entries.len() + PRODUCTION_EVENTS <= until;
        if !is_last && (has_room || is_current) {
            self.promote(&name, "production")?;
        }
        let left = usize::from(is_last);
        while self.entries.len() + left < until {
            // As a scan every night would.
            self.evidence(&name, "scan", EvidenceKind::Scan)?;
        }
        if is_last {
            self.request(&name, "production")?;
        }
        Ok(())
    }

    /// Decides a command and applies what follows.
    fn run(&mut self, command: &Command, actor: &Actor) -> Result<(), Trouble> {
        let events = decide(&self.state, command, actor, self.now)?;
        for event in events {
            let in_force = self.state.adopted.iter().map(|adopted| &adopted.policy);
            let entry = Entry {
                v: EVENT_VERSION,
                pipeline: self.pipeline.clone(),
                n: self.state.version + 1,
                time: self.now,
                actor: actor.as_known_to(in_force),
                event,
            };
            self.state.apply(&entry)?;
            self.entries.push(encode(&entry)?);
        }
        let since = self.kept.as_ref().map_or(0, |(state, _)| state.version);
        if self.state.version >= since + SNAPSHOT_EVERY
            && let Some(last) = self.entries.last()
        {
            self.kept = Some((self.state.clone(), Digest::of(last)));
        }
        self.now = self.now + STEP;
        Ok(())
    }

    fn create(&mut self, name: &ReleaseName) -> Result<(), Trouble> {
        let digest = images::digest(name.as_str());
        let image = ReleaseImage {
            repository: is(&repository(self.registry_port, self.pipeline.as_str()))?,
            image: Image {
                digest,
                media_type: media_types::OCI_MANIFEST.to_owned(),
                platforms: vec![(is("linux/amd64")?, digest)],
            },
        };
        let command = Command::CreateRelease {
            name: name.clone(),
            images: BTreeMap::from([(is("api")?, image)]),
            about: About::default(),
        };
        self.run(&command, &ci()?)
    }

    fn evidence(
        &mut self,
        name: &ReleaseName,
        gate: &str,
        kind: EvidenceKind,
    ) -> Result<(), Trouble> {
        let said = format!("{gate} {name} {}", self.entries.len());
        let report = ReportFacts {
            format: "junit".to_owned(),
            kind,
            digest: Digest::of(said.as_bytes()),
            made_at: None,
            finding: Some(Finding::Passed),
            figures: BTreeMap::from([("tests".to_owned(), 9), ("critical".to_owned(), 0)]),
            findings: Vec::new(),
            statements: Vec::new(),
            tools: Vec::new(),
            subjects: vec![images::digest(name.as_str())],
            platform: None,
        };
        let new = NewEvidence {
            release: name.clone(),
            gate: is(gate)?,
            image: None,
            finding: None,
            report: Some(report),
            url: None,
            note: None,
        };
        self.run(&Command::AddEvidence(Box::new(new)), &ci()?)
    }

    fn promote(&mut self, name: &ReleaseName, environment: &str) -> Result<(), Trouble> {
        let id = self.request(name, environment)?;
        if environment == "production" {
            for nth in 0..2 {
                self.approve(name, &approver(nth)?)?;
            }
            self.approve(name, &no_group(BOARD)?)?;
        }
        self.commit(id, name, environment)?;
        self.carry_out(id)
    }

    fn request(
        &mut self,
        release: &ReleaseName,
        environment: &str,
    ) -> Result<PromotionId, Trouble> {
        let id = self.state.next_promotion();
        let wanted = Wanted {
            release: release.clone(),
            environment: is(environment)?,
            older: false,
            again: false,
        };
        let observed = self.observe(release, environment)?;
        self.run(&Command::Request { wanted, observed }, &ci()?)?;
        Ok(id)
    }

    fn approve(&mut self, release: &ReleaseName, by: &Actor) -> Result<(), Trouble> {
        let command = Command::Approve {
            release: release.clone(),
            environment: is("production")?,
            gates: Vec::new(),
            set: self.state.release(release)?.content.set_digest(),
            comment: None,
        };
        self.run(&command, by)
    }

    fn commit(
        &mut self,
        promotion: PromotionId,
        release: &ReleaseName,
        environment: &str,
    ) -> Result<(), Trouble> {
        let observed = self.observe(release, environment)?;
        let command = Command::Commit {
            promotion,
            observed,
        };
        self.run(&command, &ci()?)
    }

    fn carry_out(&mut self, promotion: PromotionId) -> Result<(), Trouble> {
        let next = |state: &State| {
            let there = state.promotions.get(&promotion)?;
            there.next_step().map(|(step, _)| step)
        };
        while let Some(step) = next(&self.state) {
            self.run(&Command::StartStep { promotion, step }, &ci()?)?;
            let result = StepResult {
                done: true,
                summary: "done".to_owned(),
                output: None,
            };
            let command = Command::EndStep {
                promotion,
                step,
                result,
                stopped: Vec::new(),
            };
            self.run(&command, &ci()?)?;
        }
        if let Some(there) = self.state.promotions.get(&promotion) {
            let repository = is(&repository(self.registry_port, self.pipeline.as_str()))?;
            let tag = (repository, is(there.request.environment.as_str())?);
            let digest = images::digest(there.request.release.as_str());
            self.tags.insert(tag, digest);
        }
        Ok(())
    }

    /// What a look at the registry would give: every image is there, and tags are where they were
    /// left.
    fn observe(&self, release: &ReleaseName, environment: &str) -> Result<Observed, Trouble> {
        let environment = is(environment)?;
        let requester = ci()?;
        let request = PlanRequest {
            release,
            environment: &environment,
            kind: Kind::Promote,
            older: false,
            promotion: None,
            requester: &requester,
        };
        let needs = needs(&self.state, &request, self.now)?;
        let look = |tag: (Repository, Tag)| (tag.clone(), self.tags.get(&tag).copied());
        Ok(Observed {
            tags: needs.tags.into_iter().map(look).collect(),
            present: needs.images.into_iter().map(|i| (i, true)).collect(),
            ..Observed::default()
        })
    }
}

/// About how many events a promotion to production makes.
const PRODUCTION_EVENTS: usize = 9;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_has_the_length_that_was_asked_for_and_a_release_that_waits() {
        for (releases, events) in [(1, 10), (10, 200), (30, 1200)] {
            let length = Length { releases, events };
            let history = History::of("p0", 5733, length).unwrap();
            let (found, state) = (history.entries.len(), &history.state);
            assert!(found.abs_diff(events) <= 12, "{found} of {events}");
            assert_eq!(state.version, found as u64);
            assert_eq!(state.open_promotions().count(), 1);
            let production = state.environment(&is("production").unwrap());
            assert_eq!(production.current.is_some(), releases > 1);
            let snapshot = history.snapshot().unwrap();
            assert_eq!(snapshot.is_some(), events >= 500);
        }
    }
}
