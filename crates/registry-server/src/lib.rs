//! An embedded registry: the OCI distribution specification 1.1 over OCI layout folders.
//!
//! Each repository is one layout, in the folder of its name under the registry's root, so that
//! what was pushed can be read by any tool that reads layouts. There is no authentication: listen
//! on loopback, or behind something that has it.

mod api_error;
mod app;
mod blob_stream;
mod blobs;
mod connections;
mod dispatch;
pub mod faults;
mod finish_upload;
mod known;
mod limits;
mod lock;
mod manifest_parts;
mod manifest_put;
mod manifests;
mod mount;
mod observer;
mod query;
mod range;
mod referrers;
mod request_body;
mod respond;
mod route;
mod server;
mod storage;
mod tags;
mod upload_session;
mod uploads;

pub use limits::Limits;
pub use observer::{Observer, RequestLine};
pub use server::{ServeError, Server, ServerOptions};
