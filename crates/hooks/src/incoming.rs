//! What others tell. Nothing of it decides anything: a registry's word wakes, and Alertmanager's is
//! a request like any other, made by whoever holds its secret.

mod alertmanager;
mod caller;
mod cloud_event;
mod distribution;
mod error;
mod harbor;
mod pushed;
mod registry;
mod settings;
mod wakes;
mod zot;

pub use alertmanager::{ALERTS_MAX, Alarm, Notification, Placed};
pub use caller::{Unauthorised, authorise};
pub use error::IncomingError;
pub use pushed::{Change, PUSHES_MAX, Pushed, Pushes};
pub use registry::read_registry;
pub(crate) use settings::is_name;
pub use settings::{
    AlertmanagerHook, IncomingSettings, Place, RegistryHook, RegistryKind, SettingsError,
    read_secrets,
};
pub use wakes::{Wakes, wakes};

/// The largest body, in bytes.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
