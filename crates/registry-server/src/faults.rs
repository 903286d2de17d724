//! What registries in the wild get wrong, switched on for those who test a client.
//!
//! A [`Fault`] is an [`Action`] and a [`Filter`]: what goes wrong, and for which requests. The
//! faults of a running registry are changed through [`Faults`]. Connections that close and bodies
//! that end early do so on the wire: the bytes promised are not sent.

mod body;
mod connection;
mod fault;
mod filter;
mod handle;
mod head;
mod ignored;
mod immutable;
mod kind;
mod location;
mod manifest;
mod memory;
mod names;
mod pass;
mod referrers;
mod stale;
mod status;
mod upload;

pub use body::BodyFault;
pub use connection::ConnectionFault;
pub use fault::{Action, Fault};
pub use filter::Filter;
pub use handle::Faults;
pub use head::HeadFault;
pub use ignored::IgnoredFault;
pub use immutable::ImmutableTags;
pub use kind::Kind;
pub use location::LocationFault;
pub use manifest::ManifestFault;
pub use names::{FaultName, FaultNameError, fault_names};
pub use referrers::ReferrersFault;
pub use stale::StaleFault;
pub use status::{RetryAfter, StatusFault};
pub use upload::{MountRefusal, UploadFault};

pub(crate) use connection::Severed;
pub(crate) use pass::{Call, Passage};
