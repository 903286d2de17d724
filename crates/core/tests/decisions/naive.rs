//! The rules for entering an environment, written again and as plainly as possible, from the
//! words of `semantics` and not from the code.

use std::collections::{BTreeMap, BTreeSet};

use liftlock_core::evidence::{Evidence, Finding, Subject, VulnerabilityStatus};
use liftlock_core::freeze::Scope;
use liftlock_core::policy::{
    ApprovalRule, Environment, EvidenceRule, Exclude, Figure, GateRule, IdentityMode, Per,
    SignatureRule, Who,
};
use liftlock_core::promotion::{Approval, Promotion};
use liftlock_core::{
    Actor, Authentication, EnvironmentName, GateName, Identity, Policy, Release, ReleaseName, Span,
    State, Time,
};
use liftlock_oci::Digest;

use crate::{naive_override, naive_window};

/// Why a promotion may not be committed now; nothing where it may.
pub(crate) fn against_commit(
    state: &State,
    promotion: &Promotion,
    soaked: &BTreeMap<(EnvironmentName, ReleaseName), Span>,
    now: Time,
) -> Vec<String> {
    let policy = state.policy().unwrap();
    let environment = policy.environment(&promotion.request.environment).unwrap();
    let release = state.release(&promotion.request.release).unwrap();
    let mut against = Vec::new();
    for upstream in &environment.after {
        let name = &release.content.name;
        if !stands(state, upstream, name) || is_shaken(state, upstream, name) {
            against.push(format!("after {upstream}"));
        }
    }
    let frozen = |scope: &Scope| {
        *scope == Scope::All || *scope == Scope::Environment(environment.name.clone())
    };
    for freeze in &state.freezes {
        let holds = frozen(&freeze.scope) && freeze.ended.is_none() && now < freeze.until;
        if holds && !naive_override::passes(state, promotion, "freeze", now) {
            against.push(format!("frozen: {}", freeze.reason));
        }
    }
    if promotion.request.automatic && state.environment(&environment.name).hold.is_some() {
        against.push("held".to_owned());
    }
    let mut approvals = Vec::new();
    for gate in environment.gates.list() {
        if naive_override::passes(state, promotion, gate.name.as_str(), now) {
            continue;
        }
        match &gate.rule {
            GateRule::Signature(rule) => {
                let mut images = release.content.images.values();
                if !images
                    .all(|image| is_signed(state, &gate.name, rule, image.image.digest, false))
                {
                    against.push(format!("signature {}", gate.name));
                }
            }
            GateRule::Evidence(rule) => {
                if !evidence_passes(state, environment, release, &gate.name, rule, now) {
                    against.push(format!("evidence {}", gate.name));
                }
            }
            GateRule::Soak(rule) => {
                for upstream in &environment.after {
                    let key = (upstream.clone(), release.content.name.clone());
                    if soaked.get(&key).copied().unwrap_or_default() < rule.time {
                        against.push(format!("soak in {upstream}"));
                    }
                }
            }
            GateRule::Window(rule) => {
                let zone = jiff::tz::TimeZoneDatabase::bundled().get(rule.timezone.as_str());
                if !naive_window::is_open(rule, &zone.unwrap(), now) {
                    against.push(format!("window {}", gate.name));
                }
            }
            GateRule::Approval(rule) => {
                let persons = approvers(state, environment, release, promotion, &gate.name, now);
                let count = rule.count as usize;
                if rule.shared && persons.len() < count {
                    against.push(format!("shared {}", gate.name));
                } else if !rule.shared {
                    approvals.push((count, persons));
                }
            }
        }
    }
    if !can_fill(&approvals) {
        against.push(format!("approvals {approvals:?}"));
    }
    against
}

/// Whether a release is there, and what is there was not as recorded the last time that all was
/// looked at.
fn is_shaken(state: &State, environment: &EnvironmentName, release: &ReleaseName) -> bool {
    let there = state.environment(environment);
    let mut current = there.current.iter();
    let shaken = Some(liftlock_core::state::Doubt::Shaken);
    current.any(|c| c.release == *release && (there.drift.is_some() || c.doubt == shaken))
}

/// Whether something of the right type about this image, signed with one of the gate's keys, says
/// what the gate asks, and was not revoked, or may be.
fn is_signed(
    state: &State,
    gate: &GateName,
    rule: &SignatureRule,
    image: Digest,
    even_revoked: bool,
) -> bool {
    let policy = state.policy().unwrap();
    let keys: Vec<Digest> = rule
        .keys
        .iter()
        .map(|key| policy.keys[key].fingerprint())
        .collect();
    state.evidence.iter().any(|evidence| {
        let Some(attested) = &evidence.content.attested else {
            return false;
        };
        let about = evidence.content.subject
            == Subject::Image {
                image,
                platform: None,
            };
        let says = rule.conditions.iter().all(|condition| {
            let said = attested.fields.get(&condition.field).cloned().flatten();
            said.is_some_and(|said| {
                let mut allowed = condition.allowed.iter();
                allowed.any(|one| match one.ends_with('*') {
                    true => said.starts_with(one.trim_end_matches('*')),
                    false => said == *one,
                })
            })
        });
        about
            && says
            && evidence.content.gate == *gate
            && (even_revoked || evidence.revoked.is_none())
            && attested.predicate == rule.predicate
            && keys.contains(&attested.key)
    })
}

/// Whether an image would be signed well, had not someone revoked that.
fn lost_its_signature(
    state: &State,
    gate: &GateName,
    rule: &SignatureRule,
    release: &Release,
) -> bool {
    let mut images = release
        .content
        .images
        .values()
        .map(|image| image.image.digest);
    images.any(|image| {
        let signed = |revoked| is_signed(state, gate, rule, image, revoked);
        !signed(false) && signed(true)
    })
}

/// Whether a release was verified in an environment, and nothing has taken that away since.
pub(crate) fn stands(state: &State, environment: &EnvironmentName, release: &ReleaseName) -> bool {
    let there = state.environment(environment);
    let is_current = there
        .current
        .as_ref()
        .is_some_and(|c| c.release == *release);
    let was_verified = there.verified.iter().any(|s| s.release == *release);
    let has_incident = is_current && there.incident.is_some();
    let is_withdrawn = there.withdrawn.contains_key(release);
    was_verified && !has_incident && !is_withdrawn && !has_bad_evidence(state, environment, release)
}

/// Whether the last evidence for any of an environment's gates is failed, revoked or over a limit.
pub(crate) fn has_bad_evidence(
    state: &State,
    environment: &EnvironmentName,
    release: &ReleaseName,
) -> bool {
    let policy = state.policy().unwrap();
    let Some(environment) = policy.environment(environment) else {
        return false;
    };
    let release = &state.releases[release];
    environment.gates.list().iter().any(|gate| {
        if let GateRule::Signature(rule) = &gate.rule {
            return !naive_override::was_known(state, &environment.name, release, &gate.name)
                && lost_its_signature(state, &gate.name, rule, release);
        }
        let GateRule::Evidence(rule) = &gate.rule else {
            return false;
        };
        if naive_override::was_known(state, &environment.name, release, &gate.name) {
            return false;
        }
        parts(release, rule).iter().any(|part| {
            let judge = Judge {
                state,
                policy,
                gate: &gate.name,
                rule,
                part,
            };
            let last = last(state, policy, &gate.name, rule, part);
            // As it was when it last got worse: what was accepted until then was let in.
            last.is_some_and(|evidence| !judge.is_good(evidence, judge.worsened(evidence)))
        })
    })
}

fn evidence_passes(
    state: &State,
    environment: &Environment,
    release: &Release,
    gate: &GateName,
    rule: &EvidenceRule,
    now: Time,
) -> bool {
    let policy = state.policy().unwrap();
    let here = state.environment(&environment.name);
    let withdrawn = here.withdrawn.get(&release.content.name);
    parts(release, rule).iter().all(|part| {
        let Some(evidence) = last(state, policy, gate, rule, part) else {
            return false;
        };
        let age = now.since(evidence.counts_from);
        let judge = Judge {
            state,
            policy,
            gate,
            rule,
            part,
        };
        judge.is_good(evidence, now)
            && rule.fresh.is_none_or(|fresh| age <= fresh)
            && withdrawn.is_none_or(|withdrawn| evidence.counts_from > withdrawn.at)
    })
}

/// Who judges a piece of evidence, for what.
struct Judge<'a> {
    state: &'a State,
    policy: &'a Policy,
    gate: &'a GateName,
    rule: &'a EvidenceRule,
    part: &'a Part,
}

impl Judge<'_> {
    fn is_good(&self, evidence: &Evidence, at: Time) -> bool {
        let content = &evidence.content;
        let figure = |name: &str| content.figures.get(name).copied();
        let no_limits = self.rule.max.is_empty() && self.rule.min.is_empty();
        let decided = content.finding.is_some() || !no_limits;
        let few = self.rule.max.iter().all(|(name, max)| {
            let name = name.as_str();
            let mut excused = 0;
            for found in &content.findings {
                let accepted = self.rule.accept.iter().any(|accepted| {
                    accepted.id == found.id
                        && at.day() <= accepted.until.to_string().replace('-', "")
                });
                if found.severity.as_str() == name && (accepted || self.is_stated_away(&found.id)) {
                    excused += found.count;
                }
            }
            figure(name).is_some_and(|count| count - excused <= *max)
        });
        let enough =
            |(name, min): (&Figure, &u64)| figure(name.as_str()).is_some_and(|count| count >= *min);
        evidence.revoked.is_none()
            && content.finding != Some(Finding::Failed)
            && decided
            && few
            && self.rule.min.iter().all(enough)
    }

    /// The last that trusted people said of a finding here, and when that was.
    fn last_said(&self, id: &str) -> Option<(bool, Time)> {
        let mut last = None;
        for evidence in &self.state.evidence {
            let trusted = counts(self.policy, &evidence.by)
                && is_named(self.policy, &self.rule.vex, &evidence.by);
            for statement in &evidence.content.statements {
                let Part::Manifest { image, platform } = self.part else {
                    continue;
                };
                let here = statement.images.contains(image) || statement.images.contains(platform);
                let named = statement.id == id || statement.aliases.iter().any(|a| a == id);
                if trusted && here && named && evidence.content.gate == *self.gate {
                    let fine = [VulnerabilityStatus::NotAffected, VulnerabilityStatus::Fixed]
                        .contains(&statement.status)
                        && !statement.partial
                        && evidence.revoked.is_none();
                    let revoked = evidence.revoked.as_ref().map(|(at, _)| *at);
                    last = Some((fine, revoked.unwrap_or(evidence.at)));
                }
            }
        }
        last
    }

    fn is_stated_away(&self, id: &str) -> bool {
        self.last_said(id).is_some_and(|(fine, _)| fine)
    }

    fn worsened(&self, evidence: &Evidence) -> Time {
        let mut at = evidence.at;
        for found in &evidence.content.findings {
            if let Some((false, when)) = self.last_said(&found.id) {
                at = at.max(when);
            }
        }
        at
    }
}

/// What evidence must be about: the whole set, or each platform of each image.
enum Part {
    Set(Digest),
    Manifest { image: Digest, platform: Digest },
}

fn parts(release: &Release, rule: &EvidenceRule) -> Vec<Part> {
    if rule.per == Per::Release {
        return vec![Part::Set(release.content.set_digest())];
    }
    let images = release.content.images.values();
    images
        .flat_map(|image| {
            let all = image.image.platforms.iter();
            all.map(|(_, manifest)| Part::Manifest {
                image: image.image.digest,
                platform: *manifest,
            })
        })
        .collect()
}

fn last<'a>(
    state: &'a State,
    policy: &Policy,
    gate: &GateName,
    rule: &EvidenceRule,
    part: &Part,
) -> Option<&'a Evidence> {
    let mut found = None;
    for evidence in &state.evidence {
        let about = match (part, &evidence.content.subject) {
            (Part::Set(set), Subject::Release { set: covered }) => set == covered,
            (
                Part::Manifest { image, platform },
                Subject::Image {
                    image: i,
                    platform: p,
                },
            ) => match p {
                Some(p) => p == platform,
                None => i == image,
            },
            _ => false,
        };
        let signed = evidence.content.attested.as_ref();
        let by_key = signed.is_some_and(|signed| {
            let mut keys = rule.keys.iter().map(|key| policy.keys[key].fingerprint());
            keys.any(|key| key == signed.key)
        });
        let trusted = by_key
            || signed.is_none()
                && counts(policy, &evidence.by)
                && ((rule.from.is_empty() && policy.identity == IdentityMode::Claimed)
                    || is_named(policy, &rule.from, &evidence.by));
        let examined = evidence.content.statements.is_empty();
        if about && examined && trusted && evidence.content.gate == *gate {
            found = Some(evidence);
        }
    }
    found
}

pub(crate) fn counts(policy: &Policy, actor: &Actor) -> bool {
    match policy.identity {
        IdentityMode::Claimed => true,
        IdentityMode::Authenticated => !actor.is_claimed(),
    }
}

/// Whether a list names an actor: by an identity, or by what their provider says they are in.
pub(crate) fn is_named(policy: &Policy, list: &[Who], actor: &Actor) -> bool {
    let words: Vec<String> = list.iter().map(ToString::to_string).collect();
    let mut open: Vec<&Who> = list.iter().collect();
    if words.contains(&"owners".to_owned()) {
        open.extend(&policy.owners);
    }
    for (group, members) in &policy.groups {
        if words.contains(&group.to_string()) {
            open.extend(members);
        }
    }
    let by_group = open.iter().any(|who| match (who, &actor.authentication) {
        (Who::Group(group), Authentication::InGroups { groups }) => groups.contains(group),
        _ => false,
    });
    by_group || named(policy, list).contains(&actor.identity)
}

/// Every identity that a list names.
fn named(policy: &Policy, list: &[Who]) -> BTreeSet<Identity> {
    let mut identities = BTreeSet::new();
    for who in list {
        match who {
            Who::Identity(identity) => {
                identities.insert(identity.clone());
            }
            // Who is in it says the actor: [`is_named`].
            Who::Group(_) => {}
            Who::Name(name) => {
                let word = name.as_str();
                let group = policy
                    .groups
                    .iter()
                    .find(|(group, _)| group.as_str() == word);
                if word == "owners" {
                    identities.extend(named(policy, &policy.owners));
                } else if let Some((_, members)) = group {
                    identities.extend(named(policy, members));
                } else if let Some(own) = policy.people.get(name) {
                    identities.extend(own.iter().cloned());
                } else {
                    identities.insert(Identity::User(name.clone()));
                }
            }
        }
    }
    identities
}

pub(crate) fn person(policy: &Policy, identity: &Identity) -> String {
    for (person, identities) in &policy.people {
        if identities.contains(identity) {
            return person.to_string();
        }
    }
    identity.to_string()
}

/// The persons whose approval counts for a gate.
fn approvers(
    state: &State,
    environment: &Environment,
    release: &Release,
    promotion: &Promotion,
    gate: &GateName,
    now: Time,
) -> BTreeSet<String> {
    let policy = state.policy().unwrap();
    let Some(GateRule::Approval(rule)) = environment.gate(gate).map(|gate| &gate.rule) else {
        return BTreeSet::new();
    };
    let given = promotion.approvals.iter().filter(|approval| {
        approval.withdrawn.is_none()
            && approval.content.gates.contains(gate)
            && approval.content.promotion == promotion.request.id
            && approval.content.set == release.content.set_digest()
            && Some(approval.content.policy) == policy.environment_digest(&environment.name)
            && rule
                .expires
                .is_none_or(|after| now.since(approval.at) < after)
            && has_seen_all(state, release, rule, approval)
            && counts(policy, &approval.by)
            && !matches!(approval.by.identity, Identity::Token(_))
            && is_named(policy, &rule.by, &approval.by)
    });
    let mut persons: BTreeSet<String> = given
        .map(|approval| person(policy, &approval.by.identity))
        .collect();
    exclude(&mut persons, policy, release, promotion, rule);
    persons
}

/// Whether no evidence that is to be reviewed came after an approval, and the last still counts.
fn has_seen_all(
    state: &State,
    release: &Release,
    rule: &ApprovalRule,
    approval: &Approval,
) -> bool {
    let Some(of) = &rule.of else {
        return true;
    };
    let mut last = None;
    for evidence in &state.evidence {
        let images = release.content.images.values();
        let mut manifests: BTreeSet<Digest> = BTreeSet::new();
        for pinned in images {
            manifests.insert(pinned.image.digest);
            manifests.extend(pinned.image.platforms.iter().map(|(_, digest)| *digest));
        }
        let about = match &evidence.content.subject {
            Subject::Release { set } => *set == release.content.set_digest(),
            Subject::Image { image, platform } => {
                manifests.contains(image) || platform.is_some_and(|p| manifests.contains(&p))
            }
        };
        if about && evidence.content.gate == *of {
            last = Some(evidence);
        }
    }
    last.is_some_and(|last| {
        let in_time = last.at < approval.at
            || approval
                .content
                .reviewed
                .values()
                .any(|id| *id == last.content.id);
        in_time && last.revoked.is_none()
    })
}

fn exclude(
    persons: &mut BTreeSet<String>,
    policy: &Policy,
    release: &Release,
    promotion: &Promotion,
    rule: &ApprovalRule,
) {
    if rule.exclude.contains(&Exclude::Requester) {
        persons.remove(&person(policy, &promotion.requested_by.identity));
    }
    if rule.exclude.contains(&Exclude::Author) {
        let declared = release.content.about.author.as_deref();
        let is_token = matches!(release.created_by.identity, Identity::Token(_));
        // Only persons of the policy are ever declared here.
        let known = declared.map(|author| policy.people.keys().any(|p| p.as_str() == author));
        if known == Some(false) || (is_token && declared.is_none()) {
            persons.clear();
        }
        persons.remove(&person(policy, &release.created_by.identity));
        persons.remove(declared.unwrap_or_default());
    }
}

/// Whether every slot can be filled, no person twice: every way is tried.
pub(crate) fn can_fill(gates: &[(usize, BTreeSet<String>)]) -> bool {
    let Some(open) = gates.iter().position(|(count, _)| *count > 0) else {
        return true;
    };
    gates[open].1.iter().any(|person| {
        let mut left = gates.to_vec();
        left[open].0 -= 1;
        for (_, persons) in &mut left {
            persons.remove(person);
        }
        can_fill(&left)
    })
}
