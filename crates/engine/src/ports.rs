//! What the engine asks of the world. Adapters implement these; the simulated ones live with the
//! tests. None of them decides anything about a promotion.

mod clock;
mod registries;
mod store;

pub use clock::Clock;
pub use registries::{Registries, RegistryError, Resolved, TagWrite, Untagged};
pub use store::{AppendError, Appended, Fence, Store, StoreError, StoredEntry};
