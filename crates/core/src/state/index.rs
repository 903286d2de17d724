//! Where to find what in a long history, so that no verdict looks through all of it. Everything
//! here follows from the rest of the state.

use std::collections::BTreeSet;

use liftlock_oci::Digest;
use serde::{Deserialize, Serialize};

use super::State;
use super::places::{Key, Places};
use crate::overrides::Override;
use crate::promotion::{Promotion, Request};
use crate::{EnvironmentName, Evidence, GateName, PromotionId, Release, ReleaseName, Subject};

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Index {
    /// Releases by the digest of their set, their images and those images' platforms.
    #[serde(skip)]
    pub(super) holding: Places,
    /// Evidence by gate and any digest it is about, speaks of, or came as.
    #[serde(skip)]
    pub(super) about: Places,
    /// Promotions by environment and release.
    #[serde(skip)]
    pub(super) asked: Places,
    /// Overrides by promotion.
    #[serde(skip)]
    pub(super) overriding: Places,
    /// Promotions that are not over.
    open: BTreeSet<PromotionId>,
    /// Places of overrides that were confirmed and not reviewed.
    to_review: BTreeSet<usize>,
}

impl Index {
    pub(super) fn release(&mut self, place: usize, release: &Release) {
        for digest in digests(release) {
            self.holding.add(&digest, place);
        }
    }

    pub(super) fn evidence(&mut self, place: usize, evidence: &Evidence) {
        for digest in near(evidence) {
            self.about.add(&(&evidence.content.gate, &digest), place);
        }
    }

    pub(super) fn promotion(&mut self, place: usize, request: &Request) {
        self.open.insert(request.id);
        let key = (&request.environment, &request.release);
        self.asked.add(&key, place);
    }

    pub(super) fn ended(&mut self, id: PromotionId) {
        self.open.remove(&id);
    }

    pub(super) fn overriding(&mut self, place: usize, known: &Override) {
        self.overriding.add(&known.content.promotion, place);
    }

    pub(super) fn confirmed(&mut self, place: usize) {
        self.to_review.insert(place);
    }

    pub(super) fn reviewed(&mut self, place: usize) {
        self.to_review.remove(&place);
    }
}

/// The digests a release is found by: of its set, its images, and their platforms.
fn digests(release: &Release) -> BTreeSet<Digest> {
    let mut digests = BTreeSet::from([release.content.set_digest()]);
    for held in release.content.images.values() {
        digests.insert(held.image.digest);
        digests.extend(held.image.platforms.iter().map(|(_, manifest)| *manifest));
    }
    digests
}

/// The digests evidence is found by: those it is about or speaks of, and that of its report or statement.
fn near(evidence: &Evidence) -> BTreeSet<Digest> {
    let content = &evidence.content;
    let mut digests: BTreeSet<Digest> = subject(&content.subject).collect();
    digests.extend(content.report.as_ref().map(|report| report.digest));
    digests.extend(content.attested.as_ref().map(|signed| signed.statement));
    let statements = content.statements.iter();
    digests.extend(statements.flat_map(|statement| &statement.images));
    digests
}

fn subject(subject: &Subject) -> impl Iterator<Item = Digest> {
    let (one, other) = match subject {
        Subject::Release { set } => (*set, None),
        Subject::Image { image, platform } => (*image, *platform),
    };
    std::iter::once(one).chain(other)
}

impl State {
    /// The releases, the newest first.
    pub fn releases_newest_first(&self) -> impl Iterator<Item = &Release> {
        self.releases.in_order().rev().map(|(_, release)| release)
    }

    /// The releases that hold an image with this digest, itself or as a platform, the newest first.
    pub fn releases_holding(&self, image: Digest) -> impl Iterator<Item = &Release> {
        let places = self.index.holding.at(image.hashed()).rev();
        let releases = places.filter_map(|place| self.releases.at(place));
        let releases = releases.map(|(_, release)| release);
        releases.filter(move |release| {
            let (image, platform) = (image, Some(image));
            release.has(&Subject::Image { image, platform })
        })
    }

    /// The promotions that are not over, by id.
    pub fn open_promotions(&self) -> impl Iterator<Item = &Promotion> {
        let open = self.index.open.iter();
        open.filter_map(|id| self.promotions.get(id))
    }

    /// Whether a promotion of a release to an environment was ever asked for.
    pub fn was_asked_for(&self, release: &ReleaseName, environment: &EnvironmentName) -> bool {
        let places = self.index.asked.at((environment, release).hashed());
        let mut promotions = places.filter_map(|place| self.promotions.at(place));
        promotions.any(|(_, promotion)| {
            promotion.request.release == *release && promotion.request.environment == *environment
        })
    }

    /// The overrides of a promotion, in the order of the ledger.
    pub fn overrides_of(
        &self,
        promotion: PromotionId,
    ) -> impl DoubleEndedIterator<Item = &Override> {
        let places = self.index.overriding.at(promotion.hashed());
        let overrides = places.filter_map(|place| self.overrides.get(place));
        overrides.filter(move |known| known.content.promotion == promotion)
    }

    /// The overrides that counted and were not looked at again.
    pub fn to_review(&self) -> impl Iterator<Item = &Override> {
        let places = self.index.to_review.iter();
        places.filter_map(|place| self.overrides.get(*place))
    }

    /// The evidence of a gate's name that is about a release or one of its images, in the order of
    /// the ledger.
    pub(crate) fn evidence_about<'a>(
        &'a self,
        gate: &'a GateName,
        release: &'a Release,
    ) -> impl DoubleEndedIterator<Item = &'a Evidence> {
        let near = self.evidence_near(gate, digests(release));
        near.filter(|evidence| evidence.is_about(release))
    }

    /// The evidence of a gate's name that could be about one of these digests, or came as one of
    /// them, in the order of the ledger. Whether it is, is for who asks to see.
    pub(crate) fn evidence_near(
        &self,
        gate: &GateName,
        digests: impl IntoIterator<Item = Digest>,
    ) -> impl DoubleEndedIterator<Item = &Evidence> {
        let lists = digests
            .into_iter()
            .map(|digest| self.index.about.at((gate, &digest).hashed()));
        let places: BTreeSet<usize> = lists.flatten().collect();
        let evidence = places.into_iter();
        let evidence = evidence.filter_map(|place| self.evidence.get(place));
        evidence.filter(move |evidence| evidence.content.gate == *gate)
    }

    /// The releases that evidence about `about` is about.
    pub(super) fn releases_with(&self, about: &Subject) -> BTreeSet<ReleaseName> {
        let places = subject(about).map(|digest| self.index.holding.at(digest.hashed()));
        let releases = places.flatten().filter_map(|place| self.releases.at(place));
        let has = releases.filter(|(_, release)| release.has(about));
        has.map(|(name, _)| name.clone()).collect()
    }
}
