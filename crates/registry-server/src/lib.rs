//! An embedded registry: the OCI distribution specification 1.1 over OCI layout folders.
//!
//! Each repository is one layout, in the folder of its name under the registry's root, so that
//! what was pushed can be read by any tool that reads layouts. There is no authentication: listen
//! on loopback, or behind something that has it.

mod api_error;
mod app;
mod blobs;
mod connections;
mod dispatch;
pub mod faults;
mod finish_upload;
mod lock;
mod manifest_put;
mod manifests;
mod observer;
mod query;
mod referrers;
mod respond;
mod route;
mod server;
mod storage;
mod tags;
mod upload_session;
mod uploads;

pub use observer::{Observer, RequestLine};
pub use server::{ServeError, Server, ServerOptions};
