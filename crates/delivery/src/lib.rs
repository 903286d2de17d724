//! Deployers and checks: what a release is deployed with, and what then looks at it.
//!
//! Programs get an argument list and a clean environment, never a shell line. Images reach
//! a deployer only as `repository@sha256:...`.

mod allowed;
mod command;
mod compose;
mod ending;
mod environment;
mod files;
mod gitops;
mod group;
mod http;
mod k6;
mod left_behind;
mod local;
mod nearest;
mod note;
mod output;
mod process;
mod program;
mod prometheus;
mod secret;
mod session;
mod web;

pub use allowed::Allowed;
pub use gitops::{Held, RemoteFile};
pub use local::{DeliveryOptions, LocalDelivery};
