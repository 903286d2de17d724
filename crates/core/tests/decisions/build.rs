//! Policies, releases and observations, built in few words.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use liftlock_core::calendar::Days;
use liftlock_core::policy::{
    Acceptance, ApprovalRule, Check, CheckKind, Condition, Deploy, Environment, EvidenceKind,
    EvidenceRule, Exclude, Figure, Gate, GateRule, Gates, HttpCheck, IdentityMode, OverrideRule,
    POLICY_VERSION, Per, PublicKey, RollbackOn, RollbackRule, SignatureRule, SoakRule, Verb, Who,
    WindowRule,
};
use liftlock_core::release::ReleaseImage;
use liftlock_core::{ImageKey, Policy, Span, Time};
use liftlock_oci::{Digest, Image, Platform, Repository};

/// Anything that is written as a text in a policy.
pub(crate) fn is<T>(text: &str) -> T
where
    T: std::str::FromStr,
    T::Err: std::fmt::Debug,
{
    text.parse().unwrap()
}

pub(crate) fn at(text: &str) -> Time {
    is(text)
}

pub(crate) fn span(text: &str) -> Span {
    is(text)
}

pub(crate) fn who(words: &[&str]) -> Vec<Who> {
    words.iter().map(|word| is(word)).collect()
}

/// The digest that an image with these contents has.
pub(crate) fn digest(content: &str) -> Digest {
    Digest::of(content.as_bytes())
}

pub(crate) fn repository(key: &str) -> Repository {
    is(&format!("registry.example.com/app/{key}"))
}

/// An environment that is being written down.
pub(crate) struct Env(Environment);

/// An environment with its own name as its only tag, without gates, deployment or checks.
pub(crate) fn env(name: &str) -> Env {
    Env(Environment {
        name: is(name),
        after: Vec::new(),
        repositories: Vec::new(),
        tags: vec![is(name)],
        gates: Gates::None,
        deploy: None,
        checks: Vec::new(),
        gap_max: None,
        rollback: None,
        expires: span("7d"),
        auto: false,
        sign: None,
        worker: None,
        overrides: None,
    })
}

impl Env {
    /// These may override, for this long.
    pub(crate) fn overridden_by(mut self, by: &[&str], max: &str) -> Self {
        let (by, max) = (who(by), span(max));
        self.0.overrides = Some(OverrideRule { by, max });
        self
    }

    /// Signs with the key `builder`.
    pub(crate) fn signs(mut self) -> Self {
        self.0.sign = Some(is("builder"));
        self
    }

    /// Is carried out by workers with this label alone.
    pub(crate) fn worked_by(mut self, label: &str) -> Self {
        self.0.worker = Some(is(label));
        self
    }

    pub(crate) fn auto(mut self) -> Self {
        self.0.auto = true;
        self
    }

    pub(crate) fn after(mut self, upstream: &str) -> Self {
        self.0.after.push(is(upstream));
        self
    }

    pub(crate) fn repositories(mut self, repositories: &[&str]) -> Self {
        self.0.repositories = repositories.iter().map(|place| is(place)).collect();
        self
    }

    pub(crate) fn tags(mut self, tags: &[&str]) -> Self {
        self.0.tags = tags.iter().map(|tag| is(tag)).collect();
        self
    }

    pub(crate) fn gate(mut self, name: &str, rule: GateRule) -> Self {
        let gate = Gate {
            name: is(name),
            rule,
        };
        match &mut self.0.gates {
            Gates::All(gates) => gates.push(gate),
            Gates::None => self.0.gates = Gates::All(vec![gate]),
        }
        self
    }

    /// Deploys, and rolls back when that or a check fails.
    pub(crate) fn deploys(mut self) -> Self {
        self.0.deploy = Some(Deploy::Command {
            command: vec!["deploy".to_owned()],
            env: BTreeMap::new(),
            within: span("5m"),
        });
        self.0.rollback = Some(RollbackRule::On(vec![RollbackOn::Check]));
        self
    }

    /// Deployed with compose: a service of the same name for each of these images.
    pub(crate) fn runs_with_compose(&mut self, images: &[&str]) {
        let services = images.iter().map(|image| ((*image).to_owned(), is(image)));
        self.0.deploy = Some(Deploy::Compose {
            files: vec!["compose.yml".to_owned()],
            services: services.collect(),
            project: None,
            within: span("5m"),
            profiles: Vec::new(),
        });
    }

    pub(crate) fn never_rolls_back(mut self) -> Self {
        self.0.rollback = Some(RollbackRule::None);
        self
    }

    pub(crate) fn checked(mut self) -> Self {
        self.0.checks.push(Check {
            name: is("smoke"),
            kind: CheckKind::Http(HttpCheck::new("https://example.com/health", span("1m"))),
            after: Vec::new(),
            every: None,
        });
        self
    }

    /// Its checks are run again this often.
    pub(crate) fn watched(mut self, every: &str) -> Self {
        for check in &mut self.0.checks {
            check.every = Some(span(every));
        }
        self.0.gap_max = liftlock_core::watching::gap_max(&self.0.checks);
        self
    }

    /// All time counts for soak, as policies had it before gaps were left out.
    pub(crate) fn without_gaps(mut self) -> Self {
        self.0.gap_max = None;
        self
    }

    /// An incident within this time after a promotion rolls back, and so does a failed check.
    pub(crate) fn rolls_back_within(mut self, within: &str) -> Self {
        self.0.rollback = Some(RollbackRule::Within {
            on: vec![RollbackOn::Check, RollbackOn::Incident],
            within: span(within),
        });
        self
    }

    pub(crate) fn expires(mut self, within: &str) -> Self {
        self.0.expires = span(within);
        self
    }

    pub(crate) fn done(self) -> Environment {
        self.0
    }
}

/// `evidence:` of a kind, from the token `ci`, without limits.
pub(crate) fn evidence(kind: EvidenceKind) -> EvidenceRule {
    EvidenceRule {
        kind,
        from: who(&["token:ci"]),
        max: BTreeMap::new(),
        min: BTreeMap::new(),
        fresh: None,
        per: match kind {
            EvidenceKind::Scan => Per::Image,
            _ => Per::Release,
        },
        platforms: Vec::new(),
        accept: Vec::new(),
        vex: Vec::new(),
        keys: Vec::new(),
    }
}

/// A test gate.
pub(crate) fn tests() -> GateRule {
    GateRule::Evidence(evidence(EvidenceKind::Tests))
}

/// A scan gate: no critical findings, fresh for a day.
pub(crate) fn scan() -> GateRule {
    GateRule::Evidence(EvidenceRule {
        max: BTreeMap::from([(Figure::Critical, 0)]),
        fresh: Some(span("24h")),
        ..evidence(EvidenceKind::Scan)
    })
}

/// A scan gate that hears statements of qa and accepts `CVE-A` until the end of 2026-03-10.
pub(crate) fn excepting_scan() -> EvidenceRule {
    EvidenceRule {
        max: BTreeMap::from([(Figure::Critical, 0)]),
        accept: vec![accepted("CVE-A", "2026-03-10")],
        vex: who(&["qa"]),
        ..evidence(EvidenceKind::Scan)
    }
}

pub(crate) fn accepted(id: &str, until: &str) -> Acceptance {
    Acceptance {
        id: id.to_owned(),
        until: is(until),
        reason: "not reachable".to_owned(),
    }
}

/// A signature gate on what `builder` signs about its builds.
pub(crate) fn signed(conditions: &[(&str, &[&str])]) -> SignatureRule {
    let condition = |(field, allowed): &(&str, &[&str])| Condition {
        field: is(field),
        allowed: allowed.iter().map(ToString::to_string).collect(),
    };
    SignatureRule {
        predicate: is("https://slsa.dev/provenance/v1"),
        keys: vec![is("builder")],
        conditions: conditions.iter().map(condition).collect(),
    }
}

/// A public key of this name's own: its form is right, and nothing here checks a signature.
pub(crate) fn key(name: &str) -> PublicKey {
    let head = "3059301306072a8648ce3d020106082a8648ce3d03010703420004";
    let hex = [head, &digest(name).hex(), &digest(name).hex()].concat();
    let bytes = (0..hex.len()).step_by(2);
    let bytes: Vec<u8> = bytes
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect();
    is(&base64::engine::general_purpose::STANDARD.encode(bytes))
}

/// The same with the keys `builder` and `scanner`.
pub(crate) fn with_keys(mut policy: Policy) -> Policy {
    let keys = ["builder", "scanner"].map(|name| (is(name), key(name)));
    policy.keys = keys.into();
    policy
}

/// `approval:` by `count` of these, the requester excluded, not expiring.
pub(crate) fn approval_rule(by: &[&str], count: u32) -> ApprovalRule {
    ApprovalRule {
        by: who(by),
        count,
        exclude: vec![Exclude::Requester],
        expires: None,
        of: None,
        shared: false,
    }
}

pub(crate) fn approval(by: &[&str], count: u32) -> GateRule {
    GateRule::Approval(approval_rule(by, count))
}

pub(crate) fn soak(time: &str) -> GateRule {
    GateRule::Soak(SoakRule {
        time: span(time),
        unobserved: false,
    })
}

/// A policy with authenticated identities, the people alice, bob, carol and dan, each with two
/// identities, the groups leads (alice, bob) and qa (bob, carol), and one image, `api`. Alice owns
/// it; leads and the token `ci` may promote and create releases.
pub(crate) fn policy(environments: Vec<Env>) -> Policy {
    let people = ["alice", "bob", "carol", "dan"].map(|name| {
        let identities = [format!("user:{name}"), format!("oidc:{name}@example.com")];
        (is(name), identities.iter().map(|i| is(i)).collect())
    });
    Policy {
        version: POLICY_VERSION,
        pipeline: is("app"),
        identity: IdentityMode::Authenticated,
        images: BTreeMap::from([(is("api"), repository("api"))]),
        keep: true,
        owners: who(&["alice"]),
        people: people.into_iter().collect::<BTreeMap<_, BTreeSet<_>>>(),
        keys: BTreeMap::new(),
        groups: BTreeMap::from([
            (is("leads"), who(&["alice", "bob"])),
            (is("qa"), who(&["bob", "carol"])),
        ]),
        allow: BTreeMap::from([
            (Verb::Promote, who(&["leads", "token:ci"])),
            (Verb::Rollback, who(&["leads", "token:ci"])),
        ]),
        environments: environments.into_iter().map(Env::done).collect(),
        files: BTreeMap::new(),
    }
}

/// The same policy with the second image `web`.
pub(crate) fn with_web(mut policy: Policy) -> Policy {
    policy.images.insert(is("web"), repository("web"));
    policy
}

/// The same policy with claimed identities.
pub(crate) fn claimed(mut policy: Policy) -> Policy {
    policy.identity = IdentityMode::Claimed;
    policy
}

/// An image of one platform, found in its repository.
pub(crate) fn image(key: &str, content: &str) -> ReleaseImage {
    let digest = digest(content);
    ReleaseImage {
        repository: repository(key),
        image: Image {
            digest,
            media_type: liftlock_oci::media_types::OCI_MANIFEST.to_owned(),
            platforms: vec![(is("linux/amd64"), digest)],
        },
    }
}

/// An index of several platforms; the manifest of each has the content `CONTENT PLATFORM`.
pub(crate) fn index(key: &str, content: &str, platforms: &[&str]) -> ReleaseImage {
    let platforms = platforms.iter().map(|platform| {
        let manifest = digest(&format!("{content} {platform}"));
        (is::<Platform>(platform), manifest)
    });
    ReleaseImage {
        image: Image {
            platforms: platforms.collect(),
            media_type: liftlock_oci::media_types::OCI_INDEX.to_owned(),
            digest: digest(content),
        },
        ..image(key, content)
    }
}

/// The images of a release for every key of the policy, each with the content `KEY NAME`.
pub(crate) fn images_of(policy: &Policy, name: &str) -> BTreeMap<ImageKey, ReleaseImage> {
    policy
        .images
        .keys()
        .map(|key| (key.clone(), image(key.as_str(), &format!("{key} {name}"))))
        .collect()
}

/// A window from days, hours with commas between, a time zone, and exclusions: `mon-thu 09:00-16:00
/// Europe/Berlin 2026-12-24`.
pub(crate) fn window(spec: &str) -> WindowRule {
    let words: Vec<&str> = spec.split(' ').collect();
    let days = words[0].split(',').map(is::<Days>);
    WindowRule {
        days: days.fold(Days::default(), Days::and),
        hours: words[1].split(',').map(is).collect(),
        timezone: is(words[2]),
        except: words[3..].iter().map(|dates| is(dates)).collect(),
    }
}

/// Where something came from: an archive with this content.
pub(crate) fn imported(archive: &str) -> liftlock_core::release::Imported {
    liftlock_core::release::Imported {
        pipeline: is("shop"),
        archive: Digest::of(archive.as_bytes()),
        origin: "example.org/shop".to_owned(),
        size: 41,
        root: "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=".to_owned(),
    }
}
