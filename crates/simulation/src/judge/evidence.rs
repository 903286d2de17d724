//! Evidence, read anew each time: the last that covers a part counts.

use liftlock_core::evidence::{Finding, Subject};
use liftlock_core::policy::{Environment, EvidenceRule, GateRule, IdentityMode, Per};
use liftlock_core::{EnvironmentName, GateName, ReleaseName, Time};
use liftlock_oci::Digest;

use super::book::{Attempt, Book, Made, Piece};
use super::people;
use super::signature::fingerprints;

/// What one piece has to cover.
pub(super) enum Part {
    Set(Digest),
    Manifest {
        image: Digest,
        manifest: Option<Digest>,
    },
}

fn parts(release: &Made, rule: &EvidenceRule) -> Vec<Part> {
    if rule.per == Per::Release {
        return vec![Part::Set(release.content.set_digest())];
    }
    let mut parts = Vec::new();
    for image in release.content.images.values().map(|image| &image.image) {
        let image_digest = image.digest;
        for (_, manifest) in &image.platforms {
            parts.push(Part::Manifest {
                image: image_digest,
                manifest: Some(*manifest),
            });
        }
        if image.platforms.is_empty() {
            parts.push(Part::Manifest {
                image: image_digest,
                manifest: None,
            });
        }
    }
    parts
}

impl Book {
    /// Whether every part of a release is covered by evidence that is good and counts at `now`.
    pub(super) fn is_evident(
        &self,
        environment: &Environment,
        release: &Made,
        (gate, rule): (&GateName, &EvidenceRule),
        now: Time,
    ) -> bool {
        let name = &release.content.name;
        let withdrawn = self.place(&environment.name).withdrawn.get(name);
        parts(release, rule).iter().all(|part| {
            self.last_piece(gate, rule, part).is_some_and(|piece| {
                let fresh = rule
                    .fresh
                    .is_none_or(|fresh| now.since(piece.counts_from) <= fresh);
                let newer = withdrawn.is_none_or(|at| piece.counts_from > *at);
                self.is_good((gate, rule), piece, part, now) && fresh && newer
            })
        })
    }

    /// Whether the last evidence for any gate of an environment speaks against a release: revoked,
    /// failed, or, where it came or got worse after the release had been asked for, over a limit;
    /// or what was signed was taken back. Not what two persons knew of who let it in all the same.
    pub(super) fn is_spoken_against(
        &self,
        environment: &EnvironmentName,
        release: &ReleaseName,
    ) -> bool {
        let Some(policy) = &self.policy else {
            return false;
        };
        let Some(environment) = policy.environment(environment) else {
            return false;
        };
        let Some(made) = self.releases.get(release) else {
            return false;
        };
        let by = self.entered_by(&environment.name, release);
        let since = by.map(|attempt| attempt.at).unwrap_or_default();
        environment.gates.list().iter().any(|gate| {
            let name = &gate.name;
            let against = match &gate.rule {
                GateRule::Evidence(rule) => self.has_bad_evidence(made, (name, rule), since),
                GateRule::Signature(rule) => self.has_lost_signature(made, name, rule),
                _ => false,
            };
            against && !self.was_known(by, name, made)
        })
    }

    fn has_bad_evidence(
        &self,
        release: &Made,
        (gate, rule): (&GateName, &EvidenceRule),
        since: Time,
    ) -> bool {
        parts(release, rule).iter().any(|part| {
            self.last_piece(gate, rule, part).is_some_and(|piece| {
                let failed = piece.content.finding == Some(Finding::Failed);
                // As it was when it last got worse: what was accepted then was let in.
                let worst = self.put_back_at((gate, rule), piece, part);
                let judged = worst.max(Some(piece.at)).unwrap_or_default();
                let over = judged > since && !self.is_good((gate, rule), piece, part, judged);
                piece.revoked.is_some() || failed || over
            })
        })
    }

    /// The promotion that last brought a release to an environment.
    fn entered_by(&self, environment: &EnvironmentName, release: &ReleaseName) -> Option<&Attempt> {
        let place = self.place(environment);
        let verified = place.verified.iter().filter(|(name, _)| name == release);
        let current = place.current.iter().filter(|here| here.release == *release);
        let ids = verified
            .map(|(_, by)| *by)
            .chain(current.map(|here| here.by));
        let attempts = ids.filter_map(|id| self.attempts.get(&id));
        attempts.max_by_key(|attempt| (attempt.at, attempt.request.id))
    }

    /// Whether a piece of evidence for a part speaks for it at an instant.
    fn is_good(
        &self,
        (gate, rule): (&GateName, &EvidenceRule),
        piece: &Piece,
        part: &Part,
        at: Time,
    ) -> bool {
        let figure = |name: &str| piece.content.figures.get(name).copied();
        let enough = rule
            .min
            .iter()
            .all(|(name, min)| figure(name.as_str()).is_some_and(|count| count >= *min));
        let few = rule.max.iter().all(|(name, max)| {
            let excused: u64 = piece
                .content
                .findings
                .iter()
                .filter(|found| found.severity.as_str() == name.as_str())
                .filter(|found| self.is_excused((gate, rule), &found.id, part, at))
                .map(|found| found.count)
                .sum();
            figure(name.as_str()).is_some_and(|count| count <= *max + excused)
        });
        let limited = !rule.max.is_empty() || !rule.min.is_empty();
        let decides = piece.content.finding.is_some() || limited;
        let passed = piece.content.finding != Some(Finding::Failed);
        piece.revoked.is_none() && passed && decides && few && enough
    }

    fn last_piece(&self, gate: &GateName, rule: &EvidenceRule, part: &Part) -> Option<&Piece> {
        let policy = self.policy.as_ref()?;
        let from = people::named(policy, &rule.from);
        let unsaid = rule.from.is_empty() && rule.keys.is_empty();
        let anyone = unsaid && policy.identity == IdentityMode::Claimed;
        let keys = fingerprints(policy, &rule.keys);
        let mut pieces = self.evidence.iter().rev();
        pieces.find(|piece| {
            let trusted = || match &piece.content.attested {
                Some(attested) => keys.contains(&attested.key),
                None => {
                    let named = anyone || from.contains(&piece.by.identity);
                    named && people::counts(policy, &piece.by)
                }
            };
            piece.content.gate == *gate
                && piece.content.statements.is_empty()
                && is_about(&piece.content.subject, part)
                && trusted()
        })
    }
}

/// Whether evidence is about a release as a whole, or anything in it.
pub(super) fn is_about_any(subject: &Subject, release: &Made) -> bool {
    match subject {
        Subject::Release { set } => *set == release.content.set_digest(),
        Subject::Image { image, platform } => release
            .content
            .images
            .values()
            .map(|pinned| &pinned.image)
            .any(|pinned| {
                let mut manifests = pinned.platforms.iter().map(|(_, manifest)| manifest);
                pinned.digest == *image
                    || manifests.any(|manifest| Some(manifest) == platform.as_ref())
            }),
    }
}

fn is_about(subject: &Subject, part: &Part) -> bool {
    match (part, subject) {
        (Part::Set(set), Subject::Release { set: covered }) => set == covered,
        (
            Part::Manifest { image, manifest },
            Subject::Image {
                image: covered,
                platform,
            },
        ) => match platform {
            Some(platform) => Some(*platform) == *manifest,
            None => covered == image,
        },
        _ => false,
    }
}
