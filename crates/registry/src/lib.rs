//! The data plane: one interface over registries and OCI layouts.
//!
//! [`HttpRegistries`] is the engine's port over HTTP, [`Client`] one registry, and [`Layout`] an
//! OCI image layout folder.

pub mod attestations;
mod auth;
mod blobs;
mod body;
mod challenge;
mod client;
mod companion;
mod companion_tags;
mod copy;
mod credentials;
mod endpoint;
mod failure;
mod http_blob;
mod http_registries;
mod image_name;
mod immutable;
mod known_manifests;
mod known_ways;
mod layout;
mod layout_name;
mod link;
mod manifests;
mod media_type;
mod oci_error;
mod one_writer;
mod options;
pub mod parse;
mod place;
mod put_tag;
mod referrers;
mod remove_tag;
mod resolve;
mod scope;
mod secret;
mod send;
mod tag;
mod tags;
mod token;
mod transport;
mod upload;
mod verify;
mod write_tag;

pub use client::Client;
pub use copy::{
    Choice, Copied, CopyError, CopyEvent, CopyReport, CopyRequest, Delivered, Destination, Graph,
    Named, Node, Parts, Role, copy, discover,
};
pub use http_blob::HttpBlob;
pub use http_registries::HttpRegistries;
pub use image_name::{ImageName, ImageNameError};
pub use layout::{Archive, BlobFile, Layout, LayoutError, pack};
pub use layout_name::{LayoutName, LayoutNameError};
pub use manifests::Name;
pub use options::{Options, Retry};
pub use place::{BlobReader, Place, PlaceError};
pub use referrers::{REFERRERS_MAX, Referrers, ReferrersBy};
pub use tag::Tagged;
pub use transport::proxies::Proxies;
pub use upload::{Begun, BlobWrite, POST_BYTES_MAX, body as upload_body};
pub use verify::{Verified, verify};
