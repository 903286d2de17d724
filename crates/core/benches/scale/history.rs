//! A pipeline's history, made by the decisions themselves: each release is tested, scanned,
//! approved, and promoted through three environments. Always the same for the same size.

use std::collections::BTreeMap;

use liftlock_core::decide::{NewEvidence, StepResult, Wanted};
use liftlock_core::event::EVENT_VERSION;
use liftlock_core::evidence::{Finding, ReportFacts};
use liftlock_core::observed::Observed;
use liftlock_core::plan::{PlanRequest, needs};
use liftlock_core::policy::EvidenceKind;
use liftlock_core::promotion::Kind;
use liftlock_core::release::{About, ReleaseImage};
use liftlock_core::{
    Actor, Authentication, Command, Entry, Policy, PromotionId, ReleaseName, Span, State, Time,
    decide,
};
use liftlock_oci::{Digest, Image, Repository, Tag, media_types};

/// The environments, in order.
pub(crate) const ENVIRONMENTS: [&str; 3] = ["dev", "staging", "production"];

/// What happened, and what it comes to.
#[derive(Clone)]
pub(crate) struct History {
    pub(crate) entries: Vec<Entry>,
    pub(crate) state: State,
    pub(crate) now: Time,
    tags: BTreeMap<(Repository, Tag), Digest>,
}

/// Anything that is written as a text.
pub(crate) fn is<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

pub(crate) fn actor(identity: &str) -> Actor {
    Actor {
        identity: is(identity),
        authentication: Authentication::Authenticated,
    }
}

pub(crate) fn ci() -> Actor {
    actor("token:ci")
}

/// The name of the release with this number.
pub(crate) fn name(number: usize) -> ReleaseName {
    is(&format!("r{number}"))
}

impl History {
    /// A history of this many releases, the last of which waits for an approval for production.
    pub(crate) fn of(policy: Policy, releases: usize) -> Self {
        assert_eq!(policy.problems(), []);
        let mut history = Self {
            entries: Vec::new(),
            state: State::default(),
            now: is("2026-03-01T08:00:00Z"),
            tags: BTreeMap::new(),
        };
        let policy = Box::new(policy);
        history.run(&Command::Adopt { policy }, &actor("oidc:alice@example.com"));
        for number in 1..=releases {
            history.release(number, number == releases);
        }
        history
    }

    fn release(&mut self, number: usize, last: bool) {
        let name = name(number);
        self.create(&name);
        self.evidence(&name, "tests", EvidenceKind::Tests);
        self.evidence(&name, "scan", EvidenceKind::Scan);
        for environment in ENVIRONMENTS {
            let id = self.request(&name, environment);
            if environment == "production" {
                self.now = self.now + is::<Span>("1h");
                if last {
                    return;
                }
                self.approve(&name, &actor("oidc:bob@example.com"));
            }
            self.commit(id, &name, environment);
            self.carry_out(id);
        }
    }

    /// Decides a command and applies what follows.
    pub(crate) fn run(&mut self, command: &Command, actor: &Actor) {
        let events = decide(&self.state, command, actor, self.now).unwrap();
        assert_ne!(events, [], "nothing follows from {command:?}");
        for event in events {
            let entry = Entry {
                v: EVENT_VERSION,
                pipeline: is("app"),
                n: self.state.version + 1,
                time: self.now,
                actor: actor.clone(),
                event,
            };
            self.state.apply(&entry).unwrap();
            self.entries.push(entry);
        }
        self.now = self.now + is::<Span>("1s");
    }

    fn create(&mut self, name: &ReleaseName) {
        let digest = Digest::of(name.as_str().as_bytes());
        let image = ReleaseImage {
            repository: is("registry.example.com/app/api"),
            image: Image {
                digest,
                media_type: media_types::OCI_MANIFEST.to_owned(),
                platforms: vec![(is("linux/amd64"), digest)],
            },
        };
        let command = Command::CreateRelease {
            name: name.clone(),
            images: BTreeMap::from([(is("api"), image)]),
            about: About::default(),
        };
        self.run(&command, &ci());
    }

    fn evidence(&mut self, name: &ReleaseName, gate: &str, kind: EvidenceKind) {
        let report = ReportFacts {
            format: "junit".to_owned(),
            kind,
            digest: Digest::of(format!("{gate} {name}").as_bytes()),
            made_at: None,
            finding: Some(Finding::Passed),
            figures: BTreeMap::from([("tests".to_owned(), 9), ("critical".to_owned(), 0)]),
            findings: Vec::new(),
            statements: Vec::new(),
            tools: Vec::new(),
            subjects: vec![Digest::of(name.as_str().as_bytes())],
            platform: None,
        };
        let new = NewEvidence {
            release: name.clone(),
            gate: is(gate),
            image: None,
            finding: None,
            report: Some(report),
            url: None,
            note: None,
        };
        self.run(&Command::AddEvidence(Box::new(new)), &ci());
    }

    fn request(&mut self, release: &ReleaseName, environment: &str) -> PromotionId {
        let id = self.state.next_promotion();
        let wanted = Wanted {
            release: release.clone(),
            environment: is(environment),
            older: false,
            again: false,
        };
        let observed = self.observe(release, environment);
        self.run(&Command::Request { wanted, observed }, &ci());
        id
    }

    /// Approves for production.
    pub(crate) fn approve(&mut self, release: &ReleaseName, by: &Actor) {
        let command = Command::Approve {
            release: release.clone(),
            environment: is("production"),
            gates: Vec::new(),
            set: self.state.release(release).unwrap().content.set_digest(),
            comment: None,
        };
        self.run(&command, by);
    }

    fn commit(&mut self, promotion: PromotionId, release: &ReleaseName, environment: &str) {
        let observed = self.observe(release, environment);
        let command = Command::Commit {
            promotion,
            observed,
        };
        self.run(&command, &ci());
    }

    fn carry_out(&mut self, promotion: PromotionId) {
        while let Some((step, _)) = self.state.promotions[&promotion].next_step() {
            self.run(&Command::StartStep { promotion, step }, &ci());
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
            self.run(&command, &ci());
        }
        let request = self.state.promotions[&promotion].request.clone();
        let digest = Digest::of(request.release.as_str().as_bytes());
        let tag = (
            is("registry.example.com/app/api"),
            is(request.environment.as_str()),
        );
        self.tags.insert(tag, digest);
    }

    /// What a look at the registry would give: every image is there, and tags are where they were
    /// left.
    pub(crate) fn observe(&self, release: &ReleaseName, environment: &str) -> Observed {
        let environment = is(environment);
        let request = PlanRequest {
            release,
            environment: &environment,
            kind: Kind::Promote,
            older: false,
            promotion: None,
            requester: &ci(),
        };
        let needs = needs(&self.state, &request, self.now).unwrap();
        let look = |tag: (Repository, Tag)| (tag.clone(), self.tags.get(&tag).copied());
        Observed {
            tags: needs.tags.into_iter().map(look).collect(),
            present: needs.images.into_iter().map(|i| (i, true)).collect(),
            ..Observed::default()
        }
    }
}
