//! The promotion domain. It decides; it does no IO, has no clock, no randomness and no async.

mod identity;
mod name;
pub mod policy;
mod time;

pub use identity::{Actor, Authentication, Identity, IdentityError};
pub use name::{
    CheckName, EnvironmentName, GateName, GroupName, ImageKey, NameError, PersonName, PipelineName,
    ReleaseName,
};
pub use policy::Policy;
pub use time::{SPAN_MAX, Span, Time, TimeError};
