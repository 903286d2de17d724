//! What a message is about.

use std::fmt;
use std::str::FromStr;

use liftlock_core::Event;
use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $name:literal $event:pat,)*) => {
        /// What a message is about: a thing and what happened to it. Steps of a promotion and
        /// observations are none: there are many, and what they come to is told.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Kind {
            $($(#[$doc])* #[serde(rename = $name)] $kind,)*
        }

        impl Kind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            /// Its name, as `THING.HAPPENED`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }

            /// What is told of an event; `None` where it is told to nobody.
            pub fn of(event: &Event) -> Option<Self> {
                match event {
                    $($event => Some(Self::$kind),)*
                    _ => None,
                }
            }
        }
    };
}

kinds! {
    /// A policy came into force.
    PolicyAdopted "policy.adopted" Event::PolicyAdopted { .. },
    /// A release was created.
    ReleaseCreated "release.created" Event::ReleaseCreated(_),
    /// A release that had lost it is verified again.
    ReleaseVerified "release.verified" Event::VerifiedAgain { .. },
    /// Evidence was submitted.
    EvidenceAdded "evidence.added" Event::EvidenceAdded(_),
    /// Evidence counts no more.
    EvidenceRevoked "evidence.revoked" Event::EvidenceRevoked { .. },
    /// A promotion was asked for; it may be waiting.
    PromotionRequested "promotion.requested" Event::PromotionRequested(_),
    /// Every gate had passed, and it is carried out.
    PromotionCommitted "promotion.committed" Event::PromotionCommitted { .. },
    /// It waits again.
    PromotionReopened "promotion.reopened" Event::PromotionReopened { .. },
    /// It failed, and what it did to tags is put back.
    PromotionReverting "promotion.reverting" Event::ReversalStarted { .. },
    /// It ended, well or not.
    PromotionEnded "promotion.ended" Event::PromotionEnded { .. },
    /// Someone approved.
    ApprovalGiven "approval.given" Event::ApprovalGiven(_),
    /// Someone took an approval back.
    ApprovalWithdrawn "approval.withdrawn" Event::ApprovalWithdrawn { .. },
    /// Something is wrong in an environment.
    IncidentOpened "incident.opened" Event::IncidentOpened { .. },
    /// It is over.
    IncidentResolved "incident.resolved" Event::IncidentResolved { .. },
    /// An environment is not as it was recorded.
    DriftSeen "drift.seen" Event::DriftSeen { .. },
    /// It is as recorded again.
    DriftResolved "drift.resolved" Event::DriftResolved { .. },
    /// No promotion begins for a time.
    FreezeStarted "freeze.started" Event::FreezeStarted { .. },
    /// A freeze was ended before its time.
    FreezeEnded "freeze.ended" Event::FreezeEnded { .. },
    /// Automatic promotions are paused.
    HoldStarted "hold.started" Event::HoldStarted { .. },
    /// They go on.
    HoldEnded "hold.ended" Event::HoldEnded { .. },
    /// Someone asked that a gate be passed by decision.
    OverrideRequested "override.requested" Event::OverrideRequested(_),
    /// Another agreed.
    OverrideConfirmed "override.confirmed" Event::OverrideConfirmed { .. },
    /// Someone looked at it again.
    OverrideReviewed "override.reviewed" Event::OverrideReviewed { .. },
}

/// A text is no kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a kind of message; see docs/webhooks.md for all of them")]
pub struct KindError(String);

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = KindError;

    fn from_str(text: &str) -> Result<Self, KindError> {
        let mut all = Self::ALL.iter().copied();
        all.find(|kind| kind.as_str() == text)
            .ok_or_else(|| KindError(text.chars().take(40).collect()))
    }
}
