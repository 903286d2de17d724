//! Where to find what in a long history, so that no verdict looks through all of it. Everything
//! here follows from the rest of the state.

use std::collections::{BTreeMap, BTreeSet};

use liftlock_oci::Digest;

use super::State;
use super::kept::Kept;
use super::series::Series;
use crate::promotion::Promotion;
use crate::{EnvironmentName, Evidence, GateName, PromotionId, Release, ReleaseName, Subject};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Index {
    /// Releases in the order of their creation.
    by_number: Series<ReleaseName>,
    /// Releases by the digest of their set, their images and those images' platforms.
    holding: Kept<Digest, Series<ReleaseName>>,
    /// Places of evidence by gate and any digest it is about, speaks of, or came as.
    about: BTreeMap<GateName, Kept<Digest, Series<usize>>>,
    /// Promotions that are not over.
    open: BTreeSet<PromotionId>,
    /// Releases for which a promotion was ever asked for.
    asked: BTreeMap<EnvironmentName, Kept<ReleaseName, ()>>,
}

impl Index {
    pub(super) fn release(&mut self, release: &Release) {
        let name = &release.content.name;
        self.by_number.push(name.clone());
        let images = release.content.images.values().map(|held| &held.image);
        let mut digests = BTreeSet::from([release.content.set_digest()]);
        for image in images {
            digests.insert(image.digest);
            digests.extend(image.platforms.iter().map(|(_, manifest)| *manifest));
        }
        for digest in digests {
            add(&mut self.holding, digest, name.clone());
        }
    }

    pub(super) fn evidence(&mut self, place: usize, evidence: &Evidence) {
        let content = &evidence.content;
        let mut digests: BTreeSet<Digest> = subject(&content.subject).collect();
        digests.extend(content.report.as_ref().map(|report| report.digest));
        let statements = content.statements.iter();
        digests.extend(statements.flat_map(|statement| &statement.images));
        let about = self.about.entry(content.gate.clone()).or_default();
        for digest in digests {
            add(about, digest, place);
        }
    }

    pub(super) fn promotion(&mut self, promotion: &Promotion) {
        let request = &promotion.request;
        self.open.insert(request.id);
        let asked = self.asked.entry(request.environment.clone()).or_default();
        asked.insert(request.release.clone(), ());
    }

    pub(super) fn ended(&mut self, id: PromotionId) {
        self.open.remove(&id);
    }
}

fn add<T: Clone>(index: &mut Kept<Digest, Series<T>>, digest: Digest, what: T) {
    match index.get_mut(&digest) {
        Some(known) => known.push(what),
        None => {
            let mut first = Series::default();
            first.push(what);
            index.insert(digest, first);
        }
    }
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
        let names = self.index.by_number.iter().rev();
        names.filter_map(|name| self.releases.get(name))
    }

    /// The promotions that are not over, by id.
    pub fn open_promotions(&self) -> impl Iterator<Item = &Promotion> {
        let open = self.index.open.iter();
        open.filter_map(|id| self.promotions.get(id))
    }

    /// Whether a promotion of a release to an environment was ever asked for.
    pub fn was_asked_for(&self, release: &ReleaseName, environment: &EnvironmentName) -> bool {
        let asked = self.index.asked.get(environment);
        asked.is_some_and(|releases| releases.contains_key(release))
    }

    /// The evidence of a gate's name that could be about one of these digests, or came as one of
    /// them, in the order of the ledger. Whether it is, is for who asks to see.
    pub(crate) fn evidence_near(
        &self,
        gate: &GateName,
        digests: impl IntoIterator<Item = Digest>,
    ) -> impl DoubleEndedIterator<Item = &Evidence> {
        let about = self.index.about.get(gate);
        let lists = digests
            .into_iter()
            .filter_map(|digest| about.and_then(|about| about.get(&digest)));
        let places: BTreeSet<usize> = lists.flat_map(Series::iter).copied().collect();
        let evidence = places.into_iter();
        evidence.filter_map(|place| self.evidence.get(place))
    }

    /// The releases that evidence about `about` is about.
    pub(super) fn releases_with(&self, about: &Subject) -> BTreeSet<ReleaseName> {
        let lists = subject(about).filter_map(|digest| self.index.holding.get(&digest));
        let names = lists.flat_map(Series::iter);
        let has = |name: &&ReleaseName| self.releases.get(name).is_some_and(|r| r.has(about));
        names.filter(has).cloned().collect()
    }
}
