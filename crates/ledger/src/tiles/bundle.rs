//! Entry bundles (C2SP tlog-tiles, "Log Entries"): each entry after its length as a big-endian
//! 16-bit number.

use super::path::TILE_WIDTH;

/// The longest entry, in bytes.
pub const ENTRY_BYTES_MAX: usize = u16::MAX as usize;

/// The longest bundle, in bytes: 256 of the longest entries.
pub const BUNDLE_BYTES_MAX: usize = TILE_WIDTH as usize * (2 + ENTRY_BYTES_MAX);

/// Why entries are not a bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// An entry is over [`ENTRY_BYTES_MAX`].
    #[error("an entry has {0} bytes, over the limit of {ENTRY_BYTES_MAX}")]
    EntrySize(usize),
    /// More than 256 entries.
    #[error("a bundle has at most {TILE_WIDTH} entries")]
    Count,
    /// The bytes end within an entry.
    #[error("the bundle ends within its entry {0}")]
    Truncated(usize),
}

/// The bundle of `entries`.
///
/// # Errors
/// [`BundleError`] where an entry or their number is over the limit.
pub fn encode_bundle<T: AsRef<[u8]>>(entries: &[T]) -> Result<Vec<u8>, BundleError> {
    if entries.len() as u64 > TILE_WIDTH {
        return Err(BundleError::Count);
    }
    let mut out = Vec::new();
    for entry in entries.iter().map(AsRef::as_ref) {
        let length = u16::try_from(entry.len()).map_err(|_| BundleError::EntrySize(entry.len()))?;
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(entry);
    }
    Ok(out)
}

/// The entries of a bundle, in order, as slices of it.
///
/// # Errors
/// [`BundleError`] where the bytes are not a whole bundle.
pub fn decode_bundle(bundle: &[u8]) -> Result<Vec<&[u8]>, BundleError> {
    let mut entries = Vec::new();
    let mut rest = bundle;
    while !rest.is_empty() {
        if entries.len() as u64 == TILE_WIDTH {
            return Err(BundleError::Count);
        }
        let truncated = BundleError::Truncated(entries.len());
        let (length, after) = rest
            .split_first_chunk::<2>()
            .ok_or_else(|| truncated.clone())?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, after) = after.split_at_checked(length).ok_or(truncated)?;
        entries.push(entry);
        rest = after;
    }
    Ok(entries)
}
