//! What a registry takes at most.

use std::time::Duration;

use liftlock_oci::MANIFEST_BYTES_MAX;

/// Limits of everything that comes from outside. What is over one is refused with the error that
/// the distribution specification has for it, or with 413, 429 or 507.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The largest blob, in bytes; a larger one is answered with 413.
    pub blob_bytes_max: u64,
    /// The largest manifest, in bytes, and no more than [`MANIFEST_BYTES_MAX`]; a larger one is
    /// answered with 413.
    pub manifest_bytes_max: usize,
    /// How many tags a repository has; one more is answered with 507. Requests at the same time
    /// can each be the last that fits.
    pub tags_max: usize,
    /// How many manifests a repository has, those without a tag too; one more is answered with
    /// 507, as with tags.
    pub manifests_max: usize,
    /// How many uploads are open at once; one more is answered with 429.
    pub uploads_max: usize,
    /// How long an open upload may go without a request before it is given up.
    pub upload_idle_max: Duration,
    /// How many connections are open at once; the next waits until one is closed.
    pub connections_max: usize,
    /// How long a connection may go without the headers of a request, idle or in their midst. By
    /// default longer than the 90 seconds for which clients commonly keep an idle connection, so
    /// that they close it first: a request that meets a closing connection fails.
    pub headers_timeout: Duration,
    /// How long the next bytes of a request's body may take.
    pub body_timeout: Duration,
    /// The most tags in one answer; more come with a `Link` to the next.
    pub tags_page_max: usize,
    /// The most bytes of descriptors in one list of referrers; more come with a `Link` to the
    /// next. One descriptor is sent in any case.
    pub referrers_page_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            blob_bytes_max: 10 * 1024 * 1024 * 1024,
            manifest_bytes_max: MANIFEST_BYTES_MAX,
            tags_max: 50_000,
            manifests_max: 50_000,
            uploads_max: 256,
            upload_idle_max: Duration::from_secs(3600),
            connections_max: 1024,
            headers_timeout: Duration::from_secs(120),
            body_timeout: Duration::from_secs(60),
            tags_page_max: 10_000,
            referrers_page_bytes_max: 4 * 1024 * 1024,
        }
    }
}
