//! The server: connections with limits, who asks, errors in one form, health, and the ledger over
//! HTTP.
//!
//! [`Server::bind`] takes a [`Config`] and [`Parts`]; routes of others come in as `axum` routers in
//! [`Routes`]. A guarded route is reached only by a [`Caller`] whom [`Authenticate`] knows, whether
//! its handler looks at the caller or not. Whatever goes wrong is answered as a [`Problem`].

mod address;
pub mod agents;
pub mod api;
mod caller;
mod config;
mod connections;
mod head;
pub mod hooks;
mod identity;
mod idle_io;
mod layers;
mod limits;
mod metrics;
mod operations;
mod parts;
mod places;
mod problem;
mod rate;
mod routes;
mod serve_error;
mod server;
mod shared;
mod shutdown;
mod tasks;
mod telemetry;
mod tls;
mod work;

pub use address::{ClientAddress, Via};
pub use caller::{Authenticate, Authenticating, Caller, Claimed, Nobody, Standing};
pub use config::{Config, TlsFiles};
pub use identity::Known;
pub use layers::RequestId;
pub use limits::{Limits, Rate};
pub use metrics::{Metrics, MetricsAccess, MetricsToken};
pub use parts::{Begin, Parts, Routes, Task, Working};
pub use problem::Problem;
pub use serve_error::ServeError;
pub use server::{Ended, Server};
pub use shutdown::Shutdown;
pub use telemetry::{LogFormat, Telemetry, TelemetryError, Traces};
