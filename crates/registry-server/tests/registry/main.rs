//! The registry over loopback, as any client sees it.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod auth;
mod blobs;
mod faults;
mod folder;
mod kill;
mod limits;
mod manifests;
mod mounts;
mod referrers;
mod support;
mod tags;
mod tls;
mod tokens;
