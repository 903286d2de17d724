//! An embedded registry: the OCI distribution specification 1.1 over OCI layout folders.
//!
//! Each repository is one layout, in the folder of its name under the registry's root, so that
//! what was pushed can be read by any tool that reads layouts. Users and TLS are optional on
//! loopback, and needed elsewhere.

mod api_error;
mod app;
mod auth;
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
mod options;
mod query;
mod range;
mod referrers;
mod request_body;
mod respond;
mod route;
mod serve_error;
mod server;
mod session;
mod storage;
mod tags;
mod tls;
mod upload_file;
mod upload_session;
mod uploads;

pub use auth::{AuthOptions, HtpasswdError};
pub use limits::Limits;
pub use observer::{Observer, RequestLine};
pub use options::ServerOptions;
pub use serve_error::ServeError;
pub use server::Server;
pub use tls::{TlsError, TlsOptions, server_config};
