//! Evidence, read anew each time: the last that covers a part counts.

use liftlock_core::evidence::{Finding, Subject};
use liftlock_core::policy::{Environment, EvidenceRule, GateRule, IdentityMode, Per};
use liftlock_core::{EnvironmentName, GateName, ReleaseName, Time};
use liftlock_oci::Digest;

use super::book::{Book, Made, Piece};
use super::people;

/// What one piece has to cover.
enum Part {
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
                is_good(rule, piece) && fresh && newer
            })
        })
    }

    /// Whether the last evidence for any gate of an environment speaks against a release: revoked,
    /// failed, or, where it came after the release had been asked for, over a limit.
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
        let since = self.asked_for(&environment.name, release);
        environment.gates.list().iter().any(|gate| {
            let GateRule::Evidence(rule) = &gate.rule else {
                return false;
            };
            parts(made, rule).iter().any(|part| {
                self.last_piece(&gate.name, rule, part)
                    .is_some_and(|piece| {
                        let failed = piece.content.finding == Some(Finding::Failed);
                        let over = piece.at > since && !is_good(rule, piece);
                        piece.revoked || failed || over
                    })
            })
        })
    }

    /// When the promotion was asked for that last brought a release to an environment.
    fn asked_for(&self, environment: &EnvironmentName, release: &ReleaseName) -> Time {
        let place = self.place(environment);
        let verified = place.verified.iter().filter(|(name, _)| name == release);
        let current = place.current.iter().filter(|here| here.release == *release);
        let ids = verified
            .map(|(_, by)| *by)
            .chain(current.map(|here| here.by));
        let asked = ids
            .filter_map(|id| self.attempts.get(&id))
            .map(|attempt| attempt.at);
        asked.max().unwrap_or_default()
    }

    fn last_piece(&self, gate: &GateName, rule: &EvidenceRule, part: &Part) -> Option<&Piece> {
        let policy = self.policy.as_ref()?;
        let from = people::named(policy, &rule.from);
        let anyone = rule.from.is_empty() && policy.identity == IdentityMode::Claimed;
        let mut pieces = self.evidence.iter().rev();
        pieces.find(|piece| {
            let trusted =
                people::counts(policy, &piece.by) && (anyone || from.contains(&piece.by.identity));
            piece.content.gate == *gate && trusted && is_about(&piece.content.subject, part)
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

fn is_good(rule: &EvidenceRule, piece: &Piece) -> bool {
    let figure = |name: &str| piece.content.figures.get(name).copied();
    let mut limits = rule.max.iter();
    let within = limits.all(|(severity, max)| figure(severity.as_str()).is_some_and(|n| n <= *max));
    let decides = piece.content.finding.is_some() || !rule.max.is_empty();
    !piece.revoked && piece.content.finding != Some(Finding::Failed) && decides && within
}
