//! What the engine asks of the world. Adapters implement these; the simulated ones live with the
//! tests. None of them decides anything about a promotion.

mod attestations;
mod central;
mod clock;
mod copies;
mod delivery;
mod log;
mod observations;
mod registries;
mod store;

pub use attestations::{AttestationError, Attestations, Attesting, FoundBeside, NoAttestations};
pub use central::{Asking, Central};
pub use clock::Clock;
pub use copies::{CopiedTo, CopyFailed, CopyImage, CopyProgress, CopyReport};
pub use delivery::{
    CheckOutcome, CheckRequest, Delivered, Delivery, DeliveryContext, DeliveryError, DeployRequest,
    OUTPUT_BYTES_MAX,
};
pub use log::{KeptProof, Log, LogError, Logging};
pub use observations::{OBSERVATION_CHARS_MAX, OBSERVATION_DAYS, OBSERVATIONS_MAX, Observation};
pub use registries::{Registries, RegistryError, Resolved, TagWrite, Untagged};
pub use store::{
    AppendError, Appended, Changes, ENTRY_BYTES_MAX, Fence, Held, SNAPSHOT_BYTES_MAX, Snapshot,
    Store, StoreError, StoredEntry,
};
