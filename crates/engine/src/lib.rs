//! Loads, plans, commits, executes, observes and records, through ports. What to do is decided by
//! `liftlock-core`; nothing here knows a rule about promotions.

mod attested;
mod automatic;
mod checks;
mod choose;
mod codec;
mod drift;
mod engine;
mod error;
mod execute;
mod fold;
mod folded;
mod intake;
mod look;
mod observations;
mod observe;
mod overriding;
pub mod ports;
mod progress;
mod promote;
mod proofs;
mod returning;
mod rollback;
mod snapshot;
mod soak;
mod steps;
mod submit;
mod tick;
mod watch;
pub mod worker;

pub use choose::ReleaseChoice;
pub use codec::{CodecError, decode, encode};
pub use drift::Looked;
pub use engine::{Engine, Recorded};
pub use error::EngineError;
pub use folded::{Folded, PIPELINES_KEPT, Pipelines, Told};
pub use intake::{Intake, IntakeRequest};
pub use look::Look;
pub use observations::{Observations, check_observations};
pub use progress::{Progress, Report};
pub use promote::{Carried, PromoteOptions, PromoteOutcome};
pub use proofs::Unproven;
pub use snapshot::{SNAPSHOT_EVERY, SnapshotFault, check_snapshot};
pub use submit::Submission;
pub use tick::{TickReport, Waiting};
pub use watch::Watched;
