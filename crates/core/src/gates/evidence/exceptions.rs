//! Findings that do not count: accepted by the policy for a time, or taken out by statements.

use std::collections::BTreeMap;
use std::fmt;

use liftlock_oci::Digest;

use crate::evidence::{Evidence, Found, Statement, Subject};
use crate::policy::{Acceptance, EvidenceRule, Figure};
use crate::{GateName, Policy, State, Time};

/// A finding that does not count.
#[derive(Debug, Clone)]
pub struct Excepted<'a> {
    /// The finding.
    pub found: &'a Found,
    /// Why it does not.
    pub by: Exception<'a>,
}

/// Why a finding does not count.
#[derive(Debug, Clone)]
pub enum Exception<'a> {
    /// The policy accepts it for a time.
    Accepted(&'a Acceptance),
    /// Someone whom the gate trusts for that says that there is nothing to be done.
    Stated {
        /// What is said.
        statement: &'a Statement,
        /// The evidence that says it.
        evidence: &'a Evidence,
    },
}

impl fmt::Display for Excepted<'_> {
    /// The finding, and why it does not count.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = &self.found.id;
        match self.by {
            Exception::Accepted(accepted) => write!(
                f,
                "{id}, accepted until {} ({})",
                accepted.until, accepted.reason
            ),
            Exception::Stated {
                statement,
                evidence,
            } => write!(
                f,
                "{id}, {} by {} of {}",
                statement.status, evidence.content.id, evidence.by
            ),
        }
    }
}

/// The findings of a piece of evidence that do not count for a gate at `now`, of those whose
/// severity the gate limits.
pub fn excepted<'a>(
    (state, policy): (&'a State, &Policy),
    gate: &GateName,
    rule: &'a EvidenceRule,
    evidence: &'a Evidence,
    now: Time,
) -> Vec<Excepted<'a>> {
    let about = match evidence.content.subject {
        Subject::Release { .. } => None,
        Subject::Image { image, platform } => Some((image, platform)),
    };
    Exceptions::new((state, policy), gate, rule, about).among(evidence, now)
}

/// What a gate excepts for one image, or one platform of it.
pub(super) struct Exceptions<'a> {
    rule: &'a EvidenceRule,
    /// What the policy accepts, by name, also what has ended.
    accepted: BTreeMap<&'a str, &'a Acceptance>,
    /// The latest statement on each name, in the ledger's order, and within a document in that of
    /// time. What is revoked still stands in the way of what came before it.
    latest: BTreeMap<&'a str, (&'a Evidence, &'a Statement)>,
}

impl<'a> Exceptions<'a> {
    /// `about`: the image, and the platform's manifest. Statements are about images only.
    pub(super) fn new(
        (state, policy): (&'a State, &Policy),
        gate: &GateName,
        rule: &'a EvidenceRule,
        about: Option<(Digest, Option<Digest>)>,
    ) -> Self {
        let accepted = rule.accept.iter().map(|one| (one.id.as_str(), one));
        let accepted = accepted.collect();
        let mut latest = BTreeMap::new();
        // Most gates hear no statements: then nothing is looked through.
        let Some((image, manifest)) = about.filter(|_| !rule.vex.is_empty()) else {
            return Self {
                rule,
                accepted,
                latest,
            };
        };
        let digests = std::iter::once(image).chain(manifest);
        for evidence in state.evidence_near(gate, digests) {
            let statements = &evidence.content.statements;
            if statements.is_empty() || !rule.is_vex_from(policy, &evidence.by) {
                continue;
            }
            for statement in statements {
                let images = &statement.images;
                let platform = || manifest.is_some_and(|manifest| images.contains(&manifest));
                if images.contains(&image) || platform() {
                    let names = statement.names();
                    latest.extend(names.map(|name| (name, (evidence, statement))));
                }
            }
        }
        Self {
            rule,
            accepted,
            latest,
        }
    }

    /// The findings that count in a limit of the gate.
    pub(super) fn limited(
        &self,
        evidence: &'a Evidence,
    ) -> impl Iterator<Item = &'a Found> + use<'a, '_> {
        let limited = |found: &&Found| self.rule.max.contains_key(&Figure::from(found.severity));
        evidence.content.findings.iter().filter(limited)
    }

    /// Those of them that do not count at `at`.
    pub(super) fn among(&self, evidence: &'a Evidence, at: Time) -> Vec<Excepted<'a>> {
        self.limited(evidence)
            .filter_map(|found| {
                let by = self.stated(found).or_else(|| self.accepted(found, at))?;
                Some(Excepted { found, by })
            })
            .collect()
    }

    /// A statement that takes a finding out: the latest on it, unless that was revoked.
    fn stated(&self, found: &Found) -> Option<Exception<'a>> {
        let (evidence, statement) = self.latest(found)?;
        let holds = evidence.revoked.is_none() && statement.excepts();
        holds.then_some(Exception::Stated {
            statement,
            evidence,
        })
    }

    fn accepted(&self, found: &Found, at: Time) -> Option<Exception<'a>> {
        let accepted = self.acceptance(found)?;
        (at < accepted.ends()).then_some(Exception::Accepted(accepted))
    }

    /// The acceptance of a finding, also one that has ended.
    pub(super) fn acceptance(&self, found: &Found) -> Option<&'a Acceptance> {
        self.accepted.get(found.id.as_str()).copied()
    }

    /// The latest statement on a finding, whatever it says.
    pub(super) fn latest(&self, found: &Found) -> Option<(&'a Evidence, &'a Statement)> {
        self.latest.get(found.id.as_str()).copied()
    }

    /// When the last finding was put back that a statement could have taken out: by a later one
    /// that does not, or by a revocation.
    pub(super) fn worsened_at(&self, evidence: &'a Evidence) -> Option<Time> {
        let put_back = self.limited(evidence).filter_map(|found| {
            let (said, statement) = self.latest(found)?;
            match &said.revoked {
                Some((at, _)) => Some(*at),
                None => (!statement.excepts()).then_some(said.at),
            }
        });
        put_back.max()
    }
}
