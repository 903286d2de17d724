//! What can go wrong between a command and its record.

use liftlock_core::Refusal;
use liftlock_core::state::ApplyError;

use crate::CodecError;
use crate::ports::{AppendError, DeliveryError, LogError, RegistryError, StoreError};

/// Why a command did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The decision was no. Nothing was changed.
    #[error(transparent)]
    Refused(#[from] Box<Refusal>),
    /// The state cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nothing was appended.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The ledger cannot be asked.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A registry did not answer as needed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// What a process that is gone left running could not be ended. Nothing else was done.
    #[error(transparent)]
    LeftBehind(#[from] DeliveryError),
    /// An entry cannot be read or written.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// The stream does not fold.
    #[error("the state of {pipeline} cannot be read: {source}")]
    Apply {
        /// The pipeline.
        pipeline: String,
        /// Why.
        #[source]
        source: ApplyError,
    },
    /// The lease that it was done under could not be kept.
    #[error(
        "the lease {name} could not be kept: the state was out of reach for too long; what was \
         begun is carried on by whoever takes it next"
    )]
    Lost {
        /// The lease.
        name: String,
    },
    /// Others kept appending first.
    #[error("others changed the state of {pipeline} {tries} times in a row; try again")]
    Contended {
        /// The pipeline.
        pipeline: String,
        /// How often it was tried.
        tries: u32,
    },
}

impl From<Refusal> for EngineError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}
