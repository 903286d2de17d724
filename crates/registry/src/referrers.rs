//! Referrers: manifests that name another one as their subject (distribution specification,
//! "Listing Referrers").

mod fallback;
mod list;
mod put;

use liftlock_oci::Descriptor;

/// The most referrers of one manifest that are read.
pub const REFERRERS_MAX: usize = 1000;

/// What refers to a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referrers {
    /// The manifests, in the registry's order.
    pub descriptors: Vec<Descriptor>,
    /// Where the list is from.
    pub by: ReferrersBy,
}

/// Where a list of referrers is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReferrersBy {
    /// The registry makes it.
    Api,
    /// Clients keep it as an index under the tag `sha256-<hex>` (distribution specification,
    /// "Referrers Tag Schema").
    FallbackTag,
}
