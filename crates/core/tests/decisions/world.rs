//! A simulated world: the entries of one pipeline, the state they fold to, a clock, and a registry.

use std::collections::{BTreeMap, BTreeSet};

use liftlock_core::attestation::{Found as Attestation, Stated};
use liftlock_core::decide::{NewEvidence, Wanted};
use liftlock_core::event::EVENT_VERSION;
use liftlock_core::evidence::{Finding, Found, ReportFacts, Statement, VulnerabilityStatus};
use liftlock_core::freeze::Scope;
use liftlock_core::observed::Observed;
use liftlock_core::plan::{PlanRequest, needs};
use liftlock_core::policy::{EvidenceKind, Severity};
use liftlock_core::promotion::{Kind, Outcome, Promotion, Status};
use liftlock_core::release::About;
use liftlock_core::verdict::{Answer, Verdict};
use liftlock_core::watching::Observation;
use liftlock_core::{
    Actor, Command, Entry, EnvironmentName, Event, ImageKey, Policy, PromotionId, Refusal, Span,
    State, Time, decide,
};
use liftlock_oci::{Digest, PinnedRef, Repository, Tag};

use crate::actors::{oidc, token};
use crate::build::{at, digest, images_of, is};
use crate::faults::Faults;
use crate::{audit, naive_soak};

/// Everything there is. What a crash leaves is everything but `state`.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) entries: Vec<Entry>,
    pub(crate) state: State,
    pub(crate) clock: Time,
    /// Who carries out what waits.
    pub(crate) ticked_by: Actor,
    pub(crate) tags: BTreeMap<(Repository, Tag), Digest>,
    /// What others have pointed tags at.
    pub(crate) foreign: BTreeSet<Digest>,
    /// What is gone from where it was built.
    pub(crate) gone: BTreeSet<PinnedRef>,
    /// What was copied to somewhere else.
    pub(crate) copied: BTreeSet<PinnedRef>,
    pub(crate) running: BTreeMap<EnvironmentName, BTreeMap<ImageKey, Digest>>,
    /// What each promotion has deployed.
    pub(crate) deployed: BTreeMap<PromotionId, BTreeSet<Vec<Digest>>>,
    /// What steps that sign have stated.
    pub(crate) stated: BTreeMap<(PromotionId, u32, Time), Stated>,
    /// Why no private key can be used here.
    pub(crate) keyless: Option<String>,
    pub(crate) faults: Faults,
    pub(crate) soaked: naive_soak::Soaked,
    /// What was observed in each environment, with its number.
    pub(crate) observations: BTreeMap<EnvironmentName, Vec<(u64, Observation)>>,
    /// Whether each event is audited, and each entry written and read again.
    pub(crate) audited: bool,
}

/// The first instant of every world.
pub(crate) fn dawn() -> Time {
    at("2026-03-01T08:00:00Z")
}

impl World {
    /// Nothing yet.
    pub(crate) fn empty() -> Self {
        Self {
            entries: Vec::new(),
            state: State::default(),
            clock: dawn(),
            ticked_by: token("ci"),
            tags: BTreeMap::new(),
            foreign: BTreeSet::new(),
            gone: BTreeSet::new(),
            copied: BTreeSet::new(),
            running: BTreeMap::new(),
            deployed: BTreeMap::new(),
            stated: BTreeMap::new(),
            keyless: None,
            faults: Faults::default(),
            soaked: naive_soak::Soaked::default(),
            observations: BTreeMap::new(),
            audited: true,
        }
    }

    /// A world with a policy that alice adopted.
    pub(crate) fn with(policy: Policy) -> Self {
        assert_eq!(policy.problems(), []);
        let mut world = Self::empty();
        world.adopt(policy, &oidc("alice")).unwrap();
        world
    }

    /// Decides a command, records what follows, and applies it.
    pub(crate) fn run(&mut self, command: &Command, actor: &Actor) -> Result<Vec<Event>, Refusal> {
        let events = decide(&self.state, command, actor, self.clock)?;
        let time = self.state.stamp(self.clock)?;
        for event in &events {
            let pipeline = match event {
                Event::PolicyAdopted { policy, .. } => policy.pipeline.clone(),
                _ => self.state.pipeline.clone().unwrap(),
            };
            self.record(Entry {
                v: EVENT_VERSION,
                pipeline,
                n: self.state.version + 1,
                time,
                actor: actor.clone(),
                event: event.clone(),
            });
        }
        Ok(events)
    }

    /// Applies an entry as if it had been read.
    pub(crate) fn record(&mut self, entry: Entry) {
        if self.audited {
            audit::entry(&entry);
            audit::before(self, &entry);
        }
        self.state.apply(&entry).unwrap();
        self.entries.push(entry);
        if self.audited {
            naive_soak::after_event(self);
            audit::after(self);
        }
    }

    /// Lets time pass.
    pub(crate) fn pass(&mut self, span: Span) {
        self.clock = self.clock + span;
    }

    /// Drops what only the process knew.
    pub(crate) fn crash(&mut self) {
        let replayed = State::replay(&self.entries).unwrap();
        assert_eq!(replayed, self.state, "replay is not what was folded");
        let read = State::from_snapshot(&replayed.to_snapshot().unwrap()).unwrap();
        assert_eq!(read, self.state, "a snapshot is not what was folded");
        self.state = replayed;
    }

    /// What is seen of the world before a decision; nothing where what to look at is not clear.
    pub(crate) fn observe(&self, release: &str, environment: &str, kind: Kind) -> Observed {
        self.look(release, environment, kind).unwrap_or_default()
    }

    fn look(&self, release: &str, environment: &str, kind: Kind) -> Result<Observed, Refusal> {
        let (release, environment) = (is(release), is(environment));
        let request = PlanRequest {
            release: &release,
            environment: &environment,
            kind,
            older: true,
            promotion: None,
            requester: &oidc("alice"),
        };
        let now = self.state.stamp(self.clock)?;
        let needs = needs(&self.state, &request, now)?;
        let tags = needs.tags.into_iter();
        let mut observed = Observed {
            tags: tags
                .map(|tag| (tag.clone(), self.tags.get(&tag).copied()))
                .collect(),
            ..Observed::default()
        };
        for (key, _) in needs.keys {
            let usable = self.keyless.clone().map_or(Ok(()), Err);
            observed.keys.insert(key, usable);
        }
        for image in needs.images {
            let there = self.has(&image);
            observed.present.insert(image, there);
        }
        for source in needs.sources {
            if source.is_needed(&observed) {
                let there = self.has(&source.image);
                observed.present.insert(source.image, there);
            }
        }
        Ok(observed)
    }

    /// Whether an image is in a repository: it was built there, or copied.
    pub(crate) fn has(&self, image: &PinnedRef) -> bool {
        let mut releases = self.state.releases.values();
        let built = releases.any(|r| r.content.pinned().values().any(|built| built == image));
        built && !self.gone.contains(image) || self.copied.contains(image)
    }

    pub(crate) fn promotion(&self, id: u64) -> &Promotion {
        &self.state.promotions[&PromotionId(id)]
    }

    /// How a promotion ended, in one word.
    pub(crate) fn outcome(&self, id: u64) -> &'static str {
        match &self.promotion(id).status {
            Status::Waiting => "waiting",
            Status::Running => "running",
            Status::Reverting { .. } => "reverting",
            Status::RollingBack { .. } => "rolling back",
            Status::Ended(outcome) => match outcome {
                Outcome::Succeeded => "succeeded",
                Outcome::Failed { .. } => "failed",
                Outcome::RolledBack { .. } => "rolled back",
                Outcome::NothingToReturnTo { .. } => "nothing to return to",
                Outcome::Rejected { .. } => "rejected",
                Outcome::Cancelled { .. } => "cancelled",
                Outcome::Superseded { .. } => "superseded",
                Outcome::Expired => "expired",
            },
        }
    }

    pub(crate) fn current(&self, environment: &str) -> Option<String> {
        let current = self.state.environment(&is(environment)).current.as_ref();
        current.map(|current| current.release.to_string())
    }

    /// Where a tag of an image points, where the image is built.
    pub(crate) fn tag(&self, key: &str, tag: &str) -> Option<Digest> {
        self.tag_in(&crate::build::repository(key).to_string(), tag)
    }

    /// Where a tag of a repository points.
    pub(crate) fn tag_in(&self, repository: &str, tag: &str) -> Option<Digest> {
        self.tags.get(&(is(repository), is(tag))).copied()
    }
}

/// The commands, in few words. Each is given a second after the last.
impl World {
    pub(crate) fn go(&mut self, command: &Command, actor: &Actor) -> Result<Vec<Event>, Refusal> {
        self.pass(Span::from_secs(1));
        self.run(command, actor)
    }

    pub(crate) fn adopt(&mut self, policy: Policy, actor: &Actor) -> Result<Vec<Event>, Refusal> {
        let policy = Box::new(policy);
        self.go(&Command::Adopt { policy }, actor)
    }

    /// The token `ci` creates a release of every image, authored by dan.
    pub(crate) fn release(&mut self, name: &str) {
        let about = About {
            author: Some("dan".to_owned()),
            version: Some(format!("{name}.0")),
            ..About::default()
        };
        self.release_about(name, about, &token("ci")).unwrap();
    }

    pub(crate) fn release_about(
        &mut self,
        name: &str,
        about: About,
        actor: &Actor,
    ) -> Result<Vec<Event>, Refusal> {
        let images = images_of(self.state.policy().unwrap(), name);
        let name = is(name);
        let command = Command::CreateRelease {
            name,
            images,
            about,
        };
        self.go(&command, actor)
    }

    /// A release of these images, brought from another site in an archive with this content.
    pub(crate) fn import(
        &mut self,
        name: &str,
        archive: &str,
        actor: &Actor,
    ) -> Result<Vec<Event>, Refusal> {
        self.import_about(name, About::default(), archive, actor)
    }

    pub(crate) fn import_about(
        &mut self,
        name: &str,
        about: About,
        archive: &str,
        actor: &Actor,
    ) -> Result<Vec<Event>, Refusal> {
        let command = Command::ImportRelease {
            name: is(name),
            images: images_of(self.state.policy().unwrap(), name),
            about,
            imported: Box::new(crate::build::imported(archive)),
        };
        self.go(&command, actor)
    }

    /// The token `ci` says pass or fail, without a report.
    pub(crate) fn evidence(&mut self, release: &str, gate: &str, pass: bool) {
        let mut new = plain(release, gate);
        if !pass {
            new.finding = Some(Finding::Failed);
        }
        self.submit(new, &token("ci")).unwrap();
    }

    pub(crate) fn submit(
        &mut self,
        new: NewEvidence,
        actor: &Actor,
    ) -> Result<Vec<Event>, Refusal> {
        self.go(&Command::AddEvidence(Box::new(new)), actor)
    }

    /// Someone comes across something that `key` has signed beside the image `api` of a release.
    pub(crate) fn attest(
        &mut self,
        release: &str,
        key: &str,
        content: serde_json::Value,
        actor: &Actor,
    ) -> Result<Vec<Event>, Refusal> {
        let found = vec![attested(&format!("api {release}"), key, content)];
        let release = is(release);
        self.go(
            &Command::RecordAttested {
                release,
                found,
                gate: None,
            },
            actor,
        )
    }

    pub(crate) fn revoke(&mut self, id: u64) {
        let command = Command::RevokeEvidence {
            id: liftlock_core::EvidenceId(id),
            reason: "found wrong".to_owned(),
        };
        self.go(&command, &token("ci")).unwrap();
    }

    pub(crate) fn request(&mut self, wanted: Wanted, actor: &Actor) -> Result<Vec<Event>, Refusal> {
        let (release, environment) = (wanted.release.as_str(), wanted.environment.as_str());
        let observed = self.look(release, environment, Kind::Promote)?;
        self.go(&Command::Request { wanted, observed }, actor)
    }

    /// The token `ci` asks for a promotion that must be opened.
    pub(crate) fn ask(&mut self, release: &str, environment: &str) -> u64 {
        self.request(wanted(release, environment), &token("ci"))
            .unwrap();
        let open = self.state.open_promotion(&is(release), &is(environment));
        open.unwrap().request.id.0
    }

    /// Asks, and carries out what passes.
    pub(crate) fn promote(&mut self, release: &str, environment: &str) -> u64 {
        let id = self.ask(release, environment);
        self.tick();
        id
    }

    pub(crate) fn approve(
        &mut self,
        release: &str,
        environment: &str,
        actor: &Actor,
    ) -> Result<Vec<Event>, Refusal> {
        self.approve_only(release, environment, &[], actor)
    }

    pub(crate) fn approve_only(
        &mut self,
        release: &str,
        environment: &str,
        gates: &[&str],
        actor: &Actor,
    ) -> Result<Vec<Event>, Refusal> {
        let there = self.state.release(&is(release))?;
        let command = Command::Approve {
            set: there.content.set_digest(),
            release: is(release),
            environment: is(environment),
            gates: gates.iter().map(|gate| is(gate)).collect(),
            comment: None,
        };
        self.go(&command, actor)
    }

    pub(crate) fn roll_back(
        &mut self,
        environment: &str,
        release: Option<&str>,
        actor: &Actor,
    ) -> Result<Vec<Event>, Refusal> {
        let kind = Kind::Rollback {
            from: None,
            cause: None,
            reason: "it is slow".to_owned(),
        };
        let (environment, release) = (is(environment), release.map(is));
        let target =
            liftlock_core::decide::rollback_target(&self.state, &environment, release.as_ref())?;
        let observed = self.observe(target.as_str(), environment.as_str(), kind);
        let command = Command::Rollback {
            environment,
            release,
            reason: "it is slow".to_owned(),
            observed,
        };
        self.go(&command, actor)
    }

    pub(crate) fn freeze(
        &mut self,
        scope: Scope,
        until: &str,
        reason: &str,
        actor: &Actor,
    ) -> Result<Vec<Event>, Refusal> {
        let command = Command::Freeze {
            scope,
            until: is(until),
            reason: reason.to_owned(),
        };
        self.go(&command, actor)
    }

    pub(crate) fn unfreeze(
        &mut self,
        scope: Scope,
        reason: Option<&str>,
        actor: &Actor,
    ) -> Result<Vec<Event>, Refusal> {
        let reason = reason.map(str::to_owned);
        self.go(&Command::Unfreeze { scope, reason }, actor)
    }

    /// What the gate of this name says about a promotion, now.
    pub(crate) fn verdict(&self, release: &str, environment: &str, gate: &str) -> (Answer, String) {
        let verdict = self.judged(release, environment, gate);
        (verdict.answer, verdict.reason)
    }

    /// The same, with when time alone can change it.
    pub(crate) fn judged(&self, release: &str, environment: &str, gate: &str) -> Verdict {
        let (name, place) = (is(release), is(environment));
        let request = PlanRequest {
            release: &name,
            environment: &place,
            kind: Kind::Promote,
            older: true,
            promotion: self.state.open_promotion(&name, &place),
            requester: &token("ci"),
        };
        let observed = self.observe(release, environment, Kind::Promote);
        let now = self.state.stamp(self.clock).unwrap();
        let plan = liftlock_core::plan::plan(&self.state, &request, &observed, now).unwrap();
        plan.verdicts.into_iter().find(|v| v.gate == gate).unwrap()
    }

    /// Only the answer.
    pub(crate) fn answer(&self, release: &str, environment: &str, gate: &str) -> Answer {
        self.verdict(release, environment, gate).0
    }
}

pub(crate) fn wanted(release: &str, environment: &str) -> Wanted {
    Wanted {
        release: is(release),
        environment: is(environment),
        older: false,
        again: false,
    }
}

/// A plain pass.
pub(crate) fn plain(release: &str, gate: &str) -> NewEvidence {
    NewEvidence {
        release: is(release),
        gate: is(gate),
        image: None,
        finding: Some(Finding::Passed),
        report: None,
        url: None,
        note: None,
    }
}

/// A scan report with these critical findings, about the images with these contents.
pub(crate) fn scan_report(name: &str, critical: u64, about: &[&str]) -> ReportFacts {
    ReportFacts {
        format: "trivy".to_owned(),
        kind: EvidenceKind::Scan,
        digest: digest(name),
        made_at: None,
        finding: None,
        figures: BTreeMap::from([("critical".to_owned(), critical)]),
        findings: Vec::new(),
        statements: Vec::new(),
        tools: Vec::new(),
        subjects: about.iter().map(|content| digest(content)).collect(),
        platform: None,
    }
}

/// The same as evidence for the gate `scan`.
pub(crate) fn scanned(release: &str, report: ReportFacts) -> NewEvidence {
    NewEvidence {
        finding: None,
        report: Some(report),
        ..plain(release, "scan")
    }
}

/// A scan report with these findings and how often each is there, about these images.
pub(crate) fn found_report(
    name: &str,
    findings: &[(&str, Severity, u64)],
    about: &[&str],
) -> ReportFacts {
    let mut report = scan_report(name, 0, about);
    for severity in Severity::ALL {
        let of_it = findings.iter().filter(|(_, s, _)| *s == severity);
        let count = of_it.map(|(_, _, count)| count).sum();
        report.figures.insert(severity.to_string(), count);
    }
    let found = findings.iter().flat_map(|(id, severity, count)| {
        let one = Found {
            id: (*id).to_owned(),
            severity: *severity,
            count: 1,
        };
        std::iter::repeat_n(one, usize::try_from(*count).unwrap())
    });
    report.findings = found.collect();
    report
}

/// An OpenVEX document with these statements, each about the images with these contents.
pub(crate) fn vex_report(
    name: &str,
    statements: &[(&str, VulnerabilityStatus)],
    about: &[&str],
) -> ReportFacts {
    let images: Vec<_> = about.iter().map(|content| digest(content)).collect();
    let statements = statements.iter().map(|(id, status)| Statement {
        id: (*id).to_owned(),
        aliases: Vec::new(),
        status: *status,
        justification: None,
        images: images.clone(),
        partial: false,
    });
    ReportFacts {
        format: "openvex".to_owned(),
        figures: BTreeMap::new(),
        statements: statements.collect(),
        ..scan_report(name, 0, about)
    }
}

/// A provenance of the image with these contents, signed with a key.
pub(crate) fn attested(image: &str, key: &str, content: serde_json::Value) -> Attestation {
    let statement = digest(&format!("{image} {key} {content}"));
    Attestation {
        image: digest(image),
        subjects: vec![digest(image)],
        statement,
        envelope: digest(&format!("envelope {statement}")),
        predicate: is("https://slsa.dev/provenance/v1"),
        key: crate::build::key(key).fingerprint(),
        content,
        report: None,
    }
}
