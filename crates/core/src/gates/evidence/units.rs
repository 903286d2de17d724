//! What evidence has to cover: the release, or each image, or each platform of it.

use liftlock_oci::{Digest, Platform};

use super::Context;
use crate::ImageKey;
use crate::evidence::{Evidence, Subject};
use crate::policy::{EvidenceRule, Per};

/// What has to be covered.
pub(super) enum Unit<'a> {
    Release(Digest),
    Image {
        key: &'a ImageKey,
        image: Digest,
        platform: Option<&'a (Platform, Digest)>,
    },
    /// `platforms` asks for one that the image does not have.
    Missing {
        key: &'a ImageKey,
        platform: &'a Platform,
    },
}

pub(super) fn units<'a>(context: &Context<'a>, rule: &'a EvidenceRule) -> Vec<Unit<'a>> {
    if rule.per == Per::Release {
        return vec![Unit::Release(context.release.content.set_digest())];
    }
    let mut units = Vec::new();
    for (key, image) in &context.release.content.images {
        let (image, platforms) = (image.image.digest, &image.image.platforms);
        if !rule.platforms.is_empty() {
            units.extend(rule.platforms.iter().map(|wanted| {
                match platforms.iter().find(|(platform, _)| platform == wanted) {
                    Some(found) => Unit::Image {
                        key,
                        image,
                        platform: Some(found),
                    },
                    None => Unit::Missing {
                        key,
                        platform: wanted,
                    },
                }
            }));
        } else if platforms.is_empty() {
            units.push(Unit::Image {
                key,
                image,
                platform: None,
            });
        } else {
            let each = platforms.iter().map(|p| Unit::Image {
                key,
                image,
                platform: Some(p),
            });
            units.extend(each);
        }
    }
    units
}

impl Unit<'_> {
    pub(super) fn is_covered_by(&self, evidence: &Evidence) -> bool {
        match (self, &evidence.content.subject) {
            (Unit::Release(set), Subject::Release { set: covered }) => set == covered,
            (
                Unit::Image {
                    image, platform, ..
                },
                Subject::Image { .. },
            ) => evidence.covers(*image, platform.map(|(_, manifest)| *manifest)),
            _ => false,
        }
    }

    /// Every digest by which evidence could cover it.
    pub(super) fn digests(&self) -> Vec<Digest> {
        match self {
            Unit::Release(set) => vec![*set],
            Unit::Image {
                image, platform, ..
            } => std::iter::once(*image)
                .chain(platform.map(|(_, manifest)| *manifest))
                .collect(),
            Unit::Missing { .. } => Vec::new(),
        }
    }

    /// The image and the platform's manifest, where it is about one.
    pub(super) fn image(&self) -> Option<(Digest, Option<Digest>)> {
        match self {
            Unit::Image {
                image, platform, ..
            } => Some((*image, platform.map(|(_, manifest)| *manifest))),
            Unit::Release(_) | Unit::Missing { .. } => None,
        }
    }

    pub(super) fn name(&self) -> String {
        match self {
            Unit::Release(_) => String::new(),
            Unit::Image {
                key,
                platform: Some((platform, _)),
                ..
            } => format!("{key} {platform}: "),
            Unit::Image {
                key,
                platform: None,
                ..
            } => format!("{key}: "),
            Unit::Missing { key, platform } => format!("{key} {platform}: "),
        }
    }
}
