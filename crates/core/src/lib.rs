//! The promotion domain. It decides; it does no IO, has no clock, no randomness and no async.

pub mod access;
pub mod attestation;
pub mod calendar;
pub mod decide;
pub mod drift;
pub mod event;
pub mod evidence;
pub mod freeze;
pub mod gates;
pub mod handed;
mod id;
mod identity;
mod labels;
mod name;
pub mod observed;
pub mod overrides;
pub mod plan;
pub mod policy;
pub mod promotion;
mod provider_group;
mod refusal;
pub mod release;
pub mod replay;
pub mod state;
mod time;
pub mod verdict;
pub mod watching;

pub use decide::{Command, decide};
pub use event::{Entry, Event};
pub use evidence::{Evidence, EvidenceContent, Subject};
pub use id::{ApprovalId, EvidenceId, IdError, IncidentId, OverrideId, PromotionId};
pub use identity::{Actor, Authentication, Identity, IdentityError};
pub use labels::{Labels, demand_labels, sighting};
pub use name::{
    CheckName, EnvironmentName, GateName, GroupName, ImageKey, KeyName, Label, NameError,
    PersonName, PipelineName, ReleaseName,
};
pub use policy::Policy;
pub use provider_group::{
    GROUP_BYTES_MAX, GROUPS_BYTES_MAX, GROUPS_MAX, Groups, GroupsError, ProviderGroup,
    ProviderGroupError,
};
pub use refusal::{Fault, Refusal};
pub use release::{Release, ReleaseContent};
pub use state::State;
pub use time::{SPAN_MAX, Span, Time, TimeError};
