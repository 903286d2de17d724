//! What is told while long work goes on.

use std::sync::Arc;

use liftlock_core::{EnvironmentName, PromotionId, ReleaseName};

use serde::{Deserialize, Serialize};

use crate::ports::CopyProgress;

/// Something that a user who waits wants to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "progress", rename_all = "kebab-case")]
pub enum Progress {
    /// A promotion is carried out from here on.
    Carrying {
        /// Which.
        promotion: PromotionId,
        /// Its release.
        release: ReleaseName,
        /// Where to.
        environment: EnvironmentName,
        /// Whether it is a rollback.
        rollback: bool,
    },
    /// A step is begun.
    StepStarted {
        /// Of which promotion.
        promotion: PromotionId,
        /// Its place, from 1.
        number: u32,
        /// Of how many.
        of: u32,
        /// What it is.
        title: String,
    },
    /// How far a step that copies is.
    Copying {
        /// Of which promotion.
        promotion: PromotionId,
        /// The step's place, from 1.
        number: u32,
        /// Of how many.
        of: u32,
        /// How far.
        #[serde(flatten)]
        copied: CopyProgress,
    },
    /// A step ended.
    StepEnded {
        /// Of which promotion.
        promotion: PromotionId,
        /// Its place, from 1.
        number: u32,
        /// Of how many.
        of: u32,
        /// What it is.
        title: String,
        /// Whether it was carried out.
        done: bool,
        /// One line.
        summary: String,
    },
    /// Checks were ended that ran beside one that failed.
    #[serde(rename = "checks-stopped")]
    ChecksEnded {
        /// Of which promotion.
        promotion: PromotionId,
        /// Their places, from 1.
        steps: Vec<u32>,
    },
    /// Programs that a process which is gone left running were ended.
    #[serde(rename = "left-behind-ended")]
    Ended {
        /// A line for each.
        lines: Vec<String>,
    },
    /// Something beside an image was wanted signed, and does not count.
    Unattested {
        /// Why, a line for each.
        reasons: Vec<String>,
    },
    /// What proves a promotion could not be made, or not be put beside its images. `tick` tries it
    /// again; the promotion is over all the same.
    Unproven {
        /// Which.
        promotion: PromotionId,
        /// Why.
        reason: String,
    },
    /// Tags are put back.
    Reverting {
        /// Of which promotion.
        promotion: PromotionId,
        /// Why.
        reason: String,
    },
    /// It is not over yet, and the caller waits.
    Waiting {
        /// Which.
        promotion: PromotionId,
        /// For what.
        reasons: Vec<String>,
    },
}

/// Where progress is told to.
pub type Report = Arc<dyn Fn(&Progress) + Send + Sync>;
