//! The data plane: one interface over registries and OCI layouts.
//!
//! [`HttpRegistries`] is the engine's port over HTTP, [`Client`] one registry, and [`Layout`] an
//! OCI image layout folder.

pub mod attestations;
mod auth;
mod blobs;
mod client;
mod companion;
mod companion_tags;
mod copy;
mod failure;
mod http_blob;
mod http_registries;
mod known_manifests;
mod known_ways;
mod layout;
mod manifests;
mod media_type;
mod names;
mod oci_error;
mod one_writer;
mod options;
pub mod parse;
mod place;
mod referrers;
mod resolve;
mod tags;
mod transport;
mod upload;
mod verify;

pub use client::Client;
pub use copy::{
    Choice, Copied, CopyError, CopyEvent, CopyReport, CopyRequest, Delivered, Destination, Graph,
    Named, Node, Parts, Role, copy, discover,
};
pub use http_blob::HttpBlob;
pub use http_registries::HttpRegistries;
pub use layout::{Archive, BlobFile, Layout, LayoutError, pack};
pub use manifests::Name;
pub use names::{ImageName, ImageNameError, LayoutName, LayoutNameError};
pub use options::{Options, Retry};
pub use place::{BlobReader, Place, PlaceError};
pub use referrers::{REFERRERS_MAX, Referrers, ReferrersBy};
pub use tags::Tagged;
pub use transport::proxies::Proxies;
pub use transport::told::{Attempt, Telling};
pub use upload::{Begun, BlobWrite, POST_BYTES_MAX, body as upload_body};
pub use verify::{Verified, read_blob, verify};
