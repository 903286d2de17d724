//! The state: the fold of a pipeline's events.

mod apply;
mod chunk;
mod current;
mod freezes;
mod index;
mod kept;
mod places;
mod series;
mod slot;
mod snapshot;
mod soak;
mod standings;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use liftlock_oci::{Digest, PinnedRef};
use serde::{Deserialize, Serialize};

use crate::drift::Drift;
use crate::freeze::{Freeze, Scope};
use crate::overrides::Override;
use crate::promotion::Promotion;
use crate::{
    Actor, CheckName, EnvironmentName, Evidence, ImageKey, IncidentId, PipelineName, Policy,
    PromotionId, Refusal, Release, ReleaseName, Span, Time,
};

pub use apply::ApplyError;
use index::Index;
pub use kept::Kept;
pub use places::Key;
pub use series::Series;
pub use slot::Slot;
pub use snapshot::{FOLD_VERSION, SnapshotError};
pub use soak::SoakClock;
pub use standings::Standings;

/// Everything that is known of a pipeline.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The pipeline, once it has an event.
    pub pipeline: Option<PipelineName>,
    /// How many events it is the fold of.
    pub version: u64,
    /// The last event's time.
    pub last_time: Time,
    /// The policy in force.
    pub adopted: Option<Adopted>,
    /// Releases by name.
    #[serde(skip)]
    pub releases: Kept<ReleaseName, Release>,
    /// Evidence in the order of the ledger; its ids count up from 1.
    #[serde(skip)]
    pub evidence: Series<Evidence>,
    /// Promotions by id.
    #[serde(skip)]
    pub promotions: Kept<PromotionId, Promotion>,
    /// What stands in each environment that anything ever happened in.
    pub environments: BTreeMap<EnvironmentName, EnvironmentState>,
    /// How many approvals were ever given.
    pub approvals: u64,
    /// How many incidents there ever were.
    pub incidents: u64,
    /// Overrides in the order of the ledger; their ids count up from 1.
    #[serde(skip)]
    pub overrides: Series<Override>,
    /// Every freeze there ever was, in the order of the ledger.
    #[serde(skip)]
    pub freezes: Series<Freeze>,
    /// The last freeze of each scope, as its place in `freezes`, unless someone ended it. It may
    /// have run out.
    #[serde(with = "freezes::pairs")]
    frozen: BTreeMap<Scope, usize>,
    index: Index,
}

/// The policy in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adopted {
    /// The policy.
    pub policy: Policy,
    /// Its digest.
    pub digest: Digest,
    /// Since when.
    pub at: Time,
}

/// What stands in an environment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentState {
    /// The release that was last deployed, or tagged where nothing is deployed.
    pub current: Option<Current>,
    /// Releases that were verified here, in that order; one that was verified again moves last.
    #[serde(skip)]
    pub verified: Standings,
    /// Releases that were withdrawn here and not verified since.
    #[serde(skip)]
    pub withdrawn: Kept<ReleaseName, Withdrawn>,
    /// The incident that is open.
    pub incident: Option<Incident>,
    /// What is not as it was recorded, as it was last seen.
    pub drift: Option<Drifted>,
    /// Since when automatic promotions are paused.
    pub hold: Option<Hold>,
    /// What each release has earned here.
    #[serde(skip)]
    pub soak: Kept<ReleaseName, SoakClock>,
    /// The release whose clock may be running: no other one does.
    running: Option<ReleaseName>,
    /// The number of the last observation that was summed.
    summed: u64,
    /// The last event by which a promotion may have changed something here: what was looked at
    /// before it says nothing any more.
    touched: u64,
    /// The last event that said that something is wrong here: what was looked at before it cannot
    /// say that all is well again.
    shaken: u64,
}

/// The release that is current.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Current {
    /// Which.
    pub release: ReleaseName,
    /// By which promotion.
    pub promotion: PromotionId,
    /// Since when.
    pub since: Time,
    /// Whether it was read back and its checks passed.
    pub verified: bool,
    /// Why it is not verified any more.
    pub doubt: Option<Doubt>,
}

/// Why a release that is current does not count as verified any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doubt {
    /// Drift, or an incident: once that is over, a look that finds all well takes it away.
    Shaken,
    /// It is being left: another deployment has begun, or a rollback was asked for.
    Left,
}

/// A release that was verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Which.
    pub release: ReleaseName,
    /// By which promotion, last.
    pub promotion: PromotionId,
    /// When, last.
    pub at: Time,
}

/// Why a release does not count as known-good any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    /// Since when.
    pub at: Time,
    /// Why.
    pub reason: String,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Its id.
    pub id: IncidentId,
    /// Since when.
    pub at: Time,
    /// What.
    pub reason: String,
    /// The check that failed; when it passes again, the incident is over.
    pub check: Option<CheckName>,
}

/// What is not as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drifted {
    /// Since when something is not.
    pub since: Time,
    /// The release that was current.
    pub release: ReleaseName,
    /// What differs, as it was last seen.
    pub drifts: Vec<Drift>,
    /// How many more differences there are.
    pub more: u32,
}

/// A pause of automatic promotions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Since when.
    pub at: Time,
    /// By whom.
    pub by: Actor,
    /// Why.
    pub reason: String,
}

/// How far the clock may be behind the last event before nothing is decided any more.
const CLOCK_BEHIND_MAX: Span = Span::from_secs(300);

static NOTHING: LazyLock<EnvironmentState> = LazyLock::new(EnvironmentState::default);

impl State {
    /// The policy in force.
    pub fn policy(&self) -> Result<&Policy, Refusal> {
        self.adopted
            .as_ref()
            .map(|adopted| &adopted.policy)
            .ok_or(Refusal::NoPolicy)
    }

    /// A release by name.
    pub fn release(&self, name: &ReleaseName) -> Result<&Release, Refusal> {
        self.releases.get(name).ok_or_else(|| {
            let names: Vec<_> = self
                .releases_newest_first()
                .take(5)
                .map(|release| release.content.name.as_str())
                .collect();
            Refusal::Unknown {
                what: "release",
                name: name.to_string(),
                known: if names.is_empty() {
                    "there is none yet; create one with `liftlock release create`".to_owned()
                } else {
                    format!("the latest are {}", names.join(", "))
                },
            }
        })
    }

    /// What stands in an environment.
    pub fn environment(&self, name: &EnvironmentName) -> &EnvironmentState {
        self.environments.get(name).unwrap_or(&NOTHING)
    }

    /// The current images of an environment, where they were deployed from, or first tagged; with
    /// the other repositories they were brought to.
    pub fn current_images(&self, name: &EnvironmentName) -> BTreeMap<ImageKey, Vec<PinnedRef>> {
        let Some(current) = &self.environment(name).current else {
            return BTreeMap::new();
        };
        let promotion = self.promotions.get(&current.promotion);
        let plan = promotion.and_then(|promotion| promotion.plan.as_ref());
        match plan.filter(|plan| plan.release == current.release) {
            Some(plan) => plan.places(),
            None => BTreeMap::new(),
        }
    }

    /// The open promotion of a release to an environment.
    pub fn open_promotion(
        &self,
        release: &ReleaseName,
        environment: &EnvironmentName,
    ) -> Option<&Promotion> {
        self.open_promotions().find(|promotion| {
            promotion.request.release == *release && promotion.request.environment == *environment
        })
    }

    /// The promotion that is being carried out in an environment.
    pub fn under_way(&self, environment: &EnvironmentName) -> Option<&Promotion> {
        self.open_promotions().find(|promotion| {
            promotion.is_under_way() && promotion.request.environment == *environment
        })
    }

    /// The known-good releases of an environment, latest first, without `except`: those of
    /// [`EnvironmentState::known_good`] that no evidence speaks against. Each is looked at only
    /// when it is asked for.
    pub fn known_good<'a>(
        &'a self,
        environment: &'a EnvironmentName,
        except: Option<&'a ReleaseName>,
    ) -> impl Iterator<Item = &'a Standing> {
        let good = self.environment(environment).known_good(except);
        good.filter(|standing| {
            self.evidence_against(environment, &standing.release)
                .is_none()
        })
    }

    /// Whether [`Self::known_good`] has a release.
    pub fn is_known_good(&self, environment: &EnvironmentName, release: &ReleaseName) -> bool {
        self.environment(environment).is_known_good(release)
            && self.evidence_against(environment, release).is_none()
    }

    /// What its evidence says against a release that was verified in an environment: a gate, and
    /// why it would not pass any more; `None` where nothing does.
    pub fn evidence_against(
        &self,
        environment: &EnvironmentName,
        release: &ReleaseName,
    ) -> Option<crate::verdict::Verdict> {
        crate::gates::evidence_against(self, environment, release, None)
    }

    /// The instant to record for something that happens now: never before the last event.
    pub fn stamp(&self, now: Time) -> Result<Time, Refusal> {
        if now + CLOCK_BEHIND_MAX < self.last_time {
            return Err(Refusal::Clock {
                now,
                last: self.last_time,
            });
        }
        Ok(now.max(self.last_time))
    }

    /// The id that the next promotion gets.
    pub fn next_promotion(&self) -> PromotionId {
        PromotionId(self.promotions.len() as u64 + 1)
    }
}

impl EnvironmentState {
    /// The number of the last observation that was summed; 0 where none was.
    pub fn summed(&self) -> u64 {
        self.summed
    }

    pub(crate) fn shaken_after(&self, event: u64) -> bool {
        self.shaken > event
    }

    pub(crate) fn touched_after(&self, event: u64) -> bool {
        self.touched > event
    }

    /// Whether a release was verified here and not withdrawn since.
    pub fn is_known_good(&self, release: &ReleaseName) -> bool {
        self.verified.get(release).is_some() && !self.withdrawn.contains_key(release)
    }

    /// The known-good releases, latest first, without `except`.
    pub fn known_good<'a>(
        &'a self,
        except: Option<&'a ReleaseName>,
    ) -> impl Iterator<Item = &'a Standing> {
        let standing = self.verified.iter().rev();
        standing
            .filter(move |s| Some(&s.release) != except && !self.withdrawn.contains_key(&s.release))
    }
}
